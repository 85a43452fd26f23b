"""The read API about segments, and who is in them (C6, design 6)."""

from flask import Blueprint, Response

from adapter.bootstrap import Services
from adapter.web.reading import Read, answered, checked


def segment_routes(services: Services) -> Blueprint:
    """Make the routes; each wants the app key of the workspace it reads."""
    routes = Blueprint("reading_segments", __name__)
    segments = services.reading_segments

    def answer(read: Read) -> Response:
        return answered(services, read)

    @routes.get("/v1/segments")
    def every_segment() -> Response:
        return answer(segments.segments)

    @routes.get("/v1/segments/<segment_id>")
    def one_segment(segment_id: str) -> Response:
        return answer(lambda workspace, _: segments.segment(workspace, segment_id))

    @routes.get("/v1/segments/<segment_id>/customer_count")
    def customer_count(segment_id: str) -> Response:
        return answer(lambda workspace, _: segments.count(workspace, segment_id))

    @routes.get("/v1/segments/<segment_id>/membership")
    def membership(segment_id: str) -> Response:
        return answer(lambda workspace, params: segments.membership(workspace, segment_id, params))

    @routes.get("/v1/customers/<identifier:identifier>/segments")
    def customer_segments(identifier: str) -> Response:
        text = checked(identifier)
        return answer(lambda workspace, params: segments.of_customer(workspace, text, params))

    return routes
