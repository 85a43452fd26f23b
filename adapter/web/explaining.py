"""The read API that says why: of an event, an anonymous id, a person (design 6)."""

from flask import Blueprint, Response

from adapter.bootstrap import Services
from adapter.web.reading import Read, answered, checked


def explaining_routes(services: Services) -> Blueprint:
    """Make the routes; each wants the app key of the workspace it reads."""
    routes = Blueprint("explaining", __name__)
    explaining = services.explaining

    def answer(read: Read) -> Response:
        return answered(services, read)

    @routes.get("/v1/events/<identifier:event_id>/explain")
    def explain_event(event_id: str) -> Response:
        text = checked(event_id)
        return answer(lambda workspace, _: explaining.event(workspace, text))

    @routes.get("/v1/anonymous/<identifier:anonymous_id>/explain")
    def explain_anonymous_id(anonymous_id: str) -> Response:
        text = checked(anonymous_id)
        return answer(lambda workspace, _: explaining.anonymous_id(workspace, text))

    @routes.get("/v1/customers/<identifier:identifier>/explain")
    def explain_person(identifier: str) -> Response:
        text = checked(identifier)
        return answer(
            lambda workspace, params: explaining.person(workspace, text, params.get("id_type"))
        )

    return routes
