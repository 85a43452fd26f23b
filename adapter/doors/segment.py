"""The Segment webhook: a body becomes calls, each fit for the mapping, or rejected with a reason.

A bad item never harms its neighbours: a 4xx would lose the good items of the batch for ever, a 5xx
would repeat the bad one for hours (contracts 8.3). Only a body that is no object and no array is
refused whole.
"""

from adapter.clock import Instant, iso
from adapter.doors.bodies import is_form, read_value
from adapter.doors.fields import kind_of
from adapter.doors.items import Batch, Call, Item, Rejected, kept_of
from adapter.doors.limits import WEBHOOK_ITEMS
from adapter.doors.shapes import fit
from adapter.doors.times import Stamp, corrected_time, is_absent, read_time
from adapter.errors import BodyTooLarge, Problem, RequestError
from adapter.jsonvalue import JSONObject, JSONValue
from adapter.model.reasons import Reason
from adapter.model.workspaces import ReceivedAt

_ALIAS_SPELLINGS = {"Previous ID": "previousId", "User ID": "userId"}
_FORM_PROBLEM = Problem(
    "invalid_field",
    "body is form-encoded text, which cannot be mapped; have the webhook send JSON",
    "/body",
)


def parse(body: bytes, stamp: Stamp, content_type: str | None = None) -> Batch:
    """Read a webhook's body: one call, or an array of up to 4,000; or one call as a form (X6).

    Args:
        body: raw bytes, inflated.
        stamp: the time of receipt.
        content_type: the header.

    Raises:
        InvalidJson: it is empty, no JSON, or nests too deep.
        RequestError: it is neither an object nor an array.
        BodyTooLarge: it has too many items.
    """
    value = read_value(body, content_type)
    if isinstance(value, dict):
        items: list[Item] = [read_item(0, value, stamp)]
        # A form that is kept does not say that it is one.
        kept = kept_of(items) if is_form(body, content_type) else None
        return Batch(items, single=True, kept=kept, stamp=stamp)
    if not isinstance(value, list):
        raise RequestError(
            f"the body must be a JSON object or an array of objects, not {kind_of(value)}"
        )
    if len(value) > WEBHOOK_ITEMS:
        raise BodyTooLarge(f"the batch has {len(value)} items, the limit is {WEBHOOK_ITEMS}")
    items = [read_item(index, item, stamp) for index, item in enumerate(value)]
    return Batch(items, single=False, stamp=stamp)


def read_item(index: int, item: JSONValue, stamp: Stamp) -> Call | Rejected:
    """Read one item of a batch, or of the quarantine.

    Extensible Webhook wraps each item of a batch as ``{"json": item}`` (contracts 1.1).
    """
    if isinstance(item, dict) and len(item) == 1 and "json" in item:
        item = item["json"]
    if isinstance(item, dict):
        return _read_call(index, item, stamp)
    problem = Problem("invalid_field", f"the item must be an object, not {kind_of(item)}")
    return Rejected(
        index=index, message_id=None, received_at=stamp.now, record=item, problems=(problem,)
    )


def _read_call(index: int, record: JSONObject, stamp: Stamp) -> Call | Rejected:
    kind = record.get("type")
    kind = kind if isinstance(kind, str) else ""
    payload, problems = fit(kind, _respelt(record) if kind == "alias" else record)
    if _is_form(record):
        problems = (_FORM_PROBLEM,)
    received_at, notes = _received_at(record, stamp)
    if problems:
        return Rejected(
            index=index,
            message_id=payload.get("messageId"),
            received_at=received_at,
            record=record,
            problems=problems,
        )
    timestamp = payload.get("timestamp")
    if isinstance(timestamp, dict | list):
        payload = {name: value for name, value in payload.items() if name != "timestamp"}
        timestamp, notes = None, (*notes, Reason.TIMESTAMP_UNREADABLE)
    if is_absent(timestamp):
        payload, timestamp, notes = _corrected(payload, received_at, notes)
    return Call(
        index=index,
        type=kind,
        message_id=payload.get("messageId"),
        received_at=received_at,
        timestamp=timestamp,
        payload=payload,
        record=record,
        notes=notes,
    )


def _is_form(record: JSONObject) -> bool:
    """Tell whether Extensible Webhook was told to send form text (contracts 1.2)."""
    return len(record) == 1 and isinstance(record.get("body"), str)


def _respelt(record: JSONObject) -> JSONObject:
    """Take ``Previous ID`` and ``User ID`` for the ids of an alias (contracts 1.4)."""
    spare = {
        name: record[odd]
        for odd, name in _ALIAS_SPELLINGS.items()
        if odd in record and is_absent(record.get(name))
    }
    return {**record, **spare} if spare else record


def _received_at(record: JSONObject, stamp: Stamp) -> tuple[Instant, tuple[Reason, ...]]:
    """Take Segment's ``receivedAt`` where the source says so and it can be believed (T2)."""
    if stamp.clock is ReceivedAt.ARRIVAL:
        return stamp.now, ()
    try:
        received_at = read_time(record.get("receivedAt"))
    except ValueError:
        return stamp.now, (Reason.RECEIVED_AT_REFUSED,)
    if stamp.now - stamp.retention < received_at <= stamp.now:
        return received_at, ()
    return stamp.now, (Reason.RECEIVED_AT_REFUSED,)


def _corrected(
    payload: JSONObject, received_at: Instant, notes: tuple[Reason, ...]
) -> tuple[JSONObject, str | None, tuple[Reason, ...]]:
    """Give a call without ``timestamp`` the time worked out from its clocks, if it has them."""
    try:
        corrected = corrected_time(payload, received_at)
    except ValueError:
        return payload, None, (*notes, Reason.TIMESTAMP_UNREADABLE)
    if corrected is None:
        return payload, None, notes
    timestamp = iso(corrected)
    return {**payload, "timestamp": timestamp}, timestamp, notes
