"""Reading a kept body again, as its door read it when it came (M11).

Beside each body stands what it does not say: by whose clock its records were stamped (T2), what its
signature and its credential were worth, whether it might trigger (C8), and what the door found of
single records that those do not show by themselves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from adapter.clock import Instant
from adapter.doors.items import (
    UNMAPPED_DOORS,
    Batch,
    Call,
    Dropped,
    Erased,
    Item,
    Operation,
    Rejected,
    dropped,
)
from adapter.doors.segment import parse, read_item
from adapter.doors.times import Stamp
from adapter.errors import InvalidJson, Problem, RequestError
from adapter.jsonvalue import JSONObject, JSONValue, dumps, loads
from adapter.model.reasons import Reason
from adapter.model.swift import swift
from adapter.model.workspaces import ReceivedAt
from adapter.rules.erasure import ERASED, TOUCHED, is_erased

UNKNOWN = ""
"""Stands beside a body of which it was not kept yet how it was read."""

_LONGEST_ERASED = 40

_OF_DOORS = frozenset({Reason.SENT_AT_IGNORED})
"""Notes that a door makes of a call, beyond those that reading it again makes anew."""


@swift(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What holds for all items of a request.

    Attributes:
        first_item_only: the signature vouches for no more than that; the others are marked.
        public: its credential is one that everybody can read; it may do public things only.
        triggers: off, what was sent triggers nothing (C8).
    """

    first_item_only: bool = False
    public: bool = False
    triggers: bool = True

    def applied(self, batch: Batch) -> Batch:
        """Mark the calls that the conditions tell something about."""
        if not self.first_item_only and self.triggers:
            return batch
        return batch._replace(items=[self._marked(item) for item in batch.items])

    def _marked(self, item: Item) -> Item:
        if not isinstance(item, Call):
            return item
        notes = item.notes if self.triggers else (*item.notes, Reason.TRIGGERS_OFF)
        if self.first_item_only and item.index:
            notes = (*notes, Reason.FIRST_ITEM_VERIFIED)
        # Written out: of a batch all calls but the first are marked, and a copy costs thrice that.
        return Call(
            index=item.index,
            type=item.type,
            message_id=item.message_id,
            received_at=item.received_at,
            timestamp=item.timestamp,
            payload=item.payload,
            record=item.record,
            notes=notes,
        )


class Reread(NamedTuple):
    """A body read again: its items, or with what it was refused.

    Attributes:
        touched: an erasure took something out of it, if only a name (P6).
    """

    batch: Batch
    conditions: Conditions
    refusal: RequestError | None = None
    touched: bool = False


def read_as(batch: Batch, received_at: Instant, conditions: Conditions) -> str:
    """Write what the body that is kept of a request does not say.

    Args:
        batch: what the door made of it.
        received_at: when the request was accepted (T1).
        conditions: for all its items.
    """
    told: JSONObject = {}
    if batch.stamp is not None and batch.stamp.clock is not ReceivedAt.ARRIVAL:
        told |= {"clock": batch.stamp.clock.value, "retention": batch.stamp.retention}
    if conditions.first_item_only:
        told["first_item_only"] = True
    if conditions.public:
        told["public"] = True
    if not conditions.triggers:
        told["triggers"] = False
    if batch.kept is not None:
        told["records"] = [_mark(n, item, received_at) for n, item in enumerate(batch.items)]
        told |= {"single": batch.single, "strict": batch.strict}
        if not any(told["records"]):
            told["records"] = len(batch.items)
    return dumps(told)


def refused_as(error: RequestError) -> str:
    """Write with what a body was refused whole."""
    return dumps({"refused": [error.code, error.message]})


def reread(door: str, body: bytes, received_at: Instant, said: str) -> Reread:
    """Read a kept body again.

    Args:
        door: that it came to.
        body: as it is kept, inflated.
        received_at: when the request was accepted (T1).
        said: what :func:`read_as` or :func:`refused_as` wrote beside it.

    Raises:
        RequestError: it cannot be read so.
    """
    told: JSONObject = loads(said)
    touched = TOUCHED in told
    if is_erased(_value_of(body)):
        return Reread(Batch([_erased(0)], single=True), Conditions(), touched=True)
    if "refused" in told:
        code, message = told["refused"]
        error = RequestError(message)
        error.code = code
        return Reread(Batch([], single=True), Conditions(), error, touched)
    conditions = Conditions(
        first_item_only="first_item_only" in told,
        public="public" in told,
        triggers="triggers" not in told,
    )
    clock = ReceivedAt(told.get("clock", ReceivedAt.ARRIVAL.value))
    stamp = Stamp(received_at, clock, told.get("retention", 0))
    if "records" not in told:
        batch = parse(body, stamp)
        items = [_erased(item.index) if is_erased(item.record) else item for item in batch.items]
        return Reread(batch._replace(items=items), conditions, touched=touched)
    records: list[JSONValue] = loads(body)
    marks = told["records"] if isinstance(told["records"], list) else [None] * len(records)
    items = list(_items(door, records, marks, stamp))
    batch = Batch(items, single=told["single"], strict=told["strict"])
    return Reread(batch, conditions, touched=touched)


def _mark(place: int, item: Item, received_at: Instant) -> JSONObject | None:
    """Tell of an item what its record does not; None if that tells all."""
    mark: JSONObject = {}
    match item:
        case Rejected():
            mark = _mark_of_rejected(item, received_at)
        case Dropped():
            mark = {"dropped": item.reason.value}
        case Operation():
            mark = _mark_of_operation(item)
        case Call():
            notes = [note for note in item.notes if note in _OF_DOORS]
            mark = {"notes": notes} if notes else {}
        case Erased():
            pass  # no door makes it
    if item.index != place:
        mark["index"] = item.index
    return mark or None


def _mark_of_rejected(item: Rejected, received_at: Instant) -> JSONObject:
    mark: JSONObject = {
        "problems": [[each.code, each.message, each.pointer] for each in item.problems],
        "message_id": item.message_id,
    }
    if item.received_at != received_at:
        mark["received_at"] = item.received_at
    return mark


def _mark_of_operation(item: Operation) -> JSONObject:
    record, mark = item.record, JSONObject()
    if item.part:
        mark["part"] = item.part
    if item.message_id != record.get("id"):
        mark["message_id"] = item.message_id
    if item.timestamp != record.get("timestamp"):
        mark["timestamp"] = item.timestamp
    if item.notes:
        mark["notes"] = list(item.notes)
    return mark


def _items(
    door: str, records: Sequence[JSONValue], marks: Sequence[JSONObject | None], stamp: Stamp
) -> Iterator[Item]:
    for place, (record, found) in enumerate(zip(records, marks, strict=True)):
        mark = found or {}
        index = mark.get("index", place)
        if is_erased(record):
            yield _erased(index)
        elif "problems" in mark:
            yield _rejected(index, record, mark, stamp)
        elif door in UNMAPPED_DOORS:
            yield _operation(index, record, mark, stamp)
        else:
            yield _call(index, record, mark, stamp)


def _value_of(body: bytes) -> JSONValue:
    """Read a body that is short enough to be what an erased one is replaced by."""
    if len(body) > _LONGEST_ERASED:
        return None
    try:
        value: JSONValue = loads(body)
    except InvalidJson:
        return None
    return value


def _erased(index: int) -> Erased:
    return Erased(index=index, record=dict(ERASED))


def _rejected(index: int, record: JSONValue, mark: JSONObject, stamp: Stamp) -> Rejected:
    return Rejected(
        index=index,
        message_id=mark["message_id"],
        received_at=mark.get("received_at", stamp.now),
        record=record,
        problems=tuple(Problem(*problem) for problem in mark["problems"]),
    )


def _operation(index: int, record: JSONValue, mark: JSONObject, stamp: Stamp) -> Operation:
    if not isinstance(record, dict):
        raise RequestError("a record that is kept as an operation is no object")
    return Operation(
        index=index,
        part=mark.get("part", 0),
        message_id=mark.get("message_id", record.get("id")),
        received_at=stamp.now,
        timestamp=mark.get("timestamp", record.get("timestamp")),
        record=record,
        notes=tuple(map(Reason, mark.get("notes", ()))),
    )


def _call(index: int, record: JSONValue, mark: JSONObject, stamp: Stamp) -> Item:
    item = read_item(index, record, stamp)
    if not isinstance(item, Call):
        return item
    if "dropped" in mark:
        return dropped(item, Reason(mark["dropped"]))
    return replace(item, notes=(*item.notes, *map(Reason, mark.get("notes", ()))))
