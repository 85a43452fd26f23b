"""Events, pages and screens: identified, anonymous or invites (K1-K4)."""

from adapter.doors.limits import EVENT_DATA_LIMIT, EVENT_NAME_LIMIT, PAGE_NAME_LIMIT
from adapter.doors.native.part import Common, Part
from adapter.doors.times import is_absent
from adapter.jsonvalue import JSONObject, JSONValue, dumps
from adapter.model.messages import (
    AnonymousEvent,
    EventKind,
    IdentifiedEvent,
    InviteEvent,
    Message,
)
from adapter.model.reasons import Reason
from adapter.rules.identifiers import looks_like_email

_NAME_LIMITS = {
    EventKind.EVENT: EVENT_NAME_LIMIT,
    EventKind.PAGE: PAGE_NAME_LIMIT,
    EventKind.SCREEN: PAGE_NAME_LIMIT,
}


def event(operation: Part, common: Common) -> Message:
    """``person event``, ``viewed_content`` and ``clicked_content``: something happened."""
    return _happened(EventKind.EVENT, operation, common)


def page(operation: Part, common: Common) -> Message:
    """``person page``: a page was viewed; its name is an address."""
    return _happened(EventKind.PAGE, operation, common)


def screen(operation: Part, common: Common) -> Message:
    """``person screen``: a screen was viewed."""
    return _happened(EventKind.SCREEN, operation, common)


def _happened(kind: EventKind, operation: Part, common: Common) -> Message:
    attributes = operation.part("attributes")
    common["kind"] = kind
    common["name"] = operation.needed("name", _NAME_LIMITS[kind])
    common["data"] = _data(attributes)
    identifiers = operation.part("identifiers")
    person = identifiers.person()
    if person is not None:
        return IdentifiedEvent(**common, person=person, anonymous_id=_beside(attributes.fields))
    anonymous_id = identifiers.anonymous_id()
    recipient = attributes.fields.get("recipient")
    if anonymous_id is not None:
        if not is_absent(recipient):
            common["notes"] += (Reason.RECIPIENT_IGNORED_HAS_ANONYMOUS_ID,)
        return AnonymousEvent(**common, anonymous_id=anonymous_id)
    if not (isinstance(recipient, str) and looks_like_email(recipient)):
        identifiers.nobody(_no_subject(recipient))
        recipient = ""
    return InviteEvent(**common, recipient=recipient)


def _beside(attributes: JSONObject) -> str | None:
    """Give the anonymous id in a known person's event: mere data, so never a reason to refuse."""
    return Part(attributes).anonymous_id()


def _no_subject(recipient: JSONValue) -> str:
    text = "they name no person and no anonymous id, and there is no recipient"
    if is_absent(recipient):
        return text
    return f"{text}; its recipient is no e-mail address"


def _data(attributes: Part) -> str:
    text = dumps(attributes.fields)
    if len(text) * 4 > EVENT_DATA_LIMIT:
        size = len(text.encode())
        if size > EVENT_DATA_LIMIT:
            told = f"the data has {size} bytes, the limit is {EVENT_DATA_LIMIT}"
            attributes.refuse(Reason.TOO_LONG, told, attributes.pointer)
    return text
