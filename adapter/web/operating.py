"""What operators do over HTTP, with the app key of their workspace (M12)."""

from flask import Blueprint, Response

from adapter.bootstrap import Services
from adapter.web.reading import checked, workspace_of
from adapter.web.replies import Reply, response_of


def operating_routes(services: Services) -> Blueprint:
    """Make the routes; each wants the app key of the workspace it changes."""
    routes = Blueprint("operating", __name__)

    @routes.post("/v1/anonymous/<identifier:anonymous_id>/unmerge")
    def unmerge(anonymous_id: str) -> Response:
        workspace, text = workspace_of(services), checked(anonymous_id)
        return response_of(Reply(200, services.unmerging.unmerge(workspace, text)))

    return routes
