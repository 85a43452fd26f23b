"""Joining people: what was the secondary's becomes the primary's (P5, C7).

The anonymous ids and identifiers are pointed to the primary first, which waits for whoever holds
their rows; only then, in statements of their own, the rows stored meanwhile are moved as well.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Delete,
    FromClause,
    Insert,
    SmallInteger,
    Table,
    Text,
    Update,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from adapter.ids import bucket_of
from adapter.rules.decision import JoinPeople
from adapter.store.departures import BELONGINGS, KEPT_OF_PEOPLE
from adapter.store.outbox_tables import deliveries, triggers
from adapter.store.sql import GivenRows, Types, is_postgres, lies_beside
from adapter.store.tables import anonymous_ids, identifiers, people

_JOIN: Types = {
    "secondary_id": Text(),
    "workspace_id": BigInteger(),
    "secondary_bucket": SmallInteger(),
    "primary_id": Text(),
    "primary_bucket": SmallInteger(),
}


def _repoint(column: Column[Any]) -> GivenRows:
    """Point a column that names the secondary to the primary; its row stays where it is."""
    table = column.table

    def build(given: FromClause) -> Update:
        same = (column == given.c.secondary_id) & (table.c.workspace_id == given.c.workspace_id)
        return update(table).where(same).values({column: given.c.primary_id})

    return GivenRows(_JOIN, build)


def _rebucket(table: Table) -> GivenRows:
    """Move rows that live in the secondary's bucket, in place."""

    def build(given: FromClause) -> Update:
        return (
            update(table)
            .where(_is_secondarys(table, given))
            .values(person_id=given.c.primary_id, bucket=given.c.primary_bucket)
        )

    return GivenRows(_JOIN, build)


def _move(table: Table) -> GivenRows:
    """Move rows that live in the secondary's bucket by deleting and inserting.

    A distributed engine refuses to update the column that it spreads rows by (storage 2).
    """
    kept = [column.name for column in table.c if column.name not in {"person_id", "bucket"}]

    def build(given: FromClause) -> Insert:
        moved = (
            delete(table)
            .where(_is_secondarys(table, given))
            .returning(
                *(table.c[name] for name in kept), given.c.primary_id, given.c.primary_bucket
            )
            .cte("moved")
        )
        columns = (*(moved.c[name] for name in kept), moved.c.primary_id, moved.c.primary_bucket)
        return insert(table).from_select([*kept, "person_id", "bucket"], select(*columns))

    return GivenRows(_JOIN, build)


def _is_secondarys(table: Table, given: FromClause) -> Any:
    return (
        (table.c.person_id == given.c.secondary_id)
        & (table.c.workspace_id == given.c.workspace_id)
        & lies_beside(given, table.c.bucket, "secondary_bucket")
    )


def _remove_from(table: Table) -> GivenRows:
    def build(given: FromClause) -> Delete:
        gone = select(given.c.secondary_id, given.c.workspace_id, given.c.secondary_bucket)
        key = (table.c.person_id, table.c.workspace_id, table.c.bucket)
        return delete(table).where(tuple_(*key).in_(gone))

    return GivenRows(_JOIN, build)


REPOINTED = (
    anonymous_ids.c.person_id,
    anonymous_ids.c.pending_person_id,
    identifiers.c.person_id,
    deliveries.c.person_id,
    triggers.c.person_id,
)
"""Columns that name a person and leave their row where it is."""

_repoints = tuple(_repoint(column) for column in REPOINTED)
_moves = tuple(_move(table) for table in BELONGINGS)
_rebuckets = tuple(_rebucket(table) for table in BELONGINGS)
# What is kept of the primary the rules write anew.
_removals = tuple(_remove_from(table) for table in (*KEPT_OF_PEOPLE, people))


def apply_joins(connection: Connection, joins: Sequence[JoinPeople]) -> None:
    """Give everything of the secondaries to their primaries, and remove them."""
    if not joins:
        return
    given = _given(joins)
    steps = _moves if is_postgres(connection) else _rebuckets
    for step in (*_repoints, *steps, *_removals):
        step.run(connection, given)


def _given(joins: Sequence[JoinPeople]) -> list[tuple[Any, ...]]:
    """Resolve chains, so that one statement serves all: a primary may be joined in its turn."""
    final: dict[tuple[int, str], str] = {}
    for join in reversed(joins):
        workspace_id, primary_id = join.workspace_id, join.primary_id
        final[workspace_id, join.secondary_id] = final.get((workspace_id, primary_id), primary_id)
    return [
        (
            secondary_id,
            workspace_id,
            bucket_of(workspace_id, secondary_id),
            primary_id,
            bucket_of(workspace_id, primary_id),
        )
        for (workspace_id, secondary_id), primary_id in sorted(final.items())
    ]
