"""Customer.io's Track API v1 about people and events: each call asks for operations of v2.

Contracts 3.3 to 3.9 and 6; the calls about deliveries, forms and segments are in
``track_reports``.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from adapter.clock import Instant
from adapter.doors.bodies import read_value
from adapter.doors.items import Item, Operation, Rejected
from adapter.doors.limits import (
    ANONYMOUS_ID_LIMIT,
    EVENT_DATA_LIMIT,
    EVENT_NAME_LIMIT,
    MESSAGE_ID_LIMIT,
    PAGE_NAME_LIMIT,
    PERSON_ID_LIMIT,
    RELATIONSHIPS_LIMIT,
    TOKEN_LIMIT,
)
from adapter.doors.shape import Shape
from adapter.doors.times import is_absent
from adapter.doors.track import object_in, with_anonymous_id
from adapter.doors.track_fields import (
    V1_WORDING,
    Array,
    Attributes,
    Choice,
    Hash,
    Inner,
    Line,
    Seconds,
)
from adapter.doors.track_identifiers import OnePerson
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject, JSONValue, storable
from adapter.model.reasons import Reason
from adapter.rules.identifiers import looks_like_email, read_identifier

_NAMES = {"event": EVENT_NAME_LIMIT, "page": PAGE_NAME_LIMIT, "screen": PAGE_NAME_LIMIT}


class TrackCall(NamedTuple):
    """A call as its parsing sees it.

    Attributes:
        request: method and target, as they came.
        params: what the path names, decoded: ``identifier``, and perhaps a ``token``, say.
        body: ``{}`` where it may be empty and is.
        query: its parameters.
        received_at: when the request was accepted (T1).
    """

    request: str
    params: Mapping[str, str]
    body: JSONObject
    query: Mapping[str, str]
    received_at: Instant


def read_body(body: bytes, content_type: str | None, *, may_be_empty: bool) -> JSONObject:
    """Read a body: JSON whatever its type says, or a form that says so (X6).

    Args:
        body: raw bytes, inflated.
        content_type: the header.
        may_be_empty: an empty body stands for ``{}``.

    Raises:
        InvalidJson: it is empty or malformed, or nests too deep.
        RequestError: it is no object.
    """
    if may_be_empty and not body.strip():
        return {}
    return object_in(read_value(body, content_type))


def identify(call: TrackCall) -> list[Item]:
    """PUT customers/{identifier}: create or update a person, perhaps with relationships."""
    body = call.body
    attributes = {name: value for name, value in body.items() if name not in _NO_ATTRIBUTES}
    envelope, problems = _IDENTIFY.fit(body)
    further = _ATTRIBUTES.problems(attributes, "", "")
    operation = {**_about(call), "action": "identify", "attributes": attributes}
    operations = [operation]
    related = envelope.get("cio_relationships")
    if related:
        operations.append(
            {
                **_about(call),
                "action": related["action"],
                "cio_relationships": related["relationships"],
            }
        )
    timestamp = envelope.get("_timestamp")
    return _items_of_person(call, operations, (*problems, *further), timestamp=timestamp)


def delete(call: TrackCall) -> list[Item]:
    """DELETE customers/{identifier}: delete a person; unknown ones are no error."""
    return _items_of_person(call, [{**_about(call), "action": "delete"}])


def suppress(call: TrackCall) -> list[Item]:
    """POST customers/{identifier}/suppress: delete a person and refuse their identifiers."""
    return _items_of_person(call, [{**_about(call), "action": "suppress"}])


def unsuppress(call: TrackCall) -> list[Item]:
    """POST customers/{identifier}/unsuppress: accept the identifiers again."""
    return _items_of_person(call, [{**_about(call), "action": "unsuppress"}])


def event(call: TrackCall) -> list[Item]:
    """POST customers/{identifier}/events: a person's event (contracts 3.5).

    An anonymous id beside it is data: the person in the path wins (contracts 6.8).
    """
    body, problems = _event_in(call)
    beside = body.get("anonymous_id")
    data = with_anonymous_id(body.get("data"), None if is_absent(beside) else beside)
    operation = {**_about(call), **_what_happened(body), "attributes": data}
    return _items_of_person(call, [operation], problems, **_bearing(body))


def anonymous_event(call: TrackCall) -> list[Item]:
    """POST events: a stranger's event, or without an anonymous id an invite (contracts 6)."""
    body, problems = _event_in(call)
    fitted, further = _STRANGER.fit(body)
    data = body.get("data") or {}
    operation = {"type": "person", **_what_happened(body), "attributes": data}
    anonymous_id = fitted.get("anonymous_id")
    if not is_absent(anonymous_id):
        operation["identifiers"] = {"anonymous_id": anonymous_id}
    elif not (problems or further):
        further = tuple(_invite_problems(data.get("recipient")))
    return items_of(call, [operation], (*problems, *further), **_bearing(body))


def add_device(call: TrackCall) -> list[Item]:
    """PUT customers/{identifier}/devices: flat keys are attributes too (contracts 3.6)."""
    fitted, problems = _DEVICE.fit(call.body)
    device = fitted.get("device") or {}
    flat = {name: value for name, value in device.items() if name not in _DEVICE_FIELDS}
    operation = {
        **_about(call),
        "action": "add_device",
        "device": {
            "token": device.get("id"),
            "platform": device.get("platform"),
            "last_used": device.get("last_used"),
            "attributes": {**flat, **(device.get("attributes") or {})},
        },
    }
    return _items_of_person(call, [operation], problems)


def delete_device(call: TrackCall) -> list[Item]:
    """DELETE customers/{identifier}/devices/{token}."""
    token = call.params["token"]
    operation = {**_about(call), "action": "delete_device", "device": {"token": storable(token)}}
    return _items_of_person(call, [operation], path_problems(token, TOKEN_LIMIT, "device token"))


def merge_people(call: TrackCall) -> list[Item]:
    """POST merge_customers: join the secondary person to the primary (contracts 3.7)."""
    fitted, problems = _MERGE.fit(call.body)
    return items_of(call, [{"type": "person", "action": "merge", **fitted}], problems)


def items_of(
    call: TrackCall,
    operations: Sequence[JSONObject],
    problems: Iterable[Problem] = (),
    *,
    message_id: str | None = None,
    timestamp: int | None = None,
) -> list[Item]:
    """Give the operations of a call's one record, or what is wrong with it."""
    found = tuple(problems)
    if found:
        rejected = Rejected(
            index=0,
            message_id=message_id,
            received_at=call.received_at,
            record={"request": call.request, "body": call.body},
            problems=found,
        )
        return [rejected]
    # The record must say all by itself: it may be read again from quarantine.
    bearing = {"id": message_id, "timestamp": timestamp}
    borne = {name: value for name, value in bearing.items() if value is not None}
    return [
        Operation(
            index=0,
            part=part,
            message_id=message_id,
            received_at=call.received_at,
            timestamp=timestamp,
            record={**operation, **borne},
        )
        for part, operation in enumerate(operations)
    ]


def path_problems(text: str, limit: int, label: str) -> tuple[Problem, ...]:
    """Find what is wrong with a part of the path; a blank identifier would collect strangers."""
    if not text.strip():
        return (Problem(Reason.MISSING_FIELD, f"{label} is blank"),)
    size = len(storable(text).encode())
    if size <= limit:
        return ()
    message = f"{label} cannot be longer than {limit} bytes; it has {size}"
    return (Problem(Reason.TOO_LONG, message),)


_NO_ATTRIBUTES = frozenset({"_timestamp", "cio_relationships"})
_RELATED = Shape(
    {
        "action": Choice(
            ("add_relationships", "delete_relationships"),
            needed="cio_relationships.action must be add_relationships or delete_relationships",
        ),
        "relationships": Array(
            RELATIONSHIPS_LIMIT, needed="cio_relationships.relationships must be an array"
        ),
    }
)
_IDENTIFY = Shape({"_timestamp": Seconds(), "cio_relationships": Inner(_RELATED)})
_ATTRIBUTES = Attributes(V1_WORDING)
_EVENTS = {
    kind: Shape(
        {
            "name": Line(limit, "event name", needed="event name cannot be blank", trimmed=True),
            "id": Line(MESSAGE_ID_LIMIT, "event id"),
            "timestamp": Seconds(),
            "data": Hash("event data", limit=EVENT_DATA_LIMIT),
        }
    )
    for kind, limit in _NAMES.items()
}
_STRANGER = Shape({"anonymous_id": Line(ANONYMOUS_ID_LIMIT)})
_DEVICE_FIELDS = frozenset({"id", "platform", "last_used", "attributes"})
_DEVICE = Shape(
    {
        "device": Inner(
            Shape(
                {
                    "id": Line(TOKEN_LIMIT, "device id", needed="device id must be present"),
                    "platform": Line(100, needed="device platform must be present"),
                    "last_used": Seconds(),
                    "attributes": Hash("device attributes"),
                }
            ),
            needed="device must be present",
        )
    }
)
_MERGE = Shape({"primary": OnePerson("primary.id"), "secondary": OnePerson("secondary.id")})


def _about(call: TrackCall) -> JSONObject:
    """Say whom the path names (contracts 3.3, P2)."""
    ref = read_identifier(call.params["identifier"])
    return {"type": "person", "identifiers": {ref.kind.value: storable(ref.value)}}


def _event_in(call: TrackCall) -> tuple[JSONObject, tuple[Problem, ...]]:
    body = call.body
    return _EVENTS[_kind_of(body)].fit(body)


def _kind_of(body: JSONObject) -> str:
    """Any other type than page and screen is an event (contracts 3.5)."""
    kind = body.get("type")
    return kind if isinstance(kind, str) and kind in _NAMES else "event"


def _what_happened(body: JSONObject) -> JSONObject:
    return {"action": _kind_of(body), "name": body.get("name")}


def _invite_problems(recipient: JSONValue) -> list[Problem]:
    if is_absent(recipient):
        message = "anonymous_id or data.recipient is required"
        return [Problem(Reason.NO_SUBJECT, message)]
    if isinstance(recipient, str) and looks_like_email(recipient):
        return []
    message = "data.recipient must be an e-mail address, as there is no anonymous_id"
    return [Problem(Reason.NO_SUBJECT, message, "/data/recipient")]


def _bearing(body: JSONObject) -> dict[str, Any]:
    return {"message_id": body.get("id"), "timestamp": body.get("timestamp")}


def _items_of_person(
    call: TrackCall,
    operations: Sequence[JSONObject],
    problems: Iterable[Problem] = (),
    **bearing: Any,
) -> list[Item]:
    """Ask for operations on the person in the path, if it names one fit to be one."""
    ref = read_identifier(call.params["identifier"])
    fit = path_problems(ref.value, PERSON_ID_LIMIT, "identifier")
    return items_of(call, operations, (*fit, *problems), **bearing)
