"""Native operations, as the mapping makes them, become messages (K1-K4, K7, P2, T3, T4).

An operation has the shape of Customer.io's Track API v2 (contracts 4.2). Whatever cannot become
a message becomes an ``Unapplicable`` that says why: nothing is lost (L3).
"""

from collections.abc import Callable
from typing import Any

from marshmallow import ValidationError

from adapter.doors.envelopes import Envelope, common_fields, unapplicable
from adapter.doors.fields import kind_of, read_text
from adapter.doors.shapes import (
    ANONYMOUS_ID_LIMIT,
    EVENT_NAME_LIMIT,
    PAGE_NAME_LIMIT,
    PERSON_ID_LIMIT,
)
from adapter.doors.times import is_absent
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject, JSONValue, dumps
from adapter.model.messages import (
    AnonymousEvent,
    EventKind,
    IdentifiedEvent,
    Identify,
    Ignored,
    InviteEvent,
    MergePeople,
    Message,
    Relate,
)
from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.reasons import Reason
from adapter.rules.identifiers import email_ref, is_junk_person_id, looks_like_email

EVENT_DATA_LIMIT = 100_000
"""Most bytes of an event's data as JSON (contracts 3.9)."""

# The order of contracts 7.2, should an operator's mapping give several.
_PERSON_KINDS = (IdentifierKind.CIO_ID, IdentifierKind.EMAIL, IdentifierKind.ID)
_NAME_LIMITS = {
    EventKind.EVENT: EVENT_NAME_LIMIT,
    EventKind.PAGE: PAGE_NAME_LIMIT,
    EventKind.SCREEN: PAGE_NAME_LIMIT,
}

Common = dict[str, Any]
"""The fields every message bears, by name."""


class _Unfit(Exception):
    """The operation cannot become a message."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.problem = Problem(reason.value, text)


def message_of(operation: JSONObject, *, envelope: Envelope, timestamp: JSONValue) -> Message:
    """Turn one operation into one message.

    Args:
        operation: ``type``, ``action``, ``identifiers``, ``name``, ``attributes`` and so on;
            not changed.
        envelope: what the message bears besides.
        timestamp: when it happened, as the sender wrote it; the operation's own is cut to
            whole seconds. None means on receipt (T3).
    """
    common = common_fields(envelope, timestamp)
    build = _BUILDERS.get(_what(operation), _unsupported)
    try:
        return build(operation, common)
    except _Unfit as unfit:
        problems = [unfit.problem]
    except ValidationError as error:
        # Their pointers lead into the operation, which nobody ever sees.
        problems = [Problem(found.code, found.message) for found in error.args[0]]
    return unapplicable(envelope, problems, timestamp=timestamp)


def _event(kind: EventKind) -> Callable[[JSONObject, Common], Message]:
    limit = _NAME_LIMITS[kind]

    def build(operation: JSONObject, common: Common) -> Message:
        data = _attributes(operation)
        common["kind"] = kind
        common["name"] = _name(operation, limit)
        common["data"] = _data(data)
        identifiers = _identifiers(operation, "identifiers")
        person = _person(identifiers, "identifiers")
        if person is not None:
            return IdentifiedEvent(**common, person=person, anonymous_id=_beside(data))
        anonymous_id = _text(identifiers, "anonymous_id", "identifiers", ANONYMOUS_ID_LIMIT)
        recipient = data.get("recipient")
        if anonymous_id is not None:
            if not is_absent(recipient):
                common["notes"] += (Reason.RECIPIENT_IGNORED_HAS_ANONYMOUS_ID,)
            return AnonymousEvent(**common, anonymous_id=anonymous_id)
        if isinstance(recipient, str) and looks_like_email(recipient):
            return InviteEvent(**common, recipient=recipient)
        raise _Unfit(Reason.NO_SUBJECT, _no_subject(recipient))

    return build


def _beside(data: JSONObject) -> str | None:
    """Give the anonymous id in a known person's event: mere data, so never a reason to refuse."""
    try:
        return _text(data, "anonymous_id", "attributes", ANONYMOUS_ID_LIMIT)
    except ValidationError:
        return None


def _no_subject(recipient: JSONValue) -> str:
    text = "the event names no person, no anonymous id and no recipient; give one of them"
    if is_absent(recipient):
        return text
    return f"{text}; its recipient is no e-mail address"


def _identify(operation: JSONObject, common: Common) -> Message:
    attributes = _attributes(operation)
    identifiers = _identifiers(operation, "identifiers")
    person = _person(identifiers, "identifiers")
    if person is None:
        anonymous_id = _text(identifiers, "anonymous_id", "identifiers", ANONYMOUS_ID_LIMIT)
        if anonymous_id is None:
            raise _Unfit(Reason.NO_SUBJECT, "the identify names nobody; give a userId or an e-mail")
        reason = Reason.IDENTIFY_WITHOUT_PERSON
        return Ignored(**common, reason=reason, anonymous_id=anonymous_id)
    claimed = _text(attributes, "anonymous_id", "attributes", ANONYMOUS_ID_LIMIT)
    if "anonymous_id" in attributes:
        attributes = {key: value for key, value in attributes.items() if key != "anonymous_id"}
    return Identify(**common, person=person, attributes=attributes, anonymous_id=claimed)


def _merge(operation: JSONObject, common: Common) -> Message:
    primary = _person(_identifiers(operation, "primary"), "primary")
    secondary = _person(_identifiers(operation, "secondary"), "secondary")
    if primary is None or secondary is None:
        missing = "primary" if primary is None else "secondary"
        raise _Unfit(Reason.NO_SUBJECT, f"the {missing} of the merge names no person")
    return MergePeople(**common, primary=primary, secondary=secondary)


def _relate(operation: JSONObject, common: Common) -> Message:
    """Turn a group call into the relation of somebody to an object (contracts 7.3)."""
    relationship = _first_relationship(operation)
    who = _identifiers(relationship, "identifiers")
    what = _identifiers(operation, "identifiers")
    person = _person(who, "cio_relationships/0/identifiers")
    anonymous_id = _text(who, "anonymous_id", "identifiers", ANONYMOUS_ID_LIMIT)
    object_id = _text(what, "object_id", "identifiers", PERSON_ID_LIMIT)
    if object_id is None or (person is None and anonymous_id is None):
        raise _Unfit(Reason.NO_SUBJECT, "the relationship lacks its object or its person")
    attributes = _attributes(operation)
    if anonymous_id is None:
        anonymous_id = _text(attributes, "anonymous_id", "attributes", ANONYMOUS_ID_LIMIT)
    data = {
        "object_type_id": what.get("object_type_id"),
        "object_id": object_id,
        "attributes": {key: value for key, value in attributes.items() if key != "anonymous_id"},
        "relationship_attributes": relationship.get("relationship_attributes") or {},
    }
    return Relate(**common, person=person, anonymous_id=anonymous_id, data=_data(data))


def _unsupported(operation: JSONObject, _: Common) -> Message:
    what = _what(operation)
    raise _Unfit(Reason.UNSUPPORTED_OPERATION, f"the operation {what!r} is not supported")


def _what(operation: JSONObject) -> str:
    return f"{operation.get('type')} {operation.get('action')}"


_BUILDERS: dict[str, Callable[[JSONObject, Common], Message]] = {
    "person event": _event(EventKind.EVENT),
    "person page": _event(EventKind.PAGE),
    "person screen": _event(EventKind.SCREEN),
    "person identify": _identify,
    "person merge": _merge,
    "object identify": _relate,
    "object identify_anonymous": _relate,
}


def _person(identifiers: JSONObject, pointer: str) -> PersonRef | None:
    """Give the person that identifiers name, None if they name none."""
    for kind in _PERSON_KINDS:
        if kind in identifiers:
            text = _text(identifiers, kind.value, pointer, PERSON_ID_LIMIT)
            if text is not None:
                return _ref(kind, text)
    return None


def _ref(kind: IdentifierKind, text: str) -> PersonRef:
    if kind is IdentifierKind.EMAIL:
        return email_ref(text)
    if is_junk_person_id(text):
        raise _Unfit(Reason.JUNK_ID, f"the id {text!r} is a placeholder that strangers share")
    return PersonRef(kind, text)


def _name(operation: JSONObject, limit: int) -> str:
    name = read_text(operation.get("name"), "/name", limit)
    if name is None:
        raise _Unfit(Reason.INVALID_FIELD, "the event has no name, or a blank one")
    return name


def _data(data: JSONObject) -> str:
    text = dumps(data)
    if len(text) * 4 > EVENT_DATA_LIMIT:
        size = len(text.encode())
        if size > EVENT_DATA_LIMIT:
            message = f"the data has {size} bytes, the limit is {EVENT_DATA_LIMIT}"
            raise _Unfit(Reason.TOO_LONG, message)
    return text


def _text(fields: JSONObject, name: str, pointer: str, limit: int) -> str | None:
    value = fields.get(name)
    return None if value is None else read_text(value, f"/{pointer}/{name}", limit)


def _attributes(operation: JSONObject) -> JSONObject:
    value = operation.get("attributes")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _Unfit(
            Reason.INVALID_FIELD, f"the attributes must be an object, not {kind_of(value)}"
        )
    return value


def _first_relationship(operation: JSONObject) -> JSONObject:
    relationships = operation.get("cio_relationships")
    first = relationships[0] if isinstance(relationships, list) and relationships else None
    return first if isinstance(first, dict) else {}


def _identifiers(fields: JSONObject, name: str) -> JSONObject:
    value = fields.get(name)
    return value if isinstance(value, dict) else {}
