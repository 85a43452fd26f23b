"""What is left of those who are gone: keyed hashes of identifiers and anonymous ids (R4, P6)."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Delete, FromClause, Text, delete, select, tuple_

from adapter.ids import bucket_of, keyed_fingerprint
from adapter.rules.decision import Suppression
from adapter.rules.facts import AnonymousKey, RefKey
from adapter.store.sql import BulkWrite, GivenRows, Query, Types, lies_beside
from adapter.store.tables import tombstones

ANONYMOUS_ID = "anonymous_id"
"""The kind of tombstone that keeps an anonymous id used up; the others are an identifier's own."""

_KEY = ("key", "workspace_id", "bucket")


class Mark(NamedTuple):
    """What a tombstone is of, while it is still known in plain."""

    workspace_id: int
    kind: str
    value: str


def of_anonymous_id(key: AnonymousKey) -> Mark:
    """Give the mark of an anonymous id."""
    return Mark(key[0], ANONYMOUS_ID, key[1])


def of_identifier(key: RefKey) -> Mark:
    """Give the mark of a person's identifier."""
    return Mark(key[0], key[1].kind.value, key[1].value)


def _of_given(given: FromClause) -> Query:
    same = (
        (given.c.key == tombstones.c.key)
        & (given.c.workspace_id == tombstones.c.workspace_id)
        & lies_beside(given, tombstones.c.bucket)
    )
    found = select(tombstones.c.key, tombstones.c.suppression)
    return found.select_from(given).join(tombstones, same)


def _lift(given: FromClause) -> Delete:
    named = select(given.c.suppression, given.c.workspace_id)
    return delete(tombstones).where(
        tuple_(tombstones.c.suppression, tombstones.c.workspace_id).in_(named),
        tombstones.c.suppression.is_not(None),
    )


_SUPPRESSION: Types = {"suppression": Text(), "workspace_id": BigInteger()}
_read = GivenRows({name: tombstones.c[name].type for name in _KEY}, _of_given)
_lift_given = GivenRows(_SUPPRESSION, _lift)
_write = BulkWrite(
    tombstones,
    on_conflict=lambda insert: insert.on_conflict_do_nothing(index_elements=_KEY),
)


def find_tombstones(
    connection: Connection, marks: Iterable[Mark], secrets: Mapping[int, str]
) -> dict[Mark, str | None]:
    """Tell which marks have a tombstone, and the suppression of each.

    Args:
        connection: to read from.
        marks: what is asked for.
        secrets: by workspace.
    """
    asked = {_key(mark, secrets): mark for mark in marks}
    rows = _read.run(connection, [(key, *_place(mark)) for key, mark in asked.items()])
    return {asked[row.key]: row.suppression for row in rows}


def write_tombstones(
    connection: Connection, marks: Mapping[Mark, str | None], secrets: Mapping[int, str]
) -> None:
    """Keep a keyed hash of each mark, with its suppression; one that is there stays as it is."""
    rows: list[tuple[Any, ...]] = [
        (_key(mark, secrets), *_place(mark), mark.kind, suppression)
        for mark, suppression in marks.items()
    ]
    _write.run(connection, sorted(rows, key=lambda row: row[0]))


def lift_suppressions(connection: Connection, ended: Iterable[tuple[int, str]]) -> None:
    """Remove all tombstones of suppressions, given as (workspace_id, id)."""
    _lift_given.run(connection, [(suppression, owner) for owner, suppression in ended])


def marks_of(suppressions: Iterable[Suppression]) -> dict[Mark, str | None]:
    """Give the marks of identifiers to refuse, each with its suppression."""
    return {
        of_identifier((suppression.workspace_id, ref)): suppression.id
        for suppression in suppressions
        for ref in suppression.refs
    }


def _key(mark: Mark, secrets: Mapping[int, str]) -> str:
    return keyed_fingerprint(secrets[mark.workspace_id], mark.kind, mark.value)


def _place(mark: Mark) -> tuple[int, int]:
    return (mark.workspace_id, bucket_of(mark.workspace_id, mark.value))
