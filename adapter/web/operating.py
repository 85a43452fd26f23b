"""What operators do over HTTP, with the app key of their workspace (M12, P6)."""

from flask import Blueprint, Response, request

from adapter.bootstrap import Services
from adapter.doors.bodies import read_json
from adapter.doors.fields import Text, kind_of
from adapter.doors.shape import Shape
from adapter.errors import OperatorError, Problem, RequestError
from adapter.jsonvalue import JSONObject, JSONValue, storable
from adapter.model.workspaces import Role, Workspace
from adapter.services.erasing import read_named
from adapter.services.tenant_json import workspace_with_sources_json
from adapter.web.incoming import read_body
from adapter.web.reading import checked, workspace_of
from adapter.web.replies import Reply
from adapter.web.responses import response_of

_BODY_LIMIT = 8_192
_NAME_LIMIT = 1_000
_BY_LIMIT = 100
BY_KEY = "app key"
"""Who does what is asked with it."""

_WHOM = Shape({name: Text(_NAME_LIMIT) for name in ("person", "email", "anonymous_id")})


def operating_routes(services: Services) -> Blueprint:
    """Make the routes; each wants the app key of the workspace it changes."""
    routes = Blueprint("operating", __name__)

    @routes.post("/v1/anonymous/<identifier:anonymous_id>/unmerge")
    def unmerge(anonymous_id: str) -> Response:
        workspace, text = workspace_of(services, Role.WRITE), checked(anonymous_id)
        return response_of(Reply(200, services.unmerging.unmerge(workspace, text)))

    @routes.get("/v1/workspace")
    def workspace() -> Response:
        return _shown(services, workspace_of(services))

    @routes.put("/v1/workspace")
    def change_workspace() -> Response:
        found = workspace_of(services, Role.WRITE)
        given = _change(read_json(read_body(request.environ, _BODY_LIMIT)))
        try:
            changed = services.tenants.change_settings(
                found,
                given["settings"],
                by=_by(given["by"]),
                triggers=given["triggers"],
            )
        except OperatorError as error:
            raise RequestError(error.message, problems=error.problems) from None
        services.directory.forget()
        return _shown(services, changed)

    @routes.post("/v1/erase")
    def erase() -> Response:
        workspace = workspace_of(services, Role.WRITE)
        given = _whom(read_json(read_body(request.environ, _BODY_LIMIT)))
        named = read_named(
            workspace,
            people=_listed(given.get("person")),
            emails=_listed(given.get("email")),
            anonymous_ids=_listed(given.get("anonymous_id")),
        )
        return response_of(Reply(200, services.erasing.erase(workspace, named).counts))

    return routes


def _shown(services: Services, workspace: Workspace) -> Response:
    shown = workspace_with_sources_json(workspace, services.tenants.sources())
    return response_of(Reply(200, shown))


def _change(value: JSONValue) -> JSONObject:
    """Read which settings are to be changed, and by whom.

    Raises:
        RequestError: it is something else.
    """
    given = {"by": None, "triggers": True, **value} if isinstance(value, dict) else {}
    if not (
        isinstance(given.get("settings"), dict)
        and (given["by"] is None or _is_name(given["by"]))
        and isinstance(given["triggers"], bool)
        and given.keys() == {"settings", "by", "triggers"}
    ):
        raise RequestError(
            'the body must be {"settings": {NAME: VALUE, ...}}; beside it there may stand "by" (a '
            f"text of up to {_BY_LIMIT} characters: who changes them) and "
            '"triggers" (false: what is caught up with triggers nothing)'
        )
    return given


def _by(name: str | None) -> str:
    return BY_KEY if name is None else f"{storable(name)} ({BY_KEY})"


def _is_name(value: JSONValue) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= len(value) <= _BY_LIMIT


def _whom(value: JSONValue) -> JSONObject:
    """Read who is to be erased.

    Raises:
        RequestError: all that is wrong with it.
    """
    if not isinstance(value, dict):
        raise RequestError(f"the body must be a JSON object, not {kind_of(value)}")
    given, problems = _WHOM.fit(value)
    unknown = sorted(value.keys() - _WHOM.fields.keys())
    problems += tuple(
        Problem("invalid_field", f"{name[:40]!r} is none of {', '.join(_WHOM.fields)}", f"/{name}")
        for name in unknown
    )
    if problems:
        raise RequestError("; ".join(each.message for each in problems), problems=problems)
    return given


def _listed(text: str | None) -> list[str]:
    return [] if text is None else [text]
