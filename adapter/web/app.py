"""The Flask app: routes to the doors and the read API, and JSON for whatever goes wrong."""

from flask import Flask, Response, request

from adapter.bootstrap import Services
from adapter.errors import Unauthorized
from adapter.web.health import health_routes
from adapter.web.incoming import read_body
from adapter.web.reading import IdentifierConverter, reading_routes
from adapter.web.replies import reply_to, response_of
from adapter.web.webhook import METHODS, PREFIX, answer_webhook


def create_app(services: Services) -> Flask:
    """Make the app.

    Args:
        services: the use cases, put together by ``bootstrap``.
    """
    app = Flask(__name__, static_folder=None)
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    # A redirect would corrupt identifiers, and senders need not follow it (X4).
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.converters["identifier"] = IdentifierConverter

    @app.route(f"{PREFIX}<source>", methods=METHODS)
    def segment_webhook(source: str) -> Response:
        body = read_body(request.environ, services.settings.webhook_body_limit)
        return response_of(answer_webhook(services, source, request.headers, body))

    app.register_blueprint(reading_routes(services))
    app.register_blueprint(health_routes(services))
    app.register_error_handler(Exception, _answer_error)
    return app


def _answer_error(error: Exception) -> Response:
    response = response_of(reply_to(error))
    if isinstance(error, Unauthorized):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
