"""Objects and relationships: locking, reading, writing (contracts 4.2).

A relationship lives with its holder, the person or the anonymous id, whose row locks it. Objects
are locked after people, those as well that a relationship leads to which may move: else one could
be carried over to an object that somebody deletes meanwhile. What is read before these locks only
tells what to lock.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Delete, FromClause, Row, Table, delete, select, tuple_

from adapter.clock import Instant
from adapter.ids import bucket_of
from adapter.jsonvalue import dumps, loads
from adapter.model.objects import CustomObject, Relationship, RelationshipRow
from adapter.rules.decision import Decision
from adapter.rules.facts import (
    AnonymousKey,
    Holder,
    Needs,
    ObjectKey,
    PersonKey,
    RelationshipKey,
)
from adapter.store.object_tables import anonymous_relationships, objects, person_relationships
from adapter.store.people import attributes_of, timed
from adapter.store.sql import BulkWrite, GivenRows, Query, Types, is_postgres, lies_beside

_OBJECT_KEY = ("cio_object_id", "workspace_id", "bucket")
_CHANGING = ("object_type_id", "object_id", "attributes", "created_at", "updated_at")
_CHANGES = ("attributes", "created_at", "updated_at")

Relationships = dict[RelationshipKey, Relationship]


def _types(table: Table, names: Iterable[str]) -> Types:
    return {name: table.c[name].type for name in names}


def _lock(insert: Any) -> Any:
    return insert.on_conflict_do_update(
        index_elements=_OBJECT_KEY, set_={"updated_at": objects.c.updated_at}
    )


def _overwrite(insert: Any) -> Any:
    return insert.on_conflict_do_update(
        index_elements=_OBJECT_KEY, set_={name: insert.excluded[name] for name in _CHANGING}
    )


def _objects_of(given: FromClause) -> Query:
    same = _same(objects, given, _OBJECT_KEY) & objects.c.created_at.is_not(None)
    return select(objects).select_from(given).join(objects, same)


def _same(table: Table, given: FromClause, names: Sequence[str]) -> Any:
    same = lies_beside(given, table.c.bucket)
    for name in names:
        if name != "bucket":
            same &= given.c[name] == table.c[name]
    return same


def _remove(table: Table, names: Sequence[str]) -> GivenRows:
    def build(given: FromClause) -> Delete:
        named = select(*(given.c[name] for name in names))
        return delete(table).where(tuple_(*(table.c[name] for name in names)).in_(named))

    return GivenRows(_types(table, names), build)


class _Held:
    """The relationships of one kind of holder."""

    def __init__(self, table: Table, holder: str) -> None:
        self.table = table
        self.column = table.c[holder]
        owner = (holder, "workspace_id", "bucket")
        key = (holder, "cio_object_id", "workspace_id", "bucket")

        def of_given(given: FromClause) -> Query:
            return select(table).select_from(given).join(table, _same(table, given, owner))

        def overwrite(insert: Any) -> Any:
            changes = {name: insert.excluded[name] for name in _CHANGES}
            return insert.on_conflict_do_update(index_elements=key, set_=changes)

        self.read = GivenRows(_types(table, owner), of_given)
        self.write = BulkWrite(table, on_conflict=overwrite)
        self.remove = _remove(table, key)
        self.remove_of_object = _remove(table, ("cio_object_id", "workspace_id"))


_people = _Held(person_relationships, "person_id")
_strangers = _Held(anonymous_relationships, "anonymous_id")
_lock_objects = BulkWrite(objects, on_conflict=_lock)
_write_objects = BulkWrite(objects, on_conflict=_overwrite)
_read_objects = GivenRows(_types(objects, _OBJECT_KEY), _objects_of)
_remove_objects = _remove(objects, _OBJECT_KEY)


def read_related(
    connection: Connection, needs: Needs, people: Iterable[PersonKey], joined: set[PersonKey]
) -> tuple[dict[ObjectKey, CustomObject], Relationships]:
    """Lock and read objects, and the relationships that the needs ask for.

    Args:
        connection: has locked the anonymous ids and the people.
        needs: which.
        people: all that are known of the batch.
        joined: those whose relationships may move.
    """
    held = _relationships(connection, needs.strangers, people, relates=needs.relates)
    keys = set(needs.objects)
    for workspace_id, holder, cio_object_id in held:
        if not (holder.is_person and (workspace_id, holder.id) not in joined):
            keys.add((workspace_id, cio_object_id))
    if keys and is_postgres(connection):
        _lock_objects.run(
            connection, sorted((*_object_row(key), "", "", "{}", None, 0) for key in keys)
        )
        if held:
            held = _relationships(connection, needs.strangers, people, relates=needs.relates)
    return find_objects(connection, keys), held


def find_objects(
    connection: Connection, keys: Iterable[ObjectKey]
) -> dict[ObjectKey, CustomObject]:
    """Read objects, those there are."""
    rows = _read_objects.run(connection, [_object_row(key) for key in keys])
    return {(row.workspace_id, row.cio_object_id): _object(row) for row in rows}


def write_related(connection: Connection, decision: Decision) -> None:
    """Remove objects with all relationships to them, then write objects and relationships."""
    gone = sorted(decision.removed_objects)
    for held in (_people, _strangers):
        held.remove_of_object.run(connection, [(one, owner) for owner, one in gone])
    _remove_objects.run(connection, [_object_row(key) for key in gone])
    _write_objects.run(
        connection,
        [
            (
                *_object_row(key),
                one.object_type_id,
                one.object_id,
                dumps(timed(one.attributes)),
                one.created_at,
                one.updated_at,
            )
            for key, one in sorted(decision.objects.items())
        ],
    )
    for held, is_person in ((_people, True), (_strangers, False)):
        mine = sorted(
            (key for key in decision.relationships if key[1].is_person is is_person),
        )
        found = [(key, decision.relationships[key]) for key in mine]
        ended = [_key_row(key) for key, relationship in found if relationship is None]
        held.remove.run(connection, ended)
        held.write.run(connection, [_row(key, one) for key, one in found if one is not None])


def read_relationships(
    connection: Connection,
    workspace_id: int,
    *,
    person_id: str | None,
    cio_object_id: str | None,
    beyond: str,
    limit: int,
) -> list[RelationshipRow]:
    """Page through a person's relationships, or those of people to an object."""
    columns = person_relationships.c
    order = columns.cio_object_id if person_id is not None else columns.person_id
    where = [columns.workspace_id == workspace_id, order > beyond]
    if person_id is not None:
        where += [
            columns.person_id == person_id,
            columns.bucket == bucket_of(workspace_id, person_id),
        ]
    if cio_object_id is not None:
        where.append(columns.cio_object_id == cio_object_id)
    rows = connection.execute(
        select(person_relationships).where(*where).order_by(order).limit(limit)
    )
    return [
        RelationshipRow(row.person_id, row.cio_object_id, _relationship(row, row.anonymous_id))
        for row in rows
    ]


def _relationships(
    connection: Connection,
    strangers: Iterable[AnonymousKey],
    people: Iterable[PersonKey],
    *,
    relates: bool,
) -> Relationships:
    """Read strangers' relationships; if there are any, or if asked for, those of people as well."""
    found: Relationships = {}
    for row in _strangers.read.run(connection, [_owner_row(key) for key in strangers]):
        key = (row.workspace_id, Holder.stranger(row.anonymous_id), row.cio_object_id)
        found[key] = _relationship(row, row.anonymous_id)
    if found or relates:
        for row in _people.read.run(connection, [_owner_row(key) for key in people]):
            key = (row.workspace_id, Holder.person(row.person_id), row.cio_object_id)
            found[key] = _relationship(row, row.anonymous_id)
    return found


def _owner_row(key: tuple[int, str]) -> tuple[Any, ...]:
    workspace_id, owner = key
    return (owner, workspace_id, bucket_of(workspace_id, owner))


def _object_row(key: ObjectKey) -> tuple[Any, ...]:
    return _owner_row(key)


def _key_row(key: RelationshipKey) -> tuple[Any, ...]:
    workspace_id, holder, cio_object_id = key
    return (holder.id, cio_object_id, workspace_id, bucket_of(workspace_id, holder.id))


def _row(key: RelationshipKey, relationship: Relationship) -> tuple[Any, ...]:
    row = (
        *_key_row(key),
        dumps(timed(relationship.attributes)),
        relationship.created_at,
        relationship.updated_at,
    )
    return (*row, relationship.anonymous_id) if key[1].is_person else row


def _object(row: Row[Any]) -> CustomObject:
    return CustomObject(
        cio_object_id=row.cio_object_id,
        workspace_id=row.workspace_id,
        object_type_id=row.object_type_id,
        object_id=row.object_id,
        attributes=attributes_of(loads(row.attributes)),
        created_at=Instant(row.created_at),
        updated_at=Instant(row.updated_at),
    )


def _relationship(row: Row[Any], anonymous_id: str | None) -> Relationship:
    return Relationship(
        attributes=attributes_of(loads(row.attributes)),
        anonymous_id=anonymous_id,
        created_at=Instant(row.created_at),
        updated_at=Instant(row.updated_at),
    )


def page_of_objects(
    connection: Connection, workspace_id: int, beyond: str, limit: int
) -> list[CustomObject]:
    """Page through the objects of a workspace."""
    columns = objects.c
    statement = (
        select(objects)
        .where(
            columns.workspace_id == workspace_id,
            columns.cio_object_id > beyond,
            columns.created_at.is_not(None),
        )
        .order_by(columns.cio_object_id)
        .limit(limit)
    )
    return [_object(row) for row in connection.execute(statement)]


def page_of_strangers(
    connection: Connection, key: ObjectKey, after: Instant, beyond: str, limit: int
) -> list[tuple[str, Relationship]]:
    """Page through the strangers related to an object."""
    columns = anonymous_relationships.c
    statement = (
        select(anonymous_relationships)
        .where(
            columns.cio_object_id == key[1],
            columns.workspace_id == key[0],
            columns.updated_at > after,
            columns.anonymous_id > beyond,
        )
        .order_by(columns.anonymous_id)
        .limit(limit)
    )
    rows = connection.execute(statement)
    return [(row.anonymous_id, _relationship(row, row.anonymous_id)) for row in rows]
