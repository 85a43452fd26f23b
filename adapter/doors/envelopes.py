"""Envelopes: what every message of a record bears, and messages for records without effect."""

from collections.abc import Sequence
from typing import Any

from adapter.clock import Instant
from adapter.doors.times import is_absent, read_time
from adapter.errors import Problem, RequestError
from adapter.jsonvalue import JSONValue, dumps, storable
from adapter.model.messages import Ignored, Unapplicable
from adapter.model.reasons import Reason
from adapter.model.swift import swift

_REASONS_OF_REFUSAL = {"too_deep": Reason.TOO_DEEP, "too_large": Reason.TOO_LONG}


@swift(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a message bears besides its content; see ``Message`` for the fields they share.

    Attributes:
        notes: what the door noticed.
        record: the record as it came, written as JSON only if it goes to quarantine.
    """

    id: str
    workspace_id: int
    source_id: int
    received_id: str
    message_id: str | None
    index: int
    part: int = 0
    received_at: Instant
    notes: tuple[Reason, ...] = ()
    record: JSONValue


def occurrence(envelope: Envelope, timestamp: JSONValue) -> tuple[Instant, tuple[Reason, ...]]:
    """Tell when a message happened, and all that was noticed of it; see ``common_fields``."""
    if is_absent(timestamp):
        return envelope.received_at, envelope.notes
    try:
        return read_time(timestamp), envelope.notes
    except ValueError:
        return envelope.received_at, (*envelope.notes, Reason.TIMESTAMP_UNREADABLE)


def common_fields(envelope: Envelope, timestamp: JSONValue) -> dict[str, Any]:
    """Give the fields that every message bears, by name.

    Args:
        envelope: of the message.
        timestamp: when it happened, as written; None is on receipt (T3), and so is one that
            cannot be read, with a note (T4).
    """
    occurred_at, notes = occurrence(envelope, timestamp)
    return {
        "id": envelope.id,
        "workspace_id": envelope.workspace_id,
        "source_id": envelope.source_id,
        "received_id": envelope.received_id,
        "message_id": envelope.message_id,
        "index": envelope.index,
        "part": envelope.part,
        "received_at": envelope.received_at,
        "occurred_at": occurred_at,
        "notes": notes,
    }


def ignored(envelope: Envelope, reason: Reason, *, timestamp: JSONValue = None) -> Ignored:
    """Make the message of a record that is understood and has no effect (L4)."""
    return Ignored(**common_fields(envelope, timestamp), reason=reason)


def unapplicable(
    envelope: Envelope,
    problems: Sequence[Problem],
    *,
    timestamp: JSONValue = None,
    refused: bool = False,
) -> Unapplicable:
    """Make the message of a record that goes to quarantine (L3).

    Args:
        envelope: holds the record.
        problems: all that is wrong; the code of the first is the reason.
        timestamp: when it happened, as written.
        refused: the sender is told to give up.
    """
    return Unapplicable(
        **common_fields(envelope, timestamp),
        reason=Reason(problems[0].code),
        # Both may quote what was sent, which not every database takes.
        pointer=storable(problems[0].pointer),
        text=storable("; ".join(problem.message for problem in problems)),
        raw=dumps(envelope.record),
        refused=refused,
    )


def refused_body(envelope: Envelope, error: RequestError, body: bytes) -> Unapplicable:
    """Make the message of a body that was refused whole (L4).

    Args:
        envelope: its record does not matter.
        error: what the sender was told.
        body: inflated if it could be.
    """
    return Unapplicable(
        **common_fields(envelope, None),
        reason=_REASONS_OF_REFUSAL.get(error.code, Reason.INVALID_BODY),
        pointer="",
        text=error.message,
        raw=storable(body.decode("utf-8", "replace")),
        refused=True,
    )
