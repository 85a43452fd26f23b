"""The read API: activities, people's attributes and deliveries (design 6)."""

from collections.abc import Callable

from flask import Blueprint, Response, request
from werkzeug.routing import BaseConverter

from adapter.bootstrap import Services
from adapter.errors import ReadOnly, RequestError, Unauthorized
from adapter.jsonvalue import JSONObject, storable
from adapter.model.workspaces import Role, Workspace
from adapter.web.replies import Reply
from adapter.web.responses import response_of

Read = Callable[[Workspace, dict[str, str]], JSONObject]
"""Answers a request from the workspace it may read and the query's parameters."""

_BEARER = "bearer "


class IdentifierConverter(BaseConverter):
    """Whatever stands in an identifier's place, slashes and line breaks included (X5).

    Not every server hands over the target before decoding. As each route continues with a fixed
    word, or ends, an identifier is found whole in the decoded path too: ``a%2Fb`` is ``a/b``.
    """

    regex = "(?s:.+?)"
    part_isolating = False


def reading_routes(services: Services) -> Blueprint:
    """Make the routes; each wants the app key of the workspace it reads."""
    routes = Blueprint("reading", __name__)
    reading = services.reading

    def answer(read: Read) -> Response:
        return answered(services, read)

    @routes.get("/v1/activities")
    def activities() -> Response:
        return answer(reading.activities)

    @routes.get("/v1/customers/<identifier:identifier>/activities")
    def customer_activities(identifier: str) -> Response:
        text = checked(identifier)
        return answer(
            lambda workspace, params: reading.customer_activities(
                workspace, text, params.get("id_type"), params
            )
        )

    @routes.get("/v1/customers/<identifier:identifier>/attributes")
    def customer_attributes(identifier: str) -> Response:
        text = checked(identifier)
        return answer(
            lambda workspace, params: reading.customer_attributes(
                workspace, text, params.get("id_type")
            )
        )

    @routes.get("/v1/deliveries")
    def deliveries() -> Response:
        return answer(services.deliveries.page)

    @routes.get("/v1/deliveries/<identifier:delivery_id>")
    def delivery(delivery_id: str) -> Response:
        text = checked(delivery_id)
        return answer(lambda workspace, _: services.deliveries.show(workspace, text))

    return routes


def answered(services: Services, read: Read) -> Response:
    """Answer from the workspace whose app key the request bears."""
    return response_of(Reply(200, read(workspace_of(services), _params())))


def workspace_of(services: Services, role: Role = Role.READ) -> Workspace:
    """Find the workspace whose app key the request bears.

    Raises:
        Unauthorized: it bears none that is known.
        ReadOnly: it bears a read key, where something is to be changed.
    """
    header = request.headers.get("Authorization", "")
    if not header.lower().startswith(_BEARER):
        raise Unauthorized("send the workspace's app key as Authorization: Bearer KEY")
    access = services.directory.access_by_app_key(header[len(_BEARER) :].strip())
    if access is None:
        raise Unauthorized("no workspace has this app key")
    if role is Role.WRITE and access.role is not Role.WRITE:
        raise ReadOnly
    return access.workspace


def checked(identifier: str) -> str:
    """Give an identifier as it is stored; refuse blank ones, and bytes that are no text.

    Raises:
        RequestError: it is blank, or the path is not UTF-8 (contracts 3.3).
    """
    try:
        request.environ["PATH_INFO"].encode("latin-1").decode()
    except UnicodeDecodeError:
        raise RequestError("the path is not UTF-8 when percent-decoded") from None
    if not identifier.strip():
        raise RequestError("the identifier in the path is blank")
    return storable(identifier)


def _params() -> dict[str, str]:
    """Give the query's parameters as texts that every database takes."""
    return {name: storable(value) for name, value in request.args.items()}
