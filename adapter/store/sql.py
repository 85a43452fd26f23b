"""Statements over many rows: one statement however many rows, compiled once for both databases.

Both take the rows as one JSON document: constant text, one call. PostgreSQL reads it with
``json_to_recordset`` and returns what it wrote (storage 4). SQLite reads it with ``json_each``. A
list would be faster there on an idle machine, but the driver gives the interpreter's lock away
and waits for it again at every row: beside busy threads that costs a thousand times the row.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Executable,
    FromClause,
    LargeBinary,
    Row,
    Select,
    Table,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert, insert as postgres_insert
from sqlalchemy.dialects.postgresql.psycopg import dialect as postgres_dialect
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect, insert as sqlite_insert
from sqlalchemy.types import TypeEngine

Rows = Sequence[tuple[Any, ...]]
Query = Select[*tuple[Any, ...]]
Types = dict[str, TypeEngine[Any]]
"""Type by name of what a given row holds, in its order."""

OnConflict = Callable[[Any], Any]
"""Adds an ``on_conflict`` clause to an insert of either database."""

_POSTGRES = postgres_dialect()  # type: ignore[no-untyped-call]
_SQLITE = sqlite_dialect()
_ROWS = "given_rows"
_BYTES = "given_bytes"

PLACE = "place"
"""Name of the column that counts the given rows, on SQLite."""


def is_postgres(connection: Connection) -> bool:
    """Tell which of the two databases this is."""
    return connection.dialect.name == "postgresql"


def larger(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """Give the larger of two; the databases have no common function for it."""
    return case((one > other, one), else_=other)


def smaller(one: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[Any]:
    """Give the smaller of two."""
    return case((one < other, one), else_=other)


def constant(value: str | int) -> ColumnElement[Any]:
    """Write a number, or a word of our own, into a statement's text."""
    return literal_column(str(value) if isinstance(value, int) else f"'{value}'")


class BulkWrite:
    """Inserts rows into a table.

    Args:
        table: which.
        names: the columns that each row gives, in its order; all of them by default.
        on_conflict: what happens where a row's key is there already; an error by default.
        returning: names of columns to give back, on PostgreSQL alone: there the write also takes
            a lock, and what it returns is newer than the statement's snapshot.
        sqlite_values: what SQLite has to work out for other columns, from the given rows.
    """

    def __init__(
        self,
        table: Table,
        names: Sequence[str] = (),
        *,
        on_conflict: OnConflict = lambda insert: insert,
        returning: Sequence[str] = (),
        sqlite_values: Callable[[FromClause], dict[str, ColumnElement[Any]]] = lambda _: {},
    ) -> None:
        # Plain text: a column's own name is a subclass that a JSON writer refuses.
        self.names = tuple(str(name) for name in names or table.columns.keys())
        types = {name: table.c[name].type for name in self.names}
        self._postgres = _postgres_text(_insert_given(table, types, on_conflict, returning))
        given = _json_each(types)
        values = {name: given.c[name] for name in self.names} | sqlite_values(given)
        # SQLite takes ON for a join's unless the select has a WHERE.
        rows = select(*values.values()).where(true())
        insert = on_conflict(sqlite_insert(table).from_select(list(values), rows))
        self._sqlite = _sqlite_text(insert)

    def run(self, connection: Connection, rows: Rows) -> Sequence[Row[Any]]:
        """Write the rows; none is fine.

        Returns:
            What ``returning`` names, on PostgreSQL; on SQLite nothing.
        """
        if not rows:
            return ()
        if is_postgres(connection):
            document = _objects(self.names, rows)
            result = connection.exec_driver_sql(self._postgres, {_ROWS: document})
            return result.all() if result.returns_rows else ()
        text, order = self._sqlite
        given = _document(rows)
        connection.exec_driver_sql(text, tuple(given[name] for name in order))
        return ()


class GivenRows:
    """A statement that joins tables with rows given as one document; compiled when first used.

    Args:
        types: name and type of what each given row holds, in its order; no bytes.
        build: makes the statement, from the given rows as a table.
    """

    def __init__(self, types: Types, build: Callable[[FromClause], Executable]) -> None:
        self._types = types
        self._build = build

    @cached_property
    def _postgres(self) -> str:
        return _postgres_text(self._build(_recordset(self._types)))

    @cached_property
    def _sqlite(self) -> tuple[str, tuple[str, ...]]:
        return _sqlite_text(self._build(_json_each(self._types)))

    def run(self, connection: Connection, rows: Rows, **parameters: object) -> Sequence[Row[Any]]:
        """Run it with these rows, and with the statement's own parameters; no rows is fine."""
        if not rows:
            return ()
        if is_postgres(connection):
            document = _objects(tuple(self._types), rows)
            result = connection.exec_driver_sql(self._postgres, {_ROWS: document, **parameters})
        else:
            text, order = self._sqlite
            given = {**_document(rows), **parameters}
            result = connection.exec_driver_sql(text, tuple(given[name] for name in order))
        return result.all() if result.returns_rows else ()


def _insert_given(
    table: Table,
    types: Types,
    on_conflict: OnConflict,
    returning: Sequence[str],
) -> Executable:
    given = _recordset(types)
    rows = select(*[given.c[name] for name in types])
    insert: PostgresInsert = on_conflict(postgres_insert(table).from_select(list(types), rows))
    return insert.returning(*[table.c[name] for name in returning]) if returning else insert


def _recordset(types: Types) -> FromClause:
    document = cast(bindparam(_ROWS), JSON)
    columns = [column(name, kind) for name, kind in types.items()]
    rows = func.json_to_recordset(document).table_valued(*columns)
    return rows.render_derived(name="given", with_types=True)


def _json_each(types: Types) -> FromClause:
    """Read given rows on SQLite; ``place`` counts them from 0."""
    each = func.json_each(bindparam(_ROWS)).table_valued("key", "value", name="each")
    values = [
        _json_value(each.c.value, place, kind).label(name)
        for place, (name, kind) in enumerate(types.items())
    ]
    return select(each.c.key.label(PLACE), *values).select_from(each).subquery("given")


def _json_value(row: ColumnElement[Any], place: int, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """Read one value of a row. JSON holds no bytes: it holds where they are in one long blob."""
    if not isinstance(kind, LargeBinary):
        return func.json_extract(row, constant(f"$[{place}]"), type_=kind)
    start = func.json_extract(row, constant(f"$[{place}][0]"))
    length = func.json_extract(row, constant(f"$[{place}][1]"))
    return func.substr(bindparam(_BYTES), start, length, type_=kind)


def _document(rows: Rows) -> dict[str, object]:
    """Write rows for SQLite: a JSON document, and beside it the bytes they hold."""
    held = bytearray()

    def place(value: object) -> tuple[int, int]:
        if not isinstance(value, bytes):
            raise TypeError(f"no column takes a {type(value).__name__}")
        held.extend(value)
        return len(held) - len(value) + 1, len(value)

    document = orjson.dumps(rows, default=place).decode()
    return {_ROWS: document, _BYTES: bytes(held)}


def _sqlite_text(statement: Executable) -> tuple[str, tuple[str, ...]]:
    """Compile for SQLite: the text, and the names of its parameters in their order."""
    compiled = statement.compile(dialect=_SQLITE)  # type: ignore[attr-defined]
    return str(compiled), tuple(compiled.positiontup)


def _postgres_text(statement: Executable) -> str:
    return str(statement.compile(dialect=_POSTGRES))  # type: ignore[attr-defined]


def _objects(names: tuple[str, ...], rows: Rows) -> str:
    """Write rows as a JSON array of objects."""
    return orjson.dumps(
        [dict(zip(names, row, strict=True)) for row in rows], default=_bytea
    ).decode()


def _bytea(value: object) -> str:
    """Write bytes as PostgreSQL reads them."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"no column takes a {type(value).__name__}")
