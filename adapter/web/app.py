"""The Flask app: what comes to a door, the read API, and JSON for whatever goes wrong."""

from flask import Flask, Response, request

from adapter.bootstrap import Services
from adapter.errors import Unauthorized
from adapter.web.assets import asset_routes
from adapter.web.console.blueprint import console_routes
from adapter.web.demo import demo_routes
from adapter.web.door import Sent, answer_waiting
from adapter.web.doors.table import ROUTING
from adapter.web.explaining import explaining_routes
from adapter.web.health import health_routes
from adapter.web.incoming import raw_path, read_body
from adapter.web.openapi import openapi_routes
from adapter.web.operating import operating_routes
from adapter.web.quarantine import quarantine_routes
from adapter.web.reading import IdentifierConverter, reading_routes
from adapter.web.reading_objects import object_routes
from adapter.web.reading_segments import segment_routes
from adapter.web.replies import segment_shape
from adapter.web.responses import failure_with_flask, response_of


def create_app(services: Services) -> Flask:
    """Make the app.

    Args:
        services: the use cases, put together by ``bootstrap``.

    Raises:
        OperatorError: the demo page lacks a file that the settings name.
    """
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    # A redirect would corrupt identifiers, and senders need not follow it (X4).
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.converters["identifier"] = IdentifierConverter

    @app.before_request
    def through_a_door() -> Response | None:
        """Doors go by the raw path, which Flask's own routing never sees (X5)."""
        path = raw_path(request.environ)
        entry = ROUTING.find(request.method, path)
        if entry is None:
            return None
        body = read_body(request.environ, entry.door.body_limit(services.settings))
        query = request.environ.get("QUERY_STRING", "")
        sent = Sent(request.method, path, query, request.headers, body)
        return response_of(answer_waiting(services, entry, sent))

    app.register_blueprint(reading_routes(services))
    app.register_blueprint(object_routes(services))
    app.register_blueprint(segment_routes(services))
    app.register_blueprint(explaining_routes(services))
    app.register_blueprint(operating_routes(services))
    app.register_blueprint(quarantine_routes(services))
    app.register_blueprint(health_routes(services))
    app.register_blueprint(openapi_routes(app))
    app.register_blueprint(asset_routes())
    app.register_blueprint(console_routes(services))
    if services.settings.demo_page:
        app.register_blueprint(demo_routes(services))
    app.register_error_handler(Exception, _answer_error)
    return app


def _answer_error(error: Exception) -> Response:
    response = response_of(segment_shape(failure_with_flask(error)))
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
