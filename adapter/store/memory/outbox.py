"""The outbox in memory: the reference for the one in SQL (L5)."""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from adapter.clock import Instant
from adapter.ids import earliest_id
from adapter.model.campaigns import Trigger
from adapter.model.deliveries import (
    FREE,
    MOST_ATTEMPTS,
    Attempt,
    Delivery,
    DeliveryState,
    EndpointKey,
)
from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.reasons import Reason
from adapter.outbox import Backlog, DeliveryQuery, Settled, Wanted, measures_of
from adapter.rules.decision import Decision, Unmerge, Withdrawal
from adapter.rules.facts import DeliveryKey
from adapter.store.memory.tables import Tables
from adapter.store.memory.triggers import add_triggers, forget_triggers, join_triggers

_MILLISECOND = 1_000


class MemoryOutbox:
    """Implements ``outbox.Outbox`` with dictionaries.

    Args:
        lock: of the store; every method holds it.
        tables: of the store; what is settled adds lines to their activity log.
    """

    def __init__(self, lock: threading.RLock, tables: Tables) -> None:
        self._lock = lock
        self._tables = tables
        self.deliveries_by_id: dict[tuple[int, str], Delivery] = {}
        self.attempts_by_id: dict[tuple[int, str], list[Attempt]] = {}

    def add(self, decision: Decision) -> None:
        """Put deliveries in, and what caused them."""
        add_triggers(self._tables, decision.triggers)
        for delivery in decision.deliveries:
            self.deliveries_by_id.setdefault((delivery.workspace_id, delivery.id), delivery)

    def triggers(self, workspace_id: int, record: str) -> list[Trigger]:
        """List what campaigns made of an event."""
        found = [
            each for key, each in self._tables.triggers.items() if key[:2] == (workspace_id, record)
        ]
        return sorted(found, key=lambda each: each.campaign)

    def every_trigger(
        self, workspace_id: int, *, beyond: tuple[str, str] = ("", ""), limit: int = 1_000
    ) -> list[Trigger]:
        """Page through what campaigns made of all events, by record and campaign."""
        found = [
            each
            for key, each in self._tables.triggers.items()
            if key[0] == workspace_id and (each.record, each.campaign) > beyond
        ]
        return sorted(found, key=lambda each: (each.record, each.campaign))[:limit]

    def join(self, workspace_id: int, secondary_id: str, primary_id: str) -> None:
        """Give the deliveries about one person to another (P5)."""
        join_triggers(self._tables, workspace_id, secondary_id, primary_id)
        for key, each in self.deliveries_by_id.items():
            if key[0] == workspace_id and each.person_id == secondary_id:
                self.deliveries_by_id[key] = replace(each, person_id=primary_id)

    def recipients(self, keys: Iterable[DeliveryKey]) -> dict[DeliveryKey, PersonRef]:
        """Tell whom deliveries are about, by cio_id; those there are, if it is a person."""
        found = {
            key: self.deliveries_by_id[key].person_id
            for key in keys
            if key in self.deliveries_by_id
        }
        return {
            key: PersonRef(IdentifierKind.CIO_ID, person_id)
            for key, person_id in found.items()
            if person_id is not None
        }

    def withdraw(self, unmerge: Unmerge, records: set[str]) -> None:
        """Cancel what is not sent yet of events that are nobody's any more (M12)."""
        for key, each in self.deliveries_by_id.items():
            if (
                key[0] == unmerge.key[0]
                and each.record in records
                and each.state is DeliveryState.PENDING
            ):
                self.deliveries_by_id[key] = replace(
                    each,
                    state=DeliveryState.CANCELLED,
                    reason=unmerge.activity.reason,
                    settled_at=unmerge.activity.received_at,
                )

    def withdraw_invites(self, withdrawals: Iterable[Withdrawal]) -> None:
        """Cancel what is not sent yet to addresses that are refused from now on (C5, P6)."""
        for withdrawn in withdrawals:
            for key, each in self.deliveries_by_id.items():
                if (
                    (key[0], each.recipient) == (withdrawn.workspace_id, withdrawn.recipient)
                    and each.record < withdrawn.before
                    and each.state is DeliveryState.PENDING
                ):
                    self.deliveries_by_id[key] = replace(
                        each,
                        state=DeliveryState.CANCELLED,
                        reason=Reason.RECIPIENT_SUPPRESSED,
                        settled_at=withdrawn.at,
                    )

    def remove(self, workspace_id: int, person_id: str) -> None:
        """Remove all deliveries about somebody who is gone (P6)."""
        forget_triggers(self._tables, workspace_id, person_id)
        for key, each in list(self.deliveries_by_id.items()):
            if key[0] == workspace_id and each.person_id == person_id:
                del self.deliveries_by_id[key]
                self.attempts_by_id.pop(key, None)

    def remove_record(self, workspace_id: int, record: str) -> None:
        """Remove what was to be sent because of a record, and that it was (P6)."""
        for key, each in list(self.deliveries_by_id.items()):
            if (key[0], each.record) == (workspace_id, record):
                del self.deliveries_by_id[key]
                self.attempts_by_id.pop(key, None)
        for trigger in [key for key in self._tables.triggers if key[:2] == (workspace_id, record)]:
            del self._tables.triggers[trigger]

    def purge(self, workspace_id: int, cutoff: Instant, limit: int) -> int:
        """Delete deliveries that were settled by an instant, and their tries."""
        doomed = [
            key
            for key, each in self.deliveries_by_id.items()
            if key[0] == workspace_id
            and each.settled_at is not None
            and each.settled_at <= cutoff
            and each.id < earliest_id(cutoff + _MILLISECOND)
        ][:limit]
        for key in doomed:
            del self.deliveries_by_id[key]
            self.attempts_by_id.pop(key, None)
        return len(doomed)

    def due(self, endpoints: Sequence[EndpointKey], now: Instant) -> list[EndpointKey]:
        """Tell which endpoints have deliveries to claim."""
        with self._lock:
            return [
                key
                for key in endpoints
                if any(_is_due(delivery, now) for delivery in self._pending(key))
            ]

    def exchange(
        self, settled: Sequence[Settled], wanted: Sequence[Wanted], now: Instant
    ) -> list[Delivery]:
        """Settle what was tried and claim more."""
        with self._lock:
            mine = [each for each in settled if self._settle(each)]
            self._tables.count(measures_of(mine))
            return [
                self._lease(delivery, each.until)
                for each in wanted
                for delivery in self._next(each, now)
            ]

    def deliveries(self, query: DeliveryQuery) -> list[Delivery]:
        """Page through deliveries, newest first."""
        with self._lock:
            found = [each for each in self.deliveries_by_id.values() if _matches(each, query)]
        return sorted(found, key=lambda each: each.id, reverse=True)[: query.limit]

    def find_delivery(self, workspace_id: int, delivery_id: str) -> Delivery | None:
        """Find one delivery."""
        return self.deliveries_by_id.get((workspace_id, delivery_id))

    def attempts(self, workspace_id: int, delivery_id: str) -> list[Attempt]:
        """List the tries of a delivery, oldest first."""
        return list(self.attempts_by_id.get((workspace_id, delivery_id), ()))

    def revive(self, chosen: Sequence[Delivery], *, now: Instant, until: Instant) -> None:
        """Make dead deliveries due again, and those that wait due now."""
        with self._lock:
            for given in chosen:
                known = self.deliveries_by_id[given.workspace_id, given.id]
                if known.state in {DeliveryState.PENDING, DeliveryState.DEAD}:
                    self._put(
                        replace(
                            known,
                            state=DeliveryState.PENDING,
                            due_at=now,
                            expires_at=until,
                            last_attempt=known.attempt + MOST_ATTEMPTS,
                            settled_at=None,
                        )
                    )

    def expire(self, now: Instant) -> int:
        """Give up what is past its time; tell how many."""
        with self._lock:
            expired = [
                each
                for each in self.deliveries_by_id.values()
                if each.state is DeliveryState.PENDING
                and each.expires_at <= now
                and _is_due(each, now)
            ]
            for each in expired:
                dead = DeliveryState.DEAD
                reason = Reason.DELIVERY_EXPIRED
                self._put(replace(each, state=dead, reason=reason, settled_at=now))
        return len(expired)

    def backlog(self, now: Instant) -> list[Backlog]:
        """Count what is pending, by endpoint."""
        waiting: dict[EndpointKey, list[Instant]] = {}
        with self._lock:
            for each in self.deliveries_by_id.values():
                if each.state is DeliveryState.PENDING:
                    waiting.setdefault((each.workspace_id, each.endpoint), []).append(each.due_at)
        return [
            Backlog(key=key, pending=len(due), lag=max(0, now - min(due)))
            for key, due in sorted(waiting.items())
        ]

    def _pending(self, key: EndpointKey) -> list[Delivery]:
        return [
            each
            for each in self.deliveries_by_id.values()
            if (each.workspace_id, each.endpoint) == key and each.state is DeliveryState.PENDING
        ]

    def _next(self, wanted: Wanted, now: Instant) -> list[Delivery]:
        pending = self._pending(wanted.key)
        if not wanted.ordered:
            due = [each for each in pending if _is_due(each, now)]
            return sorted(due, key=lambda each: (each.due_at, each.id))[: wanted.limit]
        head: list[Delivery] = []
        for each in sorted(pending, key=lambda each: each.id)[: wanted.limit]:
            if not _is_due(each, now):
                break
            head.append(each)
        return head

    def _lease(self, delivery: Delivery, until: Instant) -> Delivery:
        return self._put(replace(delivery, leased_until=until, attempt=delivery.attempt + 1))

    def _settle(self, settled: Settled) -> bool:
        """Settle a delivery; tell whether it was still leased to whom settles it."""
        given, result, attempt = settled.delivery, settled.settlement, settled.attempt
        key = (given.workspace_id, given.id)
        known = self.deliveries_by_id.get(key)
        if known is None:
            return False  # gone with its person meanwhile (P6)
        self.attempts_by_id.setdefault(key, []).append(attempt)
        lease = (DeliveryState.PENDING, given.leased_until, given.attempt)
        if (known.state, known.leased_until, known.attempt) != lease:
            return False
        if settled.activity is not None:
            self._tables.activities.append(settled.activity)
        pending = result.state is DeliveryState.PENDING
        self._put(
            replace(
                known,
                state=result.state,
                reason=result.reason,
                due_at=result.due_at,
                leased_until=FREE,
                settled_at=None if pending else Instant(attempt.at + attempt.duration),
            )
        )
        return True

    def _put(self, delivery: Delivery) -> Delivery:
        self.deliveries_by_id[delivery.workspace_id, delivery.id] = delivery
        return delivery


def _is_due(delivery: Delivery, now: Instant) -> bool:
    return delivery.due_at <= now and delivery.leased_until <= now


def _matches(delivery: Delivery, query: DeliveryQuery) -> bool:
    asked = (
        (query.state, delivery.state),
        (query.endpoint, delivery.endpoint),
        (query.event_id, delivery.event_id),
        (query.person_id, delivery.person_id),
    )
    return (
        delivery.workspace_id == query.workspace_id
        and (not query.before or delivery.id < query.before)
        and (query.record is None or delivery.id.startswith(query.record))
        and all(wanted is None or wanted == found for wanted, found in asked)
    )
