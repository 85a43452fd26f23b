"""Triggers in SQL: written with what caused them, read for what may not start twice (C2, C4)."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Delete,
    FromClause,
    Row,
    SmallInteger,
    Text,
    delete,
    func,
    literal,
    select,
    tuple_,
)

from adapter.clock import Instant
from adapter.ids import bucket_of
from adapter.model.campaigns import Trigger
from adapter.model.messages import AnonymousEvent, Event, EventKind
from adapter.model.reasons import Reason
from adapter.rules.decision import Departure
from adapter.rules.facts import AnonymousKey, Facts, Needs
from adapter.store.outbox_tables import triggers
from adapter.store.sql import BulkWrite, GivenRows, Query, Types, constant, lies_beside
from adapter.store.tables import anonymous_events

MOST_WAITING = 100_000
"""Stored events of one batch that are looked at for campaigns and segments, the newest first."""

_WAITING: Types = {
    "ref": BigInteger(),
    "anonymous_id": Text(),
    "bucket": SmallInteger(),
    "kind": Text(),
    "name": Text(),
}
_RECORD: Types = {"record": Text(), "workspace_id": BigInteger(), "bucket": SmallInteger()}
_PERSON: Types = {"person_id": Text(), "workspace_id": BigInteger(), "campaign": Text()}
_GONE: Types = {"person_id": Text(), "workspace_id": BigInteger()}

_write = BulkWrite(triggers, on_conflict=lambda insert: insert.on_conflict_do_nothing())


def _waiting(given: FromClause) -> Query:
    event = anonymous_events.c
    same = (
        (event.anonymous_ref == given.c.ref)
        & lies_beside(given, event.bucket)
        & (event.anonymous_id == given.c.anonymous_id)
        & (event.kind == given.c.kind)
        & (event.name == given.c.name)
    )
    return (
        select(anonymous_events)
        .select_from(given)
        .join(anonymous_events, same)
        .order_by(event.id.desc())
        .limit(constant(MOST_WAITING))
        .offset(constant(0))
    )


def _considered(given: FromClause) -> Query:
    same = (
        (triggers.c.record == given.c.record)
        & (triggers.c.workspace_id == given.c.workspace_id)
        & lies_beside(given, triggers.c.bucket)
    )
    columns = (triggers.c.record, triggers.c.campaign)
    return select(*columns).select_from(given).join(triggers, same)


def _started(given: FromClause) -> Query:
    same = (
        (triggers.c.person_id == given.c.person_id)
        & (triggers.c.campaign == given.c.campaign)
        & (triggers.c.workspace_id == given.c.workspace_id)
        & (triggers.c.reason == constant(Reason.TRIGGERED.value))
    )
    columns = (triggers.c.workspace_id, triggers.c.person_id, triggers.c.campaign)
    last = func.max(triggers.c.at).label("last")
    return select(*columns, last).select_from(given).join(triggers, same).group_by(*columns)


def _of_gone(given: FromClause) -> Delete:
    gone = select(given.c.person_id, given.c.workspace_id).select_from(given)
    return delete(triggers).where(
        tuple_(triggers.c.person_id, triggers.c.workspace_id).in_(gone),
        # Without it SQLite does not use an index that leaves out nulls.
        triggers.c.person_id.is_not(None),
    )


_read_waiting = GivenRows(_WAITING, _waiting)
_read_considered = GivenRows(_RECORD, _considered)
_read_started = GivenRows(_PERSON, _started)
_forget = GivenRows(_GONE, _of_gone)


def write_triggers(connection: Connection, written: Iterable[Trigger]) -> None:
    """Note what became of events that could start campaigns."""
    _write.run(
        connection,
        [
            (
                each.record,
                each.campaign,
                each.workspace_id,
                bucket_of(each.workspace_id, each.record),
                each.person_id,
                each.at,
                each.reason.value,
            )
            for each in written
        ],
    )


def read_triggers(connection: Connection, workspace_id: int, record: str) -> list[Trigger]:
    """List what campaigns made of an event."""
    statement = (
        select(triggers)
        .where(
            triggers.c.record == record,
            triggers.c.workspace_id == workspace_id,
            triggers.c.bucket == bucket_of(workspace_id, record),
        )
        .order_by(triggers.c.campaign)
    )
    return [_trigger(row) for row in connection.execute(statement)]


def read_every_trigger(
    connection: Connection, workspace_id: int, beyond: tuple[str, str], limit: int
) -> list[Trigger]:
    """Page through what campaigns made of all events, by record and campaign."""
    place = (triggers.c.record, triggers.c.campaign)
    statement = (
        select(triggers)
        .where(
            triggers.c.workspace_id == workspace_id, tuple_(*place) > tuple_(*map(literal, beyond))
        )
        .order_by(*place)
        .limit(limit)
    )
    return [_trigger(row) for row in connection.execute(statement)]


def add_trigger_facts(connection: Connection, needs: Needs, facts: Facts) -> None:
    """Read what campaigns and segments have to know of what waits, and what was started.

    Three statements; none where there are neither.
    """
    if not (needs.in_force.campaigns or any(facts.editions.values())):
        return
    names = sorted(needs.in_force.names)
    given = [
        (facts.anonymous_ids[key].ref, key[1], bucket_of(*key), *name)
        for key in sorted(needs.claimed)
        for name in names
    ]
    waiting = _read_waiting.run(connection, given)
    facts.cut = len(waiting) == MOST_WAITING
    for row in reversed(waiting):
        key = (row.workspace_id, row.anonymous_id)
        facts.waiting.setdefault(key, []).append(_event(row))
    records = [
        (event.id, key[0], bucket_of(key[0], event.id))
        for key, events in facts.waiting.items()
        for event in events
    ]
    considered = _read_considered.run(connection, records)
    facts.considered = {(row.record, row.campaign) for row in considered}
    limited = needs.in_force.limited
    people = [(key[1], key[0], name) for key in sorted(facts.people) for name in limited]
    facts.started = {
        (row.workspace_id, row.person_id, row.campaign): Instant(row.last)
        for row in _read_started.run(connection, people)
    }


def forget_people(connection: Connection, departures: Sequence[Departure]) -> None:
    """Take away what people who go have started (P6)."""
    _forget.run(connection, [(going.person_id, going.workspace_id) for going in departures])


def owners_of(facts_by_id: dict[AnonymousKey, Any]) -> set[tuple[int, str]]:
    """Give the people that anonymous ids were assigned to."""
    return {(key[0], fact.person_id) for key, fact in facts_by_id.items() if fact.person_id}


def _trigger(row: Row[Any]) -> Trigger:
    return Trigger(
        record=row.record,
        workspace_id=row.workspace_id,
        campaign=row.campaign,
        person_id=row.person_id,
        at=Instant(row.at),
        reason=Reason(row.reason),
    )


def _event(row: Row[Any]) -> Event:
    return AnonymousEvent(
        id=row.id,
        workspace_id=row.workspace_id,
        source_id=row.source_id,
        received_id=row.received_id,
        message_id=row.message_id,
        index=row.position,
        received_at=Instant(row.received_at),
        occurred_at=Instant(row.occurred_at),
        notes=tuple(Reason(code) for code in row.notes.split(",")) if row.notes else (),
        kind=EventKind(row.kind),
        name=row.name,
        data=row.data,
        anonymous_id=row.anonymous_id,
    )
