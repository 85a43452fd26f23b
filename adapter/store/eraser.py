"""Taking somebody out of what others' rows say, step by step (P6)."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    Table,
    delete,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from adapter.eraser import Cleaned, Cursor, Search, Span, Step, Telling
from adapter.ids import bucket_of, earliest_id
from adapter.model.people import IdentifierKind
from adapter.rules.erasure import (
    SAID,
    ErasedBody,
    erase_from_body,
    erase_from_reading,
    erase_from_row,
)
from adapter.rules.mentions import Mentions
from adapter.store import database_file
from adapter.store.erasures import remove_deliveries, remove_records
from adapter.store.failures import wrapped
from adapter.store.object_tables import anonymous_relationships, objects, person_relationships
from adapter.store.outbox_tables import attempts, deliveries
from adapter.store.remains import search, vacuum
from adapter.store.segments import outdate
from adapter.store.sql import is_postgres
from adapter.store.suspects import holds
from adapter.store.tables import (
    activities,
    anonymous_events,
    identifiers,
    invite_events,
    people,
    person_events,
    quarantine,
    received,
)

_MILLISECOND = 1_000
_FAST = 1

TABLES = {
    Telling.QUARANTINE: quarantine,
    Telling.INVITE_EVENTS: invite_events,
    Telling.ANONYMOUS_EVENTS: anonymous_events,
    Telling.PERSON_EVENTS: person_events,
    Telling.ACTIVITIES: activities,
    Telling.PEOPLE: people,
    Telling.OBJECTS: objects,
    Telling.PERSON_RELATIONSHIPS: person_relationships,
    Telling.ANONYMOUS_RELATIONSHIPS: anonymous_relationships,
    Telling.DELIVERIES: deliveries,
    Telling.ATTEMPTS: attempts,
}
"""Tables that are cleaned row by row."""

_STRANGERS = (anonymous_events, anonymous_relationships)
"""Their rows are an anonymous id's own, which names nobody else."""

_RECORDS = (quarantine, invite_events, deliveries)
"""Rows that hold a record whole."""

_LOCKED_BY_PERSON = (people, person_relationships, person_events)
"""Written, or counted, by whoever holds the row of the person's cio_id (``locks``)."""

_COUNTED = (people, person_events)
"""What segments ask of; of whom they say something else now, the standing is worked out anew."""


@dataclass(frozen=True, slots=True)
class SqlEraser:
    """Implements ``eraser.Eraser``.

    Args:
        read: opens a connection that reads.
        write: runs work in a transaction that writes, again where it failed in passing.
        writer: for what no transaction may hold.
    """

    read: Callable[[], AbstractContextManager[Connection]]
    write: Callable[[Callable[[Connection], Any]], Any]
    writer: Engine

    def clean(
        self, table: Telling, mentions: Mentions, span: Span, beyond: Cursor, limit: int
    ) -> Step:
        """Take them out of some rows of a table, in one short transaction."""
        if table is Telling.RECEIVED:
            return self._clean_bodies(mentions, span, beyond, limit)
        rows = TABLES[table]
        with self.read() as connection:
            found = connection.execute(_suspects(rows, mentions, span, beyond, limit)).all()
        keys = [tuple(row) for row in found]
        cleaned = Cleaned()
        if keys:
            cleaned = self.write(lambda connection: _clean(connection, rows, mentions, keys))
        return Step(cleaned, keys[-1] if len(keys) == limit else None)

    @contextmanager
    def overwriting(self) -> Iterator[None]:
        """Leave no old bytes of what is deleted or changed inside."""
        if _is_postgres(self.writer):
            yield
            with wrapped():
                vacuum(self.writer)
            return
        with wrapped():
            database_file.overwrite_from_now(self.writer)
        try:
            yield
        finally:
            with wrapped():
                database_file.give_up_free_room(self.writer)

    def rewrite(self) -> None:
        """Write the whole database file anew."""
        if not _is_postgres(self.writer):
            with wrapped():
                database_file.rewrite_file(self.writer)

    def search(self, mentions: Mentions) -> Search:
        """Look for somebody everywhere."""
        with self.read() as connection:
            return search(connection, mentions)

    def _clean_bodies(self, mentions: Mentions, span: Span, beyond: Cursor, limit: int) -> Step:
        key = tuple(received.primary_key.columns)
        query = (
            select(received)
            .where(
                received.c.workspace_id == mentions.traces.workspace_id,
                *_within(received, span, beyond),
            )
            .order_by(*key)
            .limit(limit)
        )
        with self.read() as connection:
            rows = connection.execute(query).all()
        changes = list(_changed_bodies(rows, mentions))
        cleaned = Cleaned(bodies=len(changes), records=sum(each.erased for _, each in changes))
        if changes:
            self.write(lambda connection: _write_bodies(connection, changes))
        last = tuple(getattr(rows[-1], column.name) for column in key) if rows else ()
        return Step(cleaned, last if len(rows) == limit else None)


def said_by_outsiders(table: Table) -> list[str]:
    """Name the columns of a table that may tell of somebody whose row it is not."""
    own = {column.name for column in table.primary_key.columns}
    return [column.name for column in table.c if column.name in SAID - own]


def _suspects(
    table: Table, mentions: Mentions, span: Span, beyond: Cursor, limit: int
) -> Select[*tuple[Any, ...]]:
    """Choose the keys of rows that could name somebody, in their order."""
    key = tuple(table.primary_key.columns)
    return (
        select(*key)
        .where(
            table.c.workspace_id == mentions.traces.workspace_id,
            or_(*(holds(table.c[name], mentions) for name in said_by_outsiders(table))),
            *_within(table, span, beyond),
        )
        .order_by(*key)
        .limit(limit)
    )


def _within(table: Table, span: Span, beyond: Cursor) -> Iterator[ColumnElement[bool]]:
    key = tuple(table.primary_key.columns)
    if "id" in table.c:
        yield table.c.id >= earliest_id(span.since)
        yield table.c.id < earliest_id(span.until + _MILLISECOND)
    if beyond:
        yield tuple_(*key) > tuple_(*(literal(value) for value in beyond))


def _clean(
    connection: Connection, table: Table, mentions: Mentions, keys: Sequence[Cursor]
) -> Cleaned:
    """Take somebody out of rows, each as it is once it is held."""
    cleaned, gone, workspace_id = Cleaned(), [], mentions.traces.workspace_id
    changed_people: set[str] = set()
    if table in _LOCKED_BY_PERSON and is_postgres(connection):
        _lock_people(connection, workspace_id, _people_in(connection, table, keys))
    for key in keys:
        where = [column == value for column, value in zip(table.primary_key, key, strict=True)]
        row = connection.execute(select(table).where(*where).with_for_update()).first()
        if row is None or _is_own(table, row, mentions):
            continue
        said = {name: getattr(row, name) for name in said_by_outsiders(table)}
        changed = erase_from_row(said, mentions, of_nobody=_is_nobodys(table, row))
        if changed is None:
            connection.execute(delete(table).where(*where))
            gone.append(row.id)
        elif changed:
            connection.execute(update(table).where(*where).values(changed))
            cleaned.add(Cleaned(mentions=1))
            if table in _COUNTED:
                changed_people.add(row.person_id)
    outdate(connection, [(workspace_id, person_id) for person_id in sorted(changed_people)])
    if gone:
        remove = remove_deliveries if table is deliveries else remove_records
        remove(connection, workspace_id, gone)
        cleaned.add(Cleaned(rows=len(gone)))
    return cleaned


def _changed_bodies(
    rows: Iterable[Row[Any]], mentions: Mentions
) -> Iterator[tuple[Row[Any], ErasedBody]]:
    known: dict[str, set[int]] = {}
    for request, place in mentions.traces.records:
        known.setdefault(request, set()).add(place)
    for row in rows:
        body, places = zlib.decompress(row.body), known.get(row.id, ())
        left = erase_from_body(body, mentions, known=places, records=row.records)
        if left is not None:
            yield row, erase_from_reading(left, row.read_as, mentions)


def _write_bodies(connection: Connection, changes: Iterable[tuple[Row[Any], ErasedBody]]) -> None:
    for row, left in changes:
        where = [column == getattr(row, column.name) for column in received.primary_key]
        values = {
            "body": zlib.compress(left.body, _FAST),
            "erased": received.c.erased + left.erased,
            "read_as": left.read_as,
        }
        # Another erasure may have been faster; what it left of this one the next run finds.
        same = received.c.body == row.body
        connection.execute(update(received).where(*where, same).values(values))


def _is_own(table: Table, row: Row[Any], mentions: Mentions) -> bool:
    """Tell whether a row is somebody's own; it goes when they do."""
    person_id = getattr(row, "person_id", None)
    if table in _STRANGERS or (table is activities and person_id is None):
        return mentions.is_name(row.anonymous_id)
    return person_id in mentions.traces.people


def _is_nobodys(table: Table, row: Row[Any]) -> bool:
    """Tell whether a row stands for a record, and belongs to no person."""
    return table in _RECORDS and getattr(row, "person_id", None) is None


def _lock_people(connection: Connection, workspace_id: int, person_ids: Iterable[str]) -> None:
    columns = identifiers.c
    for person_id in sorted(person_ids):
        connection.execute(
            update(identifiers)
            .where(
                columns.value == person_id,
                columns.kind == IdentifierKind.CIO_ID.value,
                columns.workspace_id == workspace_id,
                columns.bucket == bucket_of(workspace_id, person_id),
            )
            .values(person_id=columns.person_id)
        )


def _people_in(connection: Connection, table: Table, keys: Sequence[Cursor]) -> set[str]:
    key = tuple_(*table.primary_key.columns)
    theirs = select(table.c.person_id).where(key.in_(keys))
    return set(connection.execute(theirs).scalars())


def _is_postgres(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"
