"""What people have who may go, or be joined to others: anonymous ids and identifiers (P5, P6).

Their rows change with their owner, though no message names them. Changed only as they are come
across, after the owner was locked, they would be locked against the one order there is, and two
transactions could wait for each other. So they are found first, without a lock, and locked in
their places with all else; and looked for again once their owners are locked, from when on nobody
can be given another.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, Executable, FromClause, Text, select, union_all

from adapter.clock import Instant
from adapter.errors import StoreBusy
from adapter.model.people import IdentifierKind, PersonRef
from adapter.rules.facts import AnonymousKey, PersonKey, RefKey
from adapter.store.sql import GivenRows, Query, Types, is_postgres
from adapter.store.tables import anonymous_ids, identifiers

_PERSON: Types = {"person_id": Text(), "workspace_id": BigInteger()}


class Holdings(NamedTuple):
    """What some people have.

    Attributes:
        anonymous_ids: theirs, or to be theirs once merging is on; as first and last seen.
        refs: their identifiers, cio_ids included.
    """

    anonymous_ids: dict[AnonymousKey, tuple[Instant, Instant]]
    refs: frozenset[RefKey]


NOTHING = Holdings({}, frozenset())


def _ids_of(given: FromClause) -> Executable:
    columns = anonymous_ids.c
    told = (columns.anonymous_id, columns.workspace_id, columns.first_seen, columns.last_seen)

    def held(holder: str) -> Query:
        same = (columns[holder] == given.c.person_id) & (
            columns.workspace_id == given.c.workspace_id
        )
        return select(*told).select_from(given).join(anonymous_ids, same)

    return union_all(held("person_id"), held("pending_person_id"))


def _refs_of(given: FromClause) -> Query:
    columns = identifiers.c
    same = (columns.person_id == given.c.person_id) & (columns.workspace_id == given.c.workspace_id)
    told = (columns.value, columns.kind, columns.workspace_id)
    return select(*told).select_from(given).join(identifiers, same)


_ids_given = GivenRows(_PERSON, _ids_of)
_refs_given = GivenRows(_PERSON, _refs_of)


def find_holdings(connection: Connection, people: Collection[PersonKey]) -> Holdings:
    """Find what people have; on SQLite nothing, where no row is locked by itself."""
    if not people or not is_postgres(connection):
        return NOTHING
    given = [(person_id, workspace_id) for workspace_id, person_id in people]
    ids = _ids_given.run(connection, given)
    refs = _refs_given.run(connection, given)
    return Holdings(
        {(row.workspace_id, row.anonymous_id): (row.first_seen, row.last_seen) for row in ids},
        frozenset(
            (row.workspace_id, PersonRef(IdentifierKind(row.kind), row.value)) for row in refs
        ),
    )


def ensure_locked(
    connection: Connection,
    people: Collection[PersonKey],
    locked_ids: Collection[AnonymousKey],
    locked_refs: Collection[RefKey],
) -> None:
    """Make sure that all is locked that people have, who are locked themselves.

    Raises:
        StoreBusy: they were given something since their holdings were found.
    """
    holdings = find_holdings(connection, people)
    if holdings.anonymous_ids.keys() - locked_ids or holdings.refs - frozenset(locked_refs):
        raise StoreBusy("somebody who goes was given something meanwhile")
