"""The read API about objects, and about who is related to them (design 6)."""

from flask import Blueprint, Response

from adapter.bootstrap import Services
from adapter.web.reading import Read, answered, checked


def object_routes(services: Services) -> Blueprint:
    """Make the routes; each wants the app key of the workspace it reads."""
    routes = Blueprint("reading_objects", __name__)
    objects = services.reading_objects

    def answer(read: Read) -> Response:
        return answered(services, read)

    @routes.get("/v1/customers/<identifier:identifier>/relationships")
    def customer_relationships(identifier: str) -> Response:
        text = checked(identifier)
        return answer(lambda workspace, params: objects.objects_of(workspace, text, params))

    # The last two end on a fixed word, so that they find an id whole whatever it ends on itself.
    @routes.get("/v1/objects/<identifier:object_type_id>/<identifier:object_id>")
    @routes.get("/v1/objects/<identifier:object_type_id>/<identifier:object_id>/attributes")
    def object_attributes(object_type_id: str, object_id: str) -> Response:
        kind, text = checked(object_type_id), checked(object_id)
        return answer(lambda workspace, _: objects.object(workspace, kind, text))

    @routes.get("/v1/objects/<identifier:object_type_id>/<identifier:object_id>/relationships")
    def object_relationships(object_type_id: str, object_id: str) -> Response:
        kind, text = checked(object_type_id), checked(object_id)
        return answer(lambda workspace, params: objects.people_of(workspace, kind, text, params))

    return routes
