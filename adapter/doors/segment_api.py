"""The calls of Segment's HTTP API, made what Segment forwards of them (contracts 2.5, 2.6).

A call leaves here as the webhook brings it: its type, its ``messageId``, its ``timestamp`` free of
the sender's clock error. From there on both doors are one.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from adapter.clock import DAY, Instant, iso
from adapter.doors.fields import kind_of
from adapter.doors.items import Batch, Call, Item, Rejected, dropped, kept_of
from adapter.doors.limits import SEGMENT_ITEMS, SINGLE_LIMIT
from adapter.doors.segment import read_item
from adapter.doors.times import Stamp, is_absent, read_time
from adapter.errors import Problem, RequestError
from adapter.jsonvalue import JSONObject, JSONValue, dumps
from adapter.model.reasons import Reason

_MOST_SKEW = 30 * DAY
"""A clock that is further off than this corrects nothing (contracts 2.6)."""

_SHARED = ("context", "integrations")
"""What a batch may say for all of its calls; a call's own goes before it."""


class TooManyEvents(RequestError):
    """The batch has more events than are taken."""

    code = "too_many_events"
    cure = f"Send at most {SEGMENT_ITEMS} events in a batch."


class Terms(NamedTuple):
    """How the calls of one request are read.

    Attributes:
        stamp: their time of receipt (T1, T2).
        ids: for calls that bear none.
        integration: the name by which ``integrations`` may switch this destination off.
        strict: the sender wants to hear of what is wrong (``X-Strict-Mode``).
    """

    stamp: Stamp
    ids: Iterator[str]
    integration: str
    strict: bool


def read_single(value: JSONValue, kind: str, terms: Terms) -> Batch:
    """Read the body of a single endpoint; the endpoint decides the type.

    Raises:
        RequestError: it is no object.
    """
    return _batch([{**_object(value), "type": kind}], {}, terms)


def read_batch(value: JSONValue, size: int, terms: Terms) -> Batch:
    """Read the body of a batch: ``{"batch": [...], "sentAt"?, "context"?, "integrations"?}``.

    Args:
        value: of the body.
        size: of the body in bytes; where it is small, no event can be too large.
        terms: how to read.

    Raises:
        RequestError: it is no object, or holds no array.
        TooManyEvents: naming the limit.
    """
    shared = _object(value)
    calls = shared.get("batch")
    if not isinstance(calls, list):
        raise RequestError(f"batch must be an array of events, not {kind_of(calls)}")
    if len(calls) > SEGMENT_ITEMS:
        raise TooManyEvents(f"the batch has {len(calls)} events, the limit is {SEGMENT_ITEMS}")
    return _batch(calls, shared, terms, measured=size > SINGLE_LIMIT)


def _batch(
    calls: list[JSONValue], shared: JSONObject, terms: Terms, *, measured: bool = False
) -> Batch:
    items = [_read(index, call, shared, terms, measured) for index, call in enumerate(calls)]
    return Batch(items, single=False, strict=terms.strict, kept=kept_of(items), stamp=terms.stamp)


def _read(index: int, call: JSONValue, shared: JSONObject, terms: Terms, measured: bool) -> Item:  # noqa: FBT001
    if not isinstance(call, dict):
        return read_item(index, call, terms.stamp)
    record, notes = _forwarded(call, shared, terms)
    if measured:
        size = len(dumps(call).encode())
        if size > SINGLE_LIMIT:
            text = f"the event has {size} bytes, the limit is {SINGLE_LIMIT}"
            return _rejected(index, record, terms, Problem(Reason.TOO_LONG, text))
    item = read_item(index, record, terms.stamp)
    if not isinstance(item, Call):
        return item
    if _is_off(record, terms.integration):
        return dropped(item, Reason.INTEGRATION_OFF)
    return replace(item, notes=(*item.notes, *notes)) if notes else item


def _forwarded(
    call: JSONObject, shared: JSONObject, terms: Terms
) -> tuple[JSONObject, tuple[Reason, ...]]:
    """Make of a call what Segment would forward."""
    record = {name: value for name, value in call.items() if name != "writeKey"}
    for name in _SHARED:
        if isinstance(shared.get(name), dict) and isinstance(record.get(name), dict | None):
            record[name] = {**shared[name], **(record.get(name) or {})}
    if is_absent(record.get("messageId")):
        record["messageId"] = next(terms.ids)
    if is_absent(record.get("sentAt")) and not is_absent(shared.get("sentAt")):
        record["sentAt"] = shared["sentAt"]
    if _is_corrected(record):
        return record, ()
    record["receivedAt"] = iso(terms.stamp.now)
    return _corrected(record, terms.stamp.now)


def _is_corrected(record: JSONObject) -> bool:
    """Tell a call that Segment corrected before; it must not be corrected twice (contracts 2.6)."""
    times = ("timestamp", "originalTimestamp", "receivedAt")
    return not any(is_absent(record.get(name)) for name in times)


def _corrected(record: JSONObject, now: Instant) -> tuple[JSONObject, tuple[Reason, ...]]:
    """Move a call's time from its sender's clock to ours (T3), if it says when it was sent.

    Never into the future, which would stretch the trigger window; and not by a clock that is
    more than 30 days off.
    """
    written = record.get("timestamp")
    if is_absent(written):
        written = record.get("originalTimestamp")
    if is_absent(written):
        return record, ()
    record["timestamp"] = record["originalTimestamp"] = written
    if is_absent(record.get("sentAt")):
        return record, ()
    try:
        original = read_time(written)
    except ValueError:
        return record, ()  # as with every door: kept, and flagged where it is read (T4)
    try:
        skew = now - read_time(record["sentAt"])
    except ValueError:
        return record, (Reason.SENT_AT_IGNORED,)
    if abs(skew) > _MOST_SKEW:
        return record, (Reason.SENT_AT_IGNORED,)
    record["timestamp"] = iso(min(original + skew, now))
    return record, ()


def _is_off(record: JSONObject, integration: str) -> bool:
    """Tell whether the sender switched this destination off; ``All`` is not heeded."""
    integrations = record.get("integrations")
    return isinstance(integrations, dict) and integrations.get(integration) is False


def _rejected(index: int, record: JSONObject, terms: Terms, problem: Problem) -> Rejected:
    return Rejected(
        index=index,
        message_id=None,
        received_at=terms.stamp.now,
        record=record,
        problems=(problem,),
    )


def _object(value: JSONValue) -> JSONObject:
    if not isinstance(value, dict):
        raise RequestError(f"the body must be a JSON object, not {kind_of(value)}")
    return value
