"""What can be read: the activity log, and people's attributes."""

import re
from collections.abc import Mapping

from adapter.clock import Clock, Instant, unix_seconds
from adapter.errors import NotFound, Problem, RequestError
from adapter.jsonvalue import JSONObject
from adapter.model.activities import ActivityType
from adapter.model.people import Device, IdentifierKind, Person, PersonRef
from adapter.model.workspaces import Workspace
from adapter.ports import ActivityQuery, Store
from adapter.rules.attributes import ref_of_identifier
from adapter.rules.identifiers import read_identifier
from adapter.rules.policy import policy_of
from adapter.services.activity_json import activity_json, customer_id, identifiers_json

DEFAULT_LIMIT = 50
MAX_LIMIT = 100
CURSOR = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-[0-9a-f]{8})?")
"""What ``next`` gives: an id of ours, and what may follow it to say where to go on."""

_VIEWS = ("identified", "anonymous")


class Reading:
    """Answers the read API; never sees what has expired (R1)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def retention(self, workspace: Workspace) -> int:
        """Give how long unassociated events are seen, in microseconds (R1)."""
        return policy_of(workspace.settings).retention

    def activities(self, workspace: Workspace, params: Mapping[str, str]) -> JSONObject:
        """Page through the log, newest first.

        Args:
            workspace: whose log.
            params: ``start`` (a cursor), ``limit`` (1 to 100), and the filters ``type``,
                ``name``, ``view``, ``customer_id`` with ``id_type``, ``anonymous_id``,
                ``event_id``.

        Returns:
            ``{"activities": [...], "next": cursor or ""}``.

        Raises:
            RequestError: all that is wrong with the parameters.
        """
        limit = checked_limit(params)
        person_id = None
        if params.get("customer_id"):
            person = self._find(workspace, params["customer_id"], params.get("id_type"))
            if person is None:
                return {"activities": [], "next": ""}
            person_id = person.person_id
        rows = self._store.activities(
            ActivityQuery(
                workspace_id=workspace.id,
                alive_after=self._expired(workspace),
                before=params.get("start", ""),
                limit=limit + 1,
                type=params.get("type") or None,
                name=params.get("name") or None,
                view=params.get("view") or None,
                person_id=person_id,
                anonymous_id=params.get("anonymous_id") or None,
                event_id=params.get("event_id") or None,
            )
        )
        more = len(rows) > limit
        return {
            "activities": [activity_json(row) for row in rows[:limit]],
            "next": rows[limit - 1].id if more else "",
        }

    def customer_activities(
        self,
        workspace: Workspace,
        identifier: str,
        id_type: str | None,
        params: Mapping[str, str],
    ) -> JSONObject:
        """Page through one person's log.

        Raises:
            NotFound: nobody is known by the identifier.
            RequestError: all that is wrong with the parameters.
        """
        self._person(workspace, identifier, id_type)
        asked = {**params, "customer_id": identifier}
        if id_type:
            asked["id_type"] = id_type
        return self.activities(workspace, asked)

    def customer_attributes(
        self, workspace: Workspace, identifier: str, id_type: str | None
    ) -> JSONObject:
        """Show a person's identifiers, attributes with the time of each, and devices.

        Raises:
            NotFound: nobody is known by the identifier.
        """
        person = self._person(workspace, identifier, id_type)
        names = {kind.value: text for kind, text in person.identifiers.items()}
        names["cio_id"] = person.person_id
        present = {
            name: attribute
            for name, attribute in sorted(person.attributes.items())
            if attribute.value is not None
        }
        return {
            "customer": {
                "id": customer_id(names),
                "identifiers": identifiers_json(names),
                "attributes": {name: attribute.value for name, attribute in present.items()},
                "timestamps": {name: unix_seconds(item.at) for name, item in present.items()},
                "unsubscribed": bool(getattr(present.get("unsubscribed"), "value", False)),
                "devices": [_device(*item) for item in sorted(person.devices.items())],
                "created_at": unix_seconds(person.created_at),
                "updated_at": unix_seconds(person.updated_at),
            }
        }

    def _expired(self, workspace: Workspace) -> Instant:
        return policy_of(workspace.settings).alive_after(self._clock.now())

    def _find(self, workspace: Workspace, identifier: str, id_type: str | None) -> Person | None:
        return self._store.find_person(workspace.id, person_ref(identifier, id_type))

    def _person(self, workspace: Workspace, identifier: str, id_type: str | None) -> Person:
        person = self._find(workspace, identifier, id_type)
        if person is None:
            raise NotFound(f"nobody is known by {identifier!r}")
        return person


def _device(token: str, device: Device) -> JSONObject:
    return {
        "id": token,
        "platform": device.platform,
        "last_used": unix_seconds(device.last_used),
        "attributes": {
            name: attribute.value
            for name, attribute in sorted(device.attributes.items())
            if attribute.value is not None
        },
    }


def person_ref(identifier: str, id_type: str | None) -> PersonRef:
    """Read an identifier from a path or a filter (P2), or as the type says.

    Raises:
        RequestError: the type is none.
    """
    if not id_type:
        return read_identifier(identifier)
    try:
        kind = IdentifierKind(id_type)
    except ValueError:
        problem = not_one_of("id_type", id_type, tuple(IdentifierKind))
        raise RequestError(problem.message, problems=[problem]) from None
    bare = identifier.removeprefix("cio_") if kind is IdentifierKind.CIO_ID else identifier
    return ref_of_identifier(kind, bare)


def checked_limit(params: Mapping[str, str], cursor: re.Pattern[str] = CURSOR) -> int:
    """Check the parameters of a list, all at once, and give its limit."""
    problems: list[Problem] = []
    limit = DEFAULT_LIMIT
    text = params.get("limit", "")
    if text.isascii() and text.isdigit() and 1 <= int(text) <= MAX_LIMIT:
        limit = int(text)
    elif text:
        message = f"limit must be 1 to {MAX_LIMIT}, not {text[:20]!r}"
        problems.append(Problem("invalid_limit", message, "/limit"))
    start = params.get("start", "")
    if start and not cursor.fullmatch(start):
        message = f"start must be what `next` gave, not {start[:40]!r}"
        problems.append(Problem("invalid_start", message, "/start"))
    for name, allowed in (("type", tuple(ActivityType)), ("view", _VIEWS)):
        value = params.get(name)
        if value and value not in allowed:
            problems.append(not_one_of(name, value, allowed))
    if problems:
        text = "; ".join(problem.message for problem in problems)
        raise RequestError(text, problems=problems)
    return limit


def not_one_of(name: str, value: str, allowed: tuple[str, ...]) -> Problem:
    """Tell that a parameter has none of its values, and which there are."""
    choices = ", ".join(allowed)
    return Problem(f"invalid_{name}", f"{name} {value[:40]!r} is none of {choices}", f"/{name}")
