"""Taking merges back: a person's events become strangers' again (M12).

The row of the anonymous id and the person's are locked, so neither an event nor a join of people
slips between the statements.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Delete,
    FromClause,
    Insert,
    SmallInteger,
    Text,
    Update,
    bindparam,
    delete,
    func,
    insert,
    null,
    select,
    tuple_,
    update,
)

from adapter.ids import bucket_of
from adapter.model.activities import Activity
from adapter.model.deliveries import DeliveryState
from adapter.model.reasons import Reason
from adapter.rules.decision import Unmerge
from adapter.rules.facts import Home
from adapter.rules.unmerge import unmerged_line
from adapter.store.outbox_tables import IS_PENDING, deliveries
from adapter.store.partitions import Days
from adapter.store.sql import GivenRows, Query, Types, constant, is_postgres, lies_beside
from adapter.store.tables import anonymous_events, anonymous_ids, message_keys, person_events
from adapter.store.tombstones import Mark, of_anonymous_id, write_tombstones
from adapter.store.workspaces import read_secrets

_UNMERGE: Types = {
    "ref": BigInteger(),
    "anonymous_id": Text(),
    "workspace_id": BigInteger(),
    "bucket": SmallInteger(),
    "person_id": Text(),
    "person_bucket": SmallInteger(),
    "alive_after": BigInteger(),
}
_KEPT = tuple(
    column.name
    for column in anonymous_events.c
    if column.name in person_events.c and column.name not in {"bucket", "reason"}
)
"""What a move back leaves as it is (M9)."""


def _merged(given: FromClause) -> ColumnElement[bool]:
    """Tell which events merged by the assignment."""
    event = person_events.c
    return (
        (event.person_id == given.c.person_id)
        & (event.workspace_id == given.c.workspace_id)
        & lies_beside(given, event.bucket, "person_bucket")
        & (event.anonymous_id == given.c.anonymous_id)
        & event.was_anonymous
    )


def _times(given: FromClause) -> Query:
    source = given.join(person_events, _merged(given))
    return select(given.c.anonymous_id, person_events.c.received_at).select_from(source)


def _reopen_keys(given: FromClause) -> Update:
    """Say of the records that arrived as a person's where they are from now on."""
    source = given.join(person_events, _merged(given))
    records = select(person_events.c.id, person_events.c.workspace_id).select_from(source)
    return (
        update(message_keys)
        .where(tuple_(message_keys.c.record, message_keys.c.workspace_id).in_(records))
        .values(home=constant(Home.ANONYMOUS.value))
    )


def _restore(given: FromClause) -> Insert:
    event = person_events.c
    alive = event.received_at > given.c.alive_after
    columns: dict[str, ColumnElement[Any]] = {name: event[name] for name in _KEPT} | {
        "bucket": given.c.bucket,
        "anonymous_ref": given.c.ref,
        "reason": func.coalesce(event.former_reason, constant(Reason.AWAITING_IDENTIFY.value)),
    }
    source = given.join(person_events, _merged(given) & alive)
    return insert(anonymous_events).from_select(
        list(columns), select(*columns.values()).select_from(source)
    )


def _withdraw(given: FromClause) -> Update:
    """Cancel what is not sent yet of events that are nobody's any more."""
    source = given.join(person_events, _merged(given))
    pending = deliveries.c
    return (
        update(deliveries)
        .where(
            pending.person_id.in_(select(given.c.person_id)),
            pending.person_id.is_not(None),
            pending.workspace_id.in_(select(given.c.workspace_id)),
            pending.record.in_(select(person_events.c.id).select_from(source)),
            IS_PENDING,
        )
        .values(
            state=constant(DeliveryState.CANCELLED.value),
            reason=constant(Reason.UNMERGED.value),
            settled_at=bindparam("settled_at"),
        )
    )


def _remove(given: FromClause) -> Delete:
    source = given.join(person_events, _merged(given))
    return delete(person_events).where(
        person_events.c.workspace_id.in_(select(given.c.workspace_id)),
        person_events.c.id.in_(select(person_events.c.id).select_from(source)),
    )


def _free(given: FromClause) -> Update:
    key = (anonymous_ids.c.anonymous_id, anonymous_ids.c.workspace_id, anonymous_ids.c.bucket)
    named = select(given.c.anonymous_id, given.c.workspace_id, given.c.bucket)
    return (
        update(anonymous_ids)
        .where(tuple_(*key).in_(named))
        .values(person_id=null(), assigned_at=null(), pending_person_id=null(), pending_at=null())
    )


_times_given = GivenRows(_UNMERGE, _times)
_withdraw_given = GivenRows(_UNMERGE, _withdraw)
_steps = tuple(GivenRows(_UNMERGE, build) for build in (_reopen_keys, _restore, _remove, _free))


def apply_unmerges(
    connection: Connection, unmerges: Sequence[Unmerge], days: Days
) -> Iterator[Activity]:
    """Move events back, free their ids for nobody, and give the lines to log."""
    if not unmerges:
        return
    given = [_row(each) for each in unmerges]
    times: dict[str, list[int]] = {each.key[1]: [] for each in unmerges}
    for row in _times_given.run(connection, given):
        times[row.anonymous_id].append(row.received_at)
    if is_postgres(connection):
        days.ensure(at for each in unmerges for at in times[each.key[1]] if at > each.alive_after)
    _withdraw_given.run(connection, given, settled_at=unmerges[0].activity.received_at)
    for step in _steps:
        step.run(connection, given)
    marks: dict[Mark, str | None] = {of_anonymous_id(each.key): None for each in unmerges}
    secrets = read_secrets(connection, {mark.workspace_id for mark in marks})
    write_tombstones(connection, marks, secrets)
    for each in unmerges:
        alive = sum(at > each.alive_after for at in times[each.key[1]])
        yield unmerged_line(each, count=alive, expired=len(times[each.key[1]]) - alive)


def _row(unmerge: Unmerge) -> tuple[Any, ...]:
    workspace_id, anonymous_id = unmerge.key
    return (
        unmerge.ref,
        anonymous_id,
        workspace_id,
        bucket_of(workspace_id, anonymous_id),
        unmerge.person_id,
        bucket_of(workspace_id, unmerge.person_id),
        unmerge.alive_after,
    )
