"""Records in quarantine, read again as by the door that took them (L3)."""

from adapter.doors.items import Item, Operation
from adapter.doors.operations import BUILDERS
from adapter.doors.segment import read_item
from adapter.doors.times import Stamp
from adapter.doors.track_v2 import OPERATIONS, read_operation
from adapter.jsonvalue import JSONObject, JSONValue

_CALL_OF_V1 = {"request", "body"}


def read_record(index: int, record: JSONValue, stamp: Stamp) -> Item | None:
    """Read a record again.

    Args:
        index: its place in its request.
        record: as it is kept: a Segment call, a native operation, or a call of Track API v1.
        stamp: the time of receipt.

    Returns:
        None for a call of Track API v1 that was refused: its path says what it is, so only its
        sender can send it anew.
    """
    if not isinstance(record, dict):
        return read_item(index, record, stamp)
    if record.keys() == _CALL_OF_V1:
        return None
    kind, action = str(record.get("type")), str(record.get("action"))
    if action in OPERATIONS.get(kind, ()):
        return read_operation(index, record, stamp.now)
    if f"{kind} {action}" in BUILDERS:
        return _native(index, record, stamp)
    return read_item(index, record, stamp)


def _native(index: int, record: JSONObject, stamp: Stamp) -> Item:
    """Take what v1 made of a call that v2 does not know; it was read and checked when it came."""
    return Operation(
        index=index,
        message_id=None,
        received_at=stamp.now,
        timestamp=record.get("timestamp"),
        record=record,
    )
