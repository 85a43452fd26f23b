"""Customer.io's Track API v2: one operation, or a batch of them (contracts 4)."""

from collections.abc import Iterable, Mapping

from adapter.clock import Instant
from adapter.doors.fields import kind_of
from adapter.doors.items import Item, Operation, Rejected
from adapter.doors.limits import (
    EVENT_NAME_LIMIT,
    MESSAGE_ID_LIMIT,
    PAGE_NAME_LIMIT,
    RELATIONSHIPS_LIMIT,
    SINGLE_LIMIT,
    TOKEN_LIMIT,
)
from adapter.doors.shape import Shape
from adapter.doors.times import is_absent
from adapter.doors.track import object_in, with_anonymous_id
from adapter.doors.track_fields import (
    V2_WORDING,
    Array,
    Attributes,
    Choice,
    Hash,
    Inner,
    Line,
    Seconds,
)
from adapter.doors.track_identifiers import Identifiers, OnePerson
from adapter.errors import Problem, RequestError
from adapter.jsonvalue import MAX_DEPTH, JSONObject, JSONValue, dumps, is_too_deep
from adapter.model.reasons import Reason
from adapter.rules.identifiers import looks_like_email

DELIVERY_EVENTS = ("opened", "converted", "delivered")

_PERSON_KINDS = ("id", "email", "phone", "cio_id")
_SOMEBODY = "identifiers must name a person by id, email, phone or cio_id"
_ANYBODY = "identifiers must name a person, or have an anonymous_id"
_OBJECT = "identifiers must have an object_id with its object_type_id, or a cio_object_id"

_PERSON = Identifiers(_PERSON_KINDS, needed=_SOMEBODY)
_PERSON_OR_STRANGER = Identifiers(_PERSON_KINDS, instead=("anonymous_id",), needed=_ANYBODY)
# Not needed: an event for a recipient alone is an invite (K3).
_SUBJECT = Identifiers(_PERSON_KINDS, instead=("anonymous_id",))
_THING = Identifiers(("object_id", "cio_object_id"), beside=("object_type_id",), needed=_OBJECT)
_RELATIONSHIPS = Array(
    RELATIONSHIPS_LIMIT, needed="cio_relationships must be an array of relationships"
)
_TOKEN = Line(TOKEN_LIMIT, needed="device.token must be present")


def _event(name_limit: int) -> Shape:
    return Shape(
        {
            "identifiers": _SUBJECT,
            "name": Line(
                name_limit, "event name", needed="event name cannot be blank", trimmed=True
            ),
            "id": Line(MESSAGE_ID_LIMIT),
            "timestamp": Seconds(),
            "attributes": Hash(),
        }
    )


def _about_person(**fields: object) -> Shape:
    return Shape({"identifiers": _PERSON, "timestamp": Seconds(), **fields})


def _about_object(**fields: object) -> Shape:
    return Shape({"identifiers": _THING, "timestamp": Seconds(), "attributes": Hash(), **fields})


OPERATIONS: Mapping[str, Mapping[str, Shape]] = {
    "person": {
        "identify": Shape(
            {
                "identifiers": _PERSON_OR_STRANGER,
                "attributes": Attributes(V2_WORDING),
                "timestamp": Seconds(),
                "cio_relationships": Array(RELATIONSHIPS_LIMIT),
            }
        ),
        "delete": _about_person(),
        "event": _event(EVENT_NAME_LIMIT),
        "page": _event(PAGE_NAME_LIMIT),
        "screen": _event(PAGE_NAME_LIMIT),
        "add_relationships": _about_person(cio_relationships=_RELATIONSHIPS),
        "delete_relationships": _about_person(cio_relationships=_RELATIONSHIPS),
        "add_device": _about_person(
            device=Inner(
                Shape(
                    {
                        "token": _TOKEN,
                        "platform": Line(100, needed="device.platform must be present"),
                        "last_used": Seconds(),
                        "attributes": Hash(),
                    }
                ),
                needed="device must be present",
            )
        ),
        "delete_device": _about_person(
            device=Inner(Shape({"token": _TOKEN}), needed="device must be present")
        ),
        "merge": Shape({"primary": OnePerson(), "secondary": OnePerson()}),
        "suppress": _about_person(),
        "unsuppress": _about_person(),
        "viewed_content": _event(EVENT_NAME_LIMIT),
        "clicked_content": _event(EVENT_NAME_LIMIT),
    },
    "object": {
        "identify": _about_object(cio_relationships=Array(RELATIONSHIPS_LIMIT)),
        "identify_anonymous": _about_object(cio_relationships=Array(RELATIONSHIPS_LIMIT)),
        "delete": _about_object(),
        "add_relationships": _about_object(cio_relationships=_RELATIONSHIPS),
        "delete_relationships": _about_object(cio_relationships=_RELATIONSHIPS),
    },
    "delivery": {
        "event": Shape(
            {
                "identifiers": Identifiers(("id",), needed="identifiers.id must be a delivery id"),
                "name": Choice(DELIVERY_EVENTS, needed="name must be present"),
                "timestamp": Seconds(),
                "attributes": Inner(
                    Shape(
                        {"device_token": Line(TOKEN_LIMIT, needed="device_token must be present")}
                    ),
                    needed="attributes.device_token must be present",
                ),
            }
        )
    },
}
"""By type and action: which fields an operation needs or may have."""

_EVENTS = frozenset({"event", "page", "screen", "viewed_content", "clicked_content"})


def parse_entity(value: JSONValue, received_at: Instant) -> Item:
    """Read the one operation of a body.

    Args:
        value: the body.
        received_at: when the request was accepted (T1).

    Raises:
        RequestError: it is no object.
    """
    return read_operation(0, object_in(value), received_at)


def parse_batch(value: JSONValue, size: int, received_at: Instant) -> list[Item]:
    """Read the operations of a batch; a bad one harms no other (contracts 4.4).

    Args:
        value: the body.
        size: of the body in bytes; none of its operations is larger.
        received_at: when the request was accepted (T1).

    Raises:
        RequestError: it has no array ``batch``.
    """
    batch = object_in(value).get("batch")
    if batch is None:
        raise _no_batch(Reason.MISSING_FIELD, "batch must be present")
    if not isinstance(batch, list):
        raise _no_batch(Reason.INVALID_FIELD, f"batch must be an array, not {kind_of(batch)}")
    read = read_operation if size <= SINGLE_LIMIT else _read_within_limit
    return [read(index, item, received_at) for index, item in enumerate(batch)]


def read_operation(index: int, value: JSONValue, received_at: Instant) -> Item:
    """Read one operation, whichever way it came.

    Args:
        index: its place in the request.
        value: as it came; not changed.
        received_at: when the request was accepted (T1).
    """
    operation, problems = _fitted(value)
    message_id = operation.get("id") if _is_event(operation) else None
    if problems:
        return Rejected(
            index=index,
            message_id=message_id,
            received_at=received_at,
            record=value,
            problems=problems,
        )
    return Operation(
        index=index,
        message_id=message_id,
        received_at=received_at,
        timestamp=operation.get("timestamp"),
        record=_native(operation),
    )


def _fitted(value: JSONValue) -> tuple[JSONObject, tuple[Problem, ...]]:
    """Make an operation fit its shape; without a shape it is empty."""
    if not isinstance(value, dict):
        message = f"the operation must be a JSON object, not {kind_of(value)}"
        return {}, (Problem(Reason.INVALID_FIELD, message),)
    if is_too_deep(value):
        return {}, (Problem(Reason.TOO_DEEP, f"the operation nests deeper than {MAX_DEPTH}"),)
    actions, action = OPERATIONS.get(_word(value, "type")), _word(value, "action")
    if actions is None:
        return {}, (_not_among(OPERATIONS, value, "type"),)
    if action not in actions:
        return {}, (_not_among(actions, value, "action"),)
    operation, problems = actions[action].fit(value)
    if not problems and _is_event(operation) and not _has_subject(operation):
        problems = (Problem(Reason.NO_SUBJECT, _ANYBODY, "/identifiers"),)
    return operation, problems


def _is_event(operation: JSONObject) -> bool:
    return operation.get("type") == "person" and operation.get("action") in _EVENTS


def _has_subject(operation: JSONObject) -> bool:
    """Without identifiers an event may still be an invite (K3)."""
    recipient = (operation.get("attributes") or {}).get("recipient")
    invites = isinstance(recipient, str) and looks_like_email(recipient)
    return bool(operation.get("identifiers")) or invites


def _native(operation: JSONObject) -> JSONObject:
    """Keep an anonymous id beside a person where the native model looks for it."""
    if not (_is_event(operation) or operation["action"] == "identify"):
        return operation
    identifiers = operation.get("identifiers") or {}
    if "anonymous_id" not in identifiers or len(identifiers) == 1:
        return operation
    person = {kind: text for kind, text in identifiers.items() if kind != "anonymous_id"}
    attributes = with_anonymous_id(operation.get("attributes"), identifiers["anonymous_id"])
    return {**operation, "identifiers": person, "attributes": attributes}


def _read_within_limit(index: int, item: JSONValue, received_at: Instant) -> Item:
    size = len(dumps(item).encode())
    if size <= SINGLE_LIMIT:
        return read_operation(index, item, received_at)
    message = f"an operation cannot be longer than {SINGLE_LIMIT} bytes; it has {size}"
    return Rejected(
        index=index,
        message_id=None,
        received_at=received_at,
        record=item,
        problems=(Problem(Reason.TOO_LONG, message),),
    )


def _word(operation: JSONObject, name: str) -> str:
    value = operation.get(name)
    return value if isinstance(value, str) else ""


def _not_among(known: Iterable[str], operation: JSONObject, name: str) -> Problem:
    value = operation.get(name)
    words = ", ".join(known)
    if is_absent(value):
        return Problem(Reason.MISSING_FIELD, f"{name} must be one of {words}", f"/{name}")
    shown = repr(value[:40]) if isinstance(value, str) else kind_of(value)
    reason = Reason.UNSUPPORTED_TYPE if name == "type" else Reason.UNSUPPORTED_OPERATION
    return Problem(reason, f"{name} must be one of {words}, not {shown}", f"/{name}")


def _no_batch(reason: Reason, message: str) -> RequestError:
    return RequestError(message, problems=[Problem(reason, message, "/batch")])
