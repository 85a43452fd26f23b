"""For those who run it: is it alive, is it ready, and how is it doing."""

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from adapter.bootstrap import Services
from adapter.errors import NotFound
from adapter.web.replies import Failure, Reply, segment_shape
from adapter.web.responses import response_of


def health_routes(services: Services) -> Blueprint:
    """Make the routes; they want no credential."""
    routes = Blueprint("health", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        return response_of(Reply(200, {"status": "alive"}))

    @routes.get("/readyz")
    def readyz() -> Response:
        if services.is_ready():
            # A file that does not check harms nobody: what it held before stays in force.
            # Nor does one that is not there: only the sources that use it wait for it.
            states = {**services.missing_mappings(), **services.mappings.states()}
            return response_of(Reply(200, {"status": "ready", "mappings": states}))
        message = "the store does not answer, or its schema is not current"
        failure = Failure(503, "not_ready", message, headers={"Retry-After": "1"})
        return response_of(segment_shape(failure))

    @routes.get("/metrics")
    def metrics() -> Response:
        if not services.settings.metrics:
            raise NotFound("metrics are switched off")
        services.metrics.note_backlog(services.deliveries.backlog())
        return Response(services.metrics.exposition(), content_type=CONTENT_TYPE_LATEST)

    return routes
