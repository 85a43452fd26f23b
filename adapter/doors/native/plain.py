"""An ordinary event of a stranger, made straight: the commonest operation by far.

Whatever is unusual about one, in any way, is left to ``Part``, which tells all that is wrong. Of
what this takes, both make the same message (tested).
"""

from adapter.doors.envelopes import Envelope, occurrence
from adapter.doors.limits import (
    ANONYMOUS_ID_LIMIT,
    EVENT_DATA_LIMIT,
    EVENT_NAME_LIMIT,
    PAGE_NAME_LIMIT,
)
from adapter.doors.native.part import is_plain
from adapter.jsonvalue import JSONObject, JSONValue, dumps
from adapter.model.messages import AnonymousEvent, EventKind

_KINDS = {
    "event": (EventKind.EVENT, EVENT_NAME_LIMIT),
    "page": (EventKind.PAGE, PAGE_NAME_LIMIT),
    "screen": (EventKind.SCREEN, PAGE_NAME_LIMIT),
}
"""By action: what kind of event it is, and how long its name may be."""


def plain_event(
    operation: JSONObject, envelope: Envelope, timestamp: JSONValue
) -> AnonymousEvent | None:
    """Make the message of an ordinary event of a stranger; None for anything else.

    Args:
        operation: see ``operations.message_of``; not changed.
        envelope: what the message bears besides.
        timestamp: when it happened, as the sender wrote it.
    """
    action = operation.get("action")
    found = _KINDS.get(action) if type(action) is str else None
    if found is None or operation.get("type") != "person":
        return None
    kind, limit = found
    identifiers, attributes = operation.get("identifiers"), operation.get("attributes")
    if type(identifiers) is not dict or len(identifiers) != 1 or type(attributes) is not dict:
        return None
    name, anonymous_id = operation.get("name"), identifiers.get("anonymous_id")
    if not is_plain(anonymous_id, ANONYMOUS_ID_LIMIT) or not is_plain(name, limit):
        return None
    data = dumps(attributes)
    if "recipient" in attributes or len(data) * 4 > EVENT_DATA_LIMIT:
        return None
    occurred_at, notes = occurrence(envelope, timestamp)
    return AnonymousEvent(
        id=envelope.id,
        workspace_id=envelope.workspace_id,
        source_id=envelope.source_id,
        received_id=envelope.received_id,
        message_id=envelope.message_id,
        index=envelope.index,
        part=envelope.part,
        received_at=envelope.received_at,
        occurred_at=occurred_at,
        notes=notes,
        native=operation,
        kind=kind,
        name=str(name),
        data=data,
        anonymous_id=str(anonymous_id),
    )
