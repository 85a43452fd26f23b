"""What a door makes of a request: items, in their order, ready to be taken in.

Segment's doors make calls, which a mapping file turns into operations; the Track API's doors make
operations themselves. What can be neither is rejected with all that is wrong with it.
"""

from collections.abc import Sequence
from typing import NamedTuple

from adapter.clock import Instant
from adapter.doors.times import Stamp
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject, JSONValue, dumps
from adapter.model.reasons import Reason
from adapter.model.swift import swift

OPERATOR = "operator"
"""The door of an operator's acts, which stand among the requests in the order of acceptance."""

UNMAPPED_DOORS = frozenset({"gif", "track_v1", "track_v2", OPERATOR})
"""Doors whose requests are operations already: no mapping changes what comes of them."""


@swift(frozen=True, slots=True, kw_only=True)
class Call:
    """One Segment call, or an operator's own payload, ready to be mapped.

    Attributes:
        index: its place in the batch, from 0.
        type: as it came; "" for none. One of ``CALL_TYPES`` in an ordinary call.
        message_id: the sender's id (L1).
        received_at: the adapter's clock, or Segment's where the source says so (T1, T2).
        timestamp: when it happened, as written or corrected (T3); None if it does not say.
        payload: what the mapping sees: ids are texts, blank ones are gone.
        record: as it came, for quarantine.
        notes: what was noticed so far (T2, T4).
    """

    index: int
    type: str
    message_id: str | None
    received_at: Instant
    timestamp: JSONValue
    payload: JSONObject
    record: JSONValue
    notes: tuple[Reason, ...]


@swift(frozen=True, slots=True, kw_only=True)
class Operation:
    """One native operation, ready to become a message; no mapping changes it.

    Attributes:
        index: its place in the batch, from 0.
        part: 0 for the first operation of a record, 1 for the second, and so on.
        message_id: the sender's id (L1).
        received_at: the adapter's clock (T1).
        timestamp: when it happened, as written; None is on receipt (T3).
        record: the operation in the shape of the Track API v2 (contracts 4.2), also for
            quarantine: it must say all, what stood in the path included.
        notes: what was noticed so far.
    """

    index: int
    part: int = 0
    message_id: str | None
    received_at: Instant
    timestamp: JSONValue
    record: JSONObject
    notes: tuple[Reason, ...] = ()


@swift(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An item that cannot be taken in; it goes to quarantine (L3).

    Attributes:
        problems: all that were found, at least one; the code of the first is a ``Reason``.
    """

    index: int
    message_id: str | None
    received_at: Instant
    record: JSONValue
    problems: tuple[Problem, ...]


@swift(frozen=True, slots=True, kw_only=True)
class Dropped:
    """An item that its sender wants no effect of; it is ignored (L4).

    Attributes:
        reason: why it is without effect.
    """

    index: int
    message_id: str | None
    received_at: Instant
    timestamp: JSONValue
    record: JSONValue
    reason: Reason


@swift(frozen=True, slots=True, kw_only=True)
class Erased:
    """A record that was taken out of the body it came in (P6); only its place is left."""

    index: int
    record: JSONValue


Told = Call | Operation | Rejected | Dropped
Item = Told | Erased


def dropped(call: Call, reason: Reason) -> Dropped:
    """Take a call for one that is to have no effect."""
    return Dropped(
        index=call.index,
        message_id=call.message_id,
        received_at=call.received_at,
        timestamp=call.timestamp,
        record=call.record,
        reason=reason,
    )


def kept_of(items: Sequence[Item]) -> bytes:
    """Write the records of items, which say all, to be kept instead of a body that does not."""
    return dumps([item.record for item in items]).encode()


class Batch(NamedTuple):
    """What a request holds, in its order.

    Attributes:
        items: one for each record.
        single: it was one record, and no array.
        strict: whoever sent it is told of every bad record and gives it up, so that it counts as
            refused and not as quarantined (L4), and its id stays free (contracts 6.10.7).
        kept: what to keep of the request instead of its body, where the body
            does not say all: the path tells the type, say. None: the body itself.
        stamp: by which calls got their time of receipt; operations go by the adapter's clock.
    """

    items: list[Item]
    single: bool
    strict: bool = False
    kept: bytes | None = None
    stamp: Stamp | None = None

    @property
    def records(self) -> int:
        """How many records it holds; several operations may come of one (L4)."""
        return len({item.index for item in self.items})
