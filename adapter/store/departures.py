"""Letting people go: all that is theirs is removed, keyed hashes stay (P6, R4, M5).

Their anonymous ids come first. Whoever stores an event of such an id holds the id's row, and may be
about to give the event to its person; only once that row is ours, in statements of their own, the
events stored meanwhile are found and removed as well.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Delete,
    Executable,
    FromClause,
    SmallInteger,
    Table,
    Text,
    Update,
    delete,
    exists,
    null,
    select,
    tuple_,
    update,
)

from adapter.ids import bucket_of
from adapter.model.people import IdentifierKind, PersonRef
from adapter.rules.decision import Decision, Departure
from adapter.rules.facts import Home, RefKey
from adapter.store import tombstones
from adapter.store.object_tables import person_relationships
from adapter.store.outbox_tables import attempts, deliveries
from adapter.store.segment_tables import segment_members, segment_standings
from adapter.store.sql import GivenRows, Types, constant
from adapter.store.tables import (
    activities,
    anonymous_events,
    anonymous_ids,
    identifiers,
    message_keys,
    people,
    person_events,
)
from adapter.store.tombstones import Mark
from adapter.store.workspaces import read_secrets

BELONGINGS = (person_events, activities, person_relationships)
"""Tables whose rows belong to a person, by ``person_id`` and in the person's bucket."""

KEPT_OF_PEOPLE = (segment_standings, segment_members)
"""Tables of what is worked out from what a person did and is."""

_PERSON: Types = {"person_id": Text(), "workspace_id": BigInteger(), "bucket": SmallInteger()}
_ID: Types = {"anonymous_id": Text(), "workspace_id": BigInteger(), "bucket": SmallInteger()}
_REF: Types = {
    "value": Text(),
    "kind": Text(),
    "workspace_id": BigInteger(),
    "bucket": SmallInteger(),
}
_RECORDS = ((person_events, person_events.c.id), (activities, activities.c.message))
"""Where a person's records are named as their message keys name them."""


def _is_named(table: Table, given: FromClause, names: Iterable[str]) -> Any:
    columns = tuple(names)
    named = select(*(given.c[name] for name in columns))
    return tuple_(*(table.c[name] for name in columns)).in_(named)


def _is_theirs(table: Table, given: FromClause) -> Any:
    """Tell which rows are of the people given.

    That a person is named at all is said as well: SQLite needs it to use an index without nulls.
    """
    return _is_named(table, given, _PERSON) & table.c.person_id.is_not(None)


def _use_up(column: Column[Any]) -> GivenRows:
    """Free the ids that a person has, or is to have, and tell which they were."""

    def build(given: FromClause) -> Update:
        named = select(given.c.person_id, given.c.workspace_id)
        return (
            update(anonymous_ids)
            .where(tuple_(column, anonymous_ids.c.workspace_id).in_(named), column.is_not(None))
            .values(
                person_id=null(), assigned_at=null(), pending_person_id=null(), pending_at=null()
            )
            .returning(anonymous_ids.c.anonymous_id, anonymous_ids.c.workspace_id)
        )

    return GivenRows(_PERSON, build)


def _drop_unused(given: FromClause) -> Delete:
    """Remove the rows of ids under which no stranger's event lies."""
    event = anonymous_events.c
    used = exists().where(
        event.anonymous_ref == anonymous_ids.c.ref,
        event.anonymous_id == anonymous_ids.c.anonymous_id,
        event.bucket == anonymous_ids.c.bucket,
    )
    return delete(anonymous_ids).where(_is_named(anonymous_ids, given, _ID), ~used)


def _free_identifiers(given: FromClause) -> Executable:
    named = select(given.c.person_id, given.c.workspace_id)
    columns = identifiers.c
    return (
        delete(identifiers)
        .where(
            tuple_(columns.person_id, columns.workspace_id).in_(named),
            columns.person_id.is_not(None),
        )
        .returning(columns.person_id, columns.workspace_id, columns.kind, columns.value)
    )


def _forget_unowned(given: FromClause) -> Delete:
    return delete(identifiers).where(
        _is_named(identifiers, given, _REF), identifiers.c.person_id.is_(None)
    )


def _close_keys(table: Table, record: Column[Any]) -> GivenRows:
    """Let the keys of a person's records tell that those were deleted."""

    def build(given: FromClause) -> Update:
        theirs = select(record, table.c.workspace_id).where(_is_theirs(table, given))
        return (
            update(message_keys)
            .where(tuple_(message_keys.c.record, message_keys.c.workspace_id).in_(theirs))
            .values(home=constant(Home.DELETED.value))
        )

    return GivenRows(_PERSON, build)


def _remove(table: Table) -> GivenRows:
    return GivenRows(_PERSON, lambda given: delete(table).where(_is_theirs(table, given)))


def _remove_attempts(given: FromClause) -> Delete:
    named = select(given.c.person_id, given.c.workspace_id)
    theirs = select(deliveries.c.id, deliveries.c.workspace_id).where(
        tuple_(deliveries.c.person_id, deliveries.c.workspace_id).in_(named),
        deliveries.c.person_id.is_not(None),
    )
    return delete(attempts).where(
        tuple_(attempts.c.delivery_id, attempts.c.workspace_id).in_(theirs)
    )


def _remove_deliveries(given: FromClause) -> Delete:
    named = select(given.c.person_id, given.c.workspace_id)
    return delete(deliveries).where(
        tuple_(deliveries.c.person_id, deliveries.c.workspace_id).in_(named),
        deliveries.c.person_id.is_not(None),
    )


_use_up_assigned = _use_up(anonymous_ids.c.person_id)
_use_up_pending = _use_up(anonymous_ids.c.pending_person_id)
_drop_unused_given = GivenRows(_ID, _drop_unused)
_free_given = GivenRows(_PERSON, _free_identifiers)
_forget_given = GivenRows(_REF, _forget_unowned)
_closings = tuple(_close_keys(table, record) for table, record in _RECORDS)
_removals = (
    GivenRows(_PERSON, _remove_attempts),
    GivenRows(_PERSON, _remove_deliveries),
    *(_remove(table) for table in (*BELONGINGS, *KEPT_OF_PEOPLE, people)),
)


def apply_departures(connection: Connection, decision: Decision) -> None:
    """Let people go, and write what is refused from now on, and what no longer is."""
    departures, suppressions = decision.departures, decision.suppressions.values()
    # First, or what ends here would keep the place of what is suppressed anew.
    tombstones.lift_suppressions(connection, decision.unsuppressed)
    marks: dict[Mark, str | None] = {}
    if departures:
        marks = _depart(connection, departures)
    marks |= tombstones.marks_of(suppressions)
    if marks:
        secrets = read_secrets(connection, {mark.workspace_id for mark in marks})
        tombstones.write_tombstones(connection, marks, secrets)
    _forget_given.run(connection, [_ref_row(key) for key in sorted(decision.forgotten)])


def _depart(connection: Connection, departures: Sequence[Departure]) -> dict[Mark, str | None]:
    """Remove people and what is theirs, and give the marks to keep of them."""
    given = [_person_row(going.workspace_id, going.person_id) for going in departures]
    ids = {
        (row.workspace_id, row.anonymous_id)
        for step in (_use_up_assigned, _use_up_pending)
        for row in step.run(connection, given)
    }
    _drop_unused_given.run(
        connection, [(name, owner, bucket_of(owner, name)) for owner, name in sorted(ids)]
    )
    freed = _free_given.run(connection, given)
    for step in (*_closings, *_removals):
        step.run(connection, given)
    suppressed = {(going.workspace_id, going.person_id): going.suppression for going in departures}
    marks: dict[Mark, str | None] = {tombstones.of_anonymous_id(key): None for key in ids}
    for row in freed:
        suppression = suppressed[row.workspace_id, row.person_id]
        if suppression is not None and row.kind != IdentifierKind.CIO_ID:
            ref = PersonRef(IdentifierKind(row.kind), row.value)
            marks[tombstones.of_identifier((row.workspace_id, ref))] = suppression
    return marks


def _person_row(workspace_id: int, person_id: str) -> tuple[Any, ...]:
    return (person_id, workspace_id, bucket_of(workspace_id, person_id))


def _ref_row(key: RefKey) -> tuple[Any, ...]:
    workspace_id, ref = key
    return (ref.value, ref.kind.value, workspace_id, bucket_of(workspace_id, ref.value))
