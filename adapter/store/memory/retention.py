"""Purging what has expired from the memory store (R2)."""

import threading
from collections.abc import Callable, MutableMapping, MutableSequence, Sequence
from typing import Protocol, TypeVar

from adapter.clock import BEGINNING, DAY, Instant
from adapter.ids import earliest_id
from adapter.rules.facts import OF_NOBODY
from adapter.store.memory.outbox import MemoryOutbox
from adapter.store.memory.tables import Tables
from adapter.sweepable import Expiring

_SLACK = DAY
_MILLISECOND = 1_000


class _Dated(Protocol):
    @property
    def workspace_id(self) -> int: ...
    @property
    def received_at(self) -> Instant: ...


K = TypeVar("K")
R = TypeVar("R")


class MemoryRetention:
    """The part of ``MemoryStore`` that purges; its lock makes every step atomic."""

    _tables: Tables
    _lock: threading.RLock
    outbox: MemoryOutbox

    def sweep(
        self,
        table: Expiring,
        workspace_id: int,
        cutoff: Instant,
        *,
        since: Instant = BEGINNING,  # noqa: ARG002 - here nothing is walked
        limit: int = 5_000,
    ) -> int:
        """Delete expired rows."""
        tables, older = self._tables, cutoff - _SLACK
        with self._lock:
            deleted = 0
            match table:
                case Expiring.ANONYMOUS_EVENTS:
                    deleted = self._sweep_anonymous(workspace_id, cutoff, limit)
                case Expiring.INVITE_EVENTS:
                    deleted = _drop(
                        tables.invite_events,
                        lambda row: _is_old(row.event, workspace_id, cutoff),
                        limit,
                    )
                case Expiring.QUARANTINE:
                    deleted = _drop(
                        tables.quarantine, lambda row: _is_old(row, workspace_id, cutoff), limit
                    )
                case Expiring.RECEIVED:
                    deleted = _drop(
                        tables.received, lambda row: _is_old(row, workspace_id, cutoff), limit
                    )
                case Expiring.MESSAGE_KEYS:
                    theirs = {stored.event.id for stored in tables.person_events}
                    deleted = _forget(
                        tables.keys,
                        lambda key, fact: (
                            key[0] == workspace_id
                            and fact.received_at <= older
                            and fact.record < earliest_id(older + _MILLISECOND)
                            and fact.home in OF_NOBODY
                            and fact.record not in theirs
                        ),
                        limit,
                    )
                case Expiring.ANONYMOUS_RELATIONSHIPS:
                    deleted = self._sweep_strangers(workspace_id, cutoff, limit)
                case Expiring.DELIVERIES:
                    deleted = self.outbox.purge(workspace_id, cutoff, limit)
                case Expiring.ANONYMOUS_IDS:
                    deleted = _forget(
                        tables.anonymous_ids,
                        lambda key, fact: (
                            key[0] == workspace_id
                            and fact.person_id is None
                            and fact.pending_person_id is None
                            and not tables.anonymous_events.get(fact.ref)
                        ),
                        limit,
                    )
        return deleted

    def make_days(self, now: Instant) -> None:
        """Do nothing: there are no days."""

    def drop_days(self, until: Instant) -> int:  # noqa: ARG002 - there are no days
        """There are no days to drop."""
        return 0

    def oldest(self, table: Expiring, workspace_id: int) -> Instant | None:
        """Tell when the oldest row left was received."""
        tables = self._tables
        with self._lock:
            events = [row.event for rows in tables.anonymous_events.values() for row in rows]
            dated: dict[Expiring, Sequence[_Dated]] = {
                Expiring.ANONYMOUS_EVENTS: events,
                Expiring.INVITE_EVENTS: [row.event for row in tables.invite_events],
                Expiring.QUARANTINE: tables.quarantine,
                Expiring.RECEIVED: tables.received,
            }
            own = [row.received_at for row in dated[table] if row.workspace_id == workspace_id]
        return min(own, default=None)

    def give_back(self, pages: int = 500) -> bool:  # noqa: ARG002 - there are no pages
        """There are no pages to give back."""
        return False

    def _sweep_strangers(self, workspace_id: int, cutoff: Instant, limit: int) -> int:
        return _forget(
            self._tables.relationships,
            lambda key, one: (
                key[0] == workspace_id and not key[1].is_person and one.updated_at <= cutoff
            ),
            limit,
        )

    def _sweep_anonymous(self, workspace_id: int, cutoff: Instant, limit: int) -> int:
        deleted = 0
        for rows in self._tables.anonymous_events.values():
            deleted += _drop(
                rows, lambda row: _is_old(row.event, workspace_id, cutoff), limit - deleted
            )
        return deleted


def _is_old(row: _Dated, workspace_id: int, cutoff: Instant) -> bool:
    return row.workspace_id == workspace_id and row.received_at <= cutoff


def _drop(rows: MutableSequence[R], goes: Callable[[R], bool], limit: int) -> int:
    doomed = [index for index, row in enumerate(rows) if goes(row)][:limit]
    for index in reversed(doomed):
        del rows[index]
    return len(doomed)


def _forget(rows: MutableMapping[K, R], goes: Callable[[K, R], bool], limit: int) -> int:
    doomed = [key for key, row in rows.items() if goes(key, row)][:limit]
    for key in doomed:
        del rows[key]
    return len(doomed)
