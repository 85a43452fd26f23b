"""Events: writing them to the home each belongs to (K1-K3)."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from adapter.ids import bucket_of
from adapter.model.messages import Event
from adapter.model.reasons import Reason
from adapter.rules.decision import StoredAnonymous, StoredIdentified, StoredInvite
from adapter.store.sql import BulkWrite
from adapter.store.tables import anonymous_events, invite_events, person_events

_write_anonymous = BulkWrite(anonymous_events)
_write_invites = BulkWrite(invite_events)
_write_identified = BulkWrite(person_events)


def write_anonymous(connection: Connection, events: Iterable[StoredAnonymous]) -> None:
    """Store strangers' events."""
    _write_anonymous.run(
        connection,
        [
            (
                *_row(stored.event, stored.anonymous_id, stored.reasons),
                stored.ref,
                stored.anonymous_id,
            )
            for stored in events
        ],
    )


def write_invites(connection: Connection, events: Iterable[StoredInvite]) -> None:
    """Store events for somebody who is not known yet."""
    _write_invites.run(
        connection,
        [
            (*_row(stored.event, stored.recipient, stored.reasons), stored.recipient)
            for stored in events
        ],
    )


def write_identified(connection: Connection, events: Iterable[StoredIdentified]) -> None:
    """Store people's events."""
    _write_identified.run(
        connection,
        [
            (
                *_row(stored.event, stored.person_id, stored.reasons),
                stored.person_id,
                stored.anonymous_id,
                stored.was_anonymous,
                stored.processed_at,
                str(stored.trigger),
                None if stored.former is None else str(stored.former),
            )
            for stored in events
        ],
    )


def notes_text(reasons: Iterable[Reason]) -> str:
    """Write further reasons as one text."""
    return ",".join(reasons)


def _row(event: Event, key: str, reasons: tuple[Reason, ...]) -> tuple[Any, ...]:
    """Give the columns that every event has; ``key`` decides its bucket."""
    return (
        event.id,
        event.workspace_id,
        bucket_of(event.workspace_id, key),
        event.source_id,
        event.received_id,
        event.index,
        event.message_id,
        str(event.kind),
        event.name,
        event.occurred_at,
        event.received_at,
        str(reasons[0]),
        notes_text(reasons[1:]) if len(reasons) > 1 else "",
        event.data,
    )
