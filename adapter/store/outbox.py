"""The outbox in SQL: deliveries are put in with what caused them, sent, and shown (L5)."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    Row,
    Text,
    Update,
    func,
    select,
    update,
)

from adapter.clock import Instant
from adapter.ids import bucket_of
from adapter.model.campaigns import Trigger
from adapter.model.deliveries import Attempt, Delivery, DeliveryState, EndpointKey
from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.reasons import Reason
from adapter.outbox import Backlog, DeliveryQuery, Settled, Wanted, measures_of
from adapter.rules.decision import Withdrawal
from adapter.rules.facts import DeliveryKey
from adapter.store import claims
from adapter.store.bookkeeping import bump_ledger, write_activities
from adapter.store.outbox_tables import IS_PENDING, attempts, deliveries
from adapter.store.sql import BulkWrite, GivenRows, Query, constant
from adapter.store.triggers import read_every_trigger, read_triggers

_columns = deliveries.c
_PLAIN = (
    "endpoint", "record", "event_id", "person_id", "recipient", "name", "path", "body",
    "created_at", "due_at", "expires_at", "leased_until", "attempt", "last_attempt",
)  # fmt: skip
"""Columns that hold what a delivery's attribute of that name holds, in the table's order."""

_ABOVE_ALL_DIGITS = "g"

_write = BulkWrite(deliveries, on_conflict=lambda insert: insert.on_conflict_do_nothing())
_write_attempts = BulkWrite(attempts)


def _about(given: FromClause) -> Query:
    columns = deliveries.c
    same = (given.c.id == columns.id) & (given.c.workspace_id == columns.workspace_id)
    return (
        select(columns.id, columns.workspace_id, columns.person_id)
        .select_from(given)
        .join(deliveries, same & columns.person_id.is_not(None))
    )


def _withdraw(given: FromClause) -> Update:
    mine = (
        (_columns.recipient == given.c.recipient)
        & _columns.recipient.is_not(None)
        & (_columns.workspace_id == given.c.workspace_id)
        & (_columns.record < given.c.before)
    )
    return (
        update(deliveries)
        .where(mine, IS_PENDING)
        .values(
            state=constant(DeliveryState.CANCELLED.value),
            reason=constant(Reason.RECIPIENT_SUPPRESSED.value),
            settled_at=given.c.at,
        )
    )


_withdraw_given = GivenRows(
    {"recipient": Text(), "workspace_id": BigInteger(), "before": Text(), "at": BigInteger()},
    _withdraw,
)
_read_about = GivenRows({name: deliveries.c[name].type for name in ("id", "workspace_id")}, _about)


def read_recipients(
    connection: Connection, keys: Iterable[DeliveryKey]
) -> dict[DeliveryKey, PersonRef]:
    """Tell whom deliveries are about, by cio_id; those there are, if it is a person."""
    rows = _read_about.run(connection, [(delivery, owner) for owner, delivery in keys])
    return {
        (row.workspace_id, row.id): PersonRef(IdentifierKind.CIO_ID, row.person_id) for row in rows
    }


def withdraw_invites(connection: Connection, withdrawals: Sequence[Withdrawal]) -> None:
    """Cancel what is not sent yet to addresses that are refused from now on."""
    given = [(each.recipient, each.workspace_id, each.before, each.at) for each in withdrawals]
    _withdraw_given.run(connection, given)


def write_deliveries(connection: Connection, written: Iterable[Delivery]) -> None:
    """Put deliveries into the outbox, in the transaction of what caused them."""
    _write.run(connection, [_delivery_row(delivery) for delivery in written])


@dataclass(frozen=True, slots=True)
class SqlOutbox:
    """Implements ``ports.Outbox``.

    Args:
        read: opens a connection that reads.
        write: runs work in a transaction that writes, again where it failed in passing.
        lane: of the ledger.
    """

    read: Callable[[], AbstractContextManager[Connection]]
    write: Callable[[Callable[[Connection], Any]], Any]
    lane: int

    def due(self, endpoints: Sequence[EndpointKey], now: Instant) -> list[EndpointKey]:
        """Tell which endpoints have deliveries to claim."""
        with self.read() as connection:
            return claims.find_due(connection, endpoints, now)

    def exchange(
        self, settled: Sequence[Settled], wanted: Sequence[Wanted], now: Instant
    ) -> list[Delivery]:
        """Settle what was tried and claim more, in one transaction."""

        def work(connection: Connection) -> list[Delivery]:
            mine = claims.settle(connection, [_settled_row(each) for each in settled])
            _write_attempts.run(connection, [_attempt_row(each.attempt) for each in settled])
            lines = [each.activity for each in settled if each.delivery.id in mine]
            write_activities(connection, [line for line in lines if line is not None])
            # Sorted, for the heads of queues in order are waited for.
            claimed = [
                _delivery(row)
                for each in sorted(wanted, key=lambda each: each.key)
                for row in claims.claim(connection, each, now)
            ]
            measures = measures_of([each for each in settled if each.delivery.id in mine])
            bump_ledger(connection, {}, {}, measures, self.lane)
            return claimed

        claimed: list[Delivery] = self.write(work)
        return claimed

    def deliveries(self, query: DeliveryQuery) -> list[Delivery]:
        """Page through deliveries, newest first."""
        rare = query.state not in {None, DeliveryState.DELIVERED}
        asked = (
            # Of a rare state there is an index, which SQLite would leave for that of the endpoint.
            (func.coalesce(_columns.endpoint, "") if rare else _columns.endpoint, query.endpoint),
            (_columns.event_id, query.event_id),
            (_columns.person_id, query.person_id),
        )
        where = [column == value for column, value in asked if value is not None]
        if query.state is not None:
            # In the text, so that SQLite takes the index of that state.
            where.append(_columns.state == constant(DeliveryState(query.state).value))
        if query.record is not None:
            where += [_columns.id >= query.record, _columns.id < query.record + _ABOVE_ALL_DIGITS]
        if query.before:
            where.append(_columns.id < query.before)
        statement = (
            select(deliveries)
            .where(_columns.workspace_id == query.workspace_id, *where)
            .order_by(_columns.id.desc())
            .limit(query.limit)
        )
        with self.read() as connection:
            return [_delivery(row) for row in connection.execute(statement)]

    def find_delivery(self, workspace_id: int, delivery_id: str) -> Delivery | None:
        """Find one delivery."""
        found = self.deliveries(
            DeliveryQuery(workspace_id=workspace_id, record=delivery_id, limit=1)
        )
        return next((each for each in found if each.id == delivery_id), None)

    def attempts(self, workspace_id: int, delivery_id: str) -> list[Attempt]:
        """List the tries of a delivery, oldest first."""
        tried = attempts.c
        statement = (
            select(attempts)
            .where(tried.delivery_id == delivery_id, tried.workspace_id == workspace_id)
            .order_by(tried.number)
        )
        with self.read() as connection:
            return [_attempt(row) for row in connection.execute(statement)]

    def revive(self, chosen: Sequence[Delivery], *, now: Instant, until: Instant) -> None:
        """Make dead deliveries due again, and those that wait due now."""
        given = [_key(delivery) for delivery in chosen]
        self.write(lambda connection: claims.revive(connection, given, now=now, until=until))

    def triggers(self, workspace_id: int, record: str) -> list[Trigger]:
        """List what campaigns made of an event."""
        with self.read() as connection:
            return read_triggers(connection, workspace_id, record)

    def every_trigger(
        self, workspace_id: int, *, beyond: tuple[str, str] = ("", ""), limit: int = 1_000
    ) -> list[Trigger]:
        """Page through what campaigns made of all events, by record and campaign."""
        with self.read() as connection:
            return read_every_trigger(connection, workspace_id, beyond, limit)

    def expire(self, now: Instant) -> int:
        """Give up what is past its time; returns how many."""
        count: int = self.write(lambda connection: claims.expire(connection, now))
        return count

    def backlog(self, now: Instant) -> list[Backlog]:
        """Count what is pending, by endpoint."""
        statement = (
            select(
                _columns.workspace_id,
                _columns.endpoint,
                func.count().label("pending"),
                func.min(_columns.due_at).label("oldest"),
            )
            .where(IS_PENDING)
            .group_by(_columns.workspace_id, _columns.endpoint)
            .order_by(_columns.workspace_id, _columns.endpoint)
        )
        with self.read() as connection:
            return [
                Backlog(
                    key=(row.workspace_id, row.endpoint),
                    pending=row.pending,
                    lag=max(0, now - row.oldest),
                )
                for row in connection.execute(statement)
            ]


def _key(delivery: Delivery) -> tuple[str, int, int]:
    bucket = bucket_of(delivery.workspace_id, delivery.endpoint)
    return (delivery.id, delivery.workspace_id, bucket)


def _delivery_row(delivery: Delivery) -> tuple[Any, ...]:
    identity, workspace_id, bucket = _key(delivery)
    values = [getattr(delivery, name) for name in _PLAIN]
    reason = None if delivery.reason is None else delivery.reason.value
    state = (delivery.state.value, reason, delivery.settled_at)
    return (identity, workspace_id, bucket, *values, *state)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        workspace_id=row.workspace_id,
        **{name: getattr(row, name) for name in _PLAIN},
        state=DeliveryState(row.state),
        reason=None if row.reason is None else Reason(row.reason),
        settled_at=None if row.settled_at is None else Instant(row.settled_at),
    )


def _settled_row(settled: Settled) -> tuple[Any, ...]:
    delivery, result = settled.delivery, settled.settlement
    pending = result.state is DeliveryState.PENDING
    ended = settled.attempt.at + settled.attempt.duration
    return (
        *_key(delivery),
        delivery.leased_until,
        delivery.attempt,
        result.state.value,
        result.reason.value,
        result.due_at,
        None if pending else ended,
    )


def _attempt_row(attempt: Attempt) -> tuple[Any, ...]:
    return (
        attempt.delivery_id,
        attempt.workspace_id,
        bucket_of(attempt.workspace_id, attempt.endpoint),
        attempt.number,
        attempt.at,
        attempt.duration,
        attempt.status,
        attempt.outcome,
        attempt.reason.value,
        attempt.excerpt,
    )


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(
        delivery_id=row.delivery_id,
        workspace_id=row.workspace_id,
        endpoint="",
        number=row.number,
        at=Instant(row.started_at),
        duration=row.duration,
        status=row.status,
        outcome=row.outcome,
        reason=Reason(row.reason),
        excerpt=row.excerpt,
    )
