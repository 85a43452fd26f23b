"""The quarantine over HTTP: it is listed, shown, and run again (L3)."""

from flask import Blueprint, Response

from adapter.bootstrap import Services
from adapter.model.workspaces import Role
from adapter.services.acts import ActStamp
from adapter.services.quarantine import retried_json
from adapter.web.operating import BY_KEY
from adapter.web.reading import Read, answered, checked, workspace_of
from adapter.web.replies import Reply
from adapter.web.responses import response_of


def quarantine_routes(services: Services) -> Blueprint:
    """Make the routes; each wants the app key of the workspace."""
    routes = Blueprint("quarantine", __name__)
    reading = services.reading_quarantine

    def answer(read: Read) -> Response:
        return answered(services, read)

    @routes.get("/v1/quarantine")
    def quarantine() -> Response:
        return answer(reading.page)

    @routes.get("/v1/quarantine/<identifier:record>")
    def record(record: str) -> Response:
        text = checked(record)
        return answer(lambda workspace, _: reading.record(workspace, text))

    @routes.post("/v1/quarantine/<identifier:record>/retry")
    def retry(record: str) -> Response:
        workspace, text = workspace_of(services, Role.WRITE), checked(record)
        reading.record(workspace, text)  # or it is not there to be run
        stamp = ActStamp.now(services.clock, BY_KEY)
        retried = services.quarantine.retry(workspace, text, stamp)
        return response_of(Reply(200, retried_json(retried)))

    return routes
