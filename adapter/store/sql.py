"""Statements over many rows: one statement however many rows, compiled once for both databases.

PostgreSQL takes the rows as one JSON document, read by ``json_to_recordset``: constant text, one
round trip, and it returns what it wrote (storage 4); many rows whose keys are new it takes as a
copy, for half its own work. SQLite takes a text that repeats the row, which it runs in one step,
two if there are many; so does a cluster, mostly. The driver's loop over a list is as fast on an
idle machine, but it gives the interpreter's lock away and waits for it again at every row: beside
busy threads that costs a thousand times the row. Where rows are asked for, SQLite reads a JSON
document as well.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Any, TypeVar

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    FromClause,
    Row,
    Select,
    SmallInteger,
    Table,
    any_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert, insert as postgres_insert
from sqlalchemy.dialects.postgresql.psycopg import dialect as postgres_dialect
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect, insert as sqlite_insert
from sqlalchemy.types import TypeEngine

from adapter.store.driver import copy_in, run

Rows = Sequence[tuple[Any, ...]]
Query = Select[*tuple[Any, ...]]
Types = dict[str, TypeEngine[Any]]
"""Type by name of what a given row holds, in its order."""

T = TypeVar("T")

OnConflict = Callable[[Any], Any]
"""Adds an ``on_conflict`` clause to an insert of either database."""

_POSTGRES = postgres_dialect()  # type: ignore[no-untyped-call]
_POSTGRES_BY_PLACE = postgres_dialect(paramstyle="format")  # type: ignore[no-untyped-call]
_SQLITE = sqlite_dialect()
_ROWS = "given_rows"
_GIVEN = "given"
_GIVEN_ON_CLUSTER = "given_on_cluster"

ON_CLUSTER = "on_cluster"
"""Stands in ``Connection.info`` where the database can be spread over nodes (``distribution``)."""

PLACE = "place"
"""Parameter that counts the rows of one statement from 1, on SQLite."""

_STEP = 64
_MOST = 8 * _STEP
"""Rows that one statement of SQLite writes, or looks up: fewer than a step, or whole steps."""

_SIZES = _STEP - 1 + _MOST // _STEP
"""How many texts that makes of one statement."""

_POSTGRES_PARAMETERS = 65_535

_FEW = 5
"""Rows of a plain insert that are best sent one by one on a cluster; more are copied."""

_MANY = 16
"""Rows of a plain insert that PostgreSQL is best sent as a copy; of fewer as a document."""


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


def lies_beside(
    given: FromClause, bucket: ColumnElement[Any], name: str = "bucket"
) -> ColumnElement[bool]:
    """Tell which rows are in the bucket of a given row.

    On a cluster the buckets are told once more, as a parameter: those who plan the statement see
    them there, and ask only the nodes that have them.
    """
    same = bucket == given.c[name]
    if getattr(given, "name", None) != _GIVEN_ON_CLUSTER:
        return same
    every = bindparam(_every(name), type_=ARRAY(SmallInteger))
    return same & (bucket == any_(every))


class BulkWrite:
    """Inserts rows into a table.

    Args:
        table: which.
        names: the columns that each row gives, in its order; all of them by default.
        on_conflict: what happens where a row's key is there already; an error by default.
        returning: names of columns to give back, on PostgreSQL alone: there the write also takes
            a lock, and what it returns is newer than the statement's snapshot.
        sqlite_values: what SQLite has to work out for other columns; may use ``PLACE``.
    """

    def __init__(
        self,
        table: Table,
        names: Sequence[str] = (),
        *,
        on_conflict: OnConflict = lambda insert: insert,
        returning: Sequence[str] = (),
        sqlite_values: Mapping[str, ColumnElement[Any]] = MappingProxyType({}),
    ) -> None:
        # Plain text: a column's own name is a subclass that a JSON writer refuses.
        self.names = tuple(str(name) for name in names or table.columns.keys())
        types = {name: table.c[name].type for name in self.names}
        self._postgres = _postgres_text(_insert_given(table, types, on_conflict, returning))
        values: dict[str, Any] = {name: bindparam(name) for name in self.names}
        insert = on_conflict(sqlite_insert(table).values(values | dict(sqlite_values)))
        self._sqlite = _ManyValues(insert, _SQLITE)
        spread = on_conflict(postgres_insert(table).values(values))
        if returning:
            spread = spread.returning(*[table.c[name] for name in returning])
        self._cluster = _ManyValues(spread, _POSTGRES_BY_PLACE)
        self._looks_first = " ON CONFLICT " in self._postgres
        quoted = map(_POSTGRES.identifier_preparer.quote, self.names)
        self._copy = f"COPY {table.name} ({', '.join(quoted)}) FROM STDIN"

    def run(self, connection: Connection, rows: Rows) -> Sequence[Row[Any]]:
        """Write the rows; none is fine.

        Returns:
            What ``returning`` names, on PostgreSQL; on SQLite nothing.
        """
        if not rows:
            return ()
        if not is_postgres(connection):
            return self._sqlite.run(connection, rows)
        spread = connection.info.get(ON_CLUSTER)
        if spread and (self._looks_first or len(rows) <= _FEW):
            return self._cluster.run(connection, rows)
        if len(rows) >= _MANY and not (spread or self._looks_first):
            copy_in(connection, self._copy, rows)
            return ()
        document = _objects(self.names, rows)
        return run(connection, self._postgres, {_ROWS: document})


class _ManyValues:
    """An insert whose text repeats its row, run in one step or two.

    So on SQLite; and on a cluster, which sends each row to its shard at once, shard by shard, and
    with that in one order: a document it would first write out for each shard, which takes twenty
    times as long where keys may be there already. SQLite takes the rows in runs (``runs_of``),
    a cluster all at once.
    """

    def __init__(self, insert: Any, dialect: Dialect) -> None:
        compiled = insert.compile(dialect=dialect)
        self._head, rest = str(compiled).split(" VALUES ", 1)
        row, conflict, tail = rest.partition(" ON CONFLICT ")
        self._row, self._tail = row, conflict + tail
        names = compiled.positiontup
        self._place = names.index(PLACE) if PLACE in names else None
        self._most = _POSTGRES_PARAMETERS // len(names)
        self._runs = runs_of if dialect is _SQLITE else self._runs_on_cluster
        self._text = lru_cache(_SIZES)(self._text_of)

    def run(self, connection: Connection, rows: Rows) -> Sequence[Row[Any]]:
        given_back: list[Row[Any]] = []
        for some in self._runs(rows):
            values = chain.from_iterable(self._placed(some))
            given_back += run(connection, self._text(len(some)), tuple(values))
        return given_back

    def _runs_on_cluster(self, rows: Rows) -> Iterator[Rows]:
        for start in range(0, len(rows), self._most):
            yield rows[start : start + self._most]

    def _placed(self, rows: Rows) -> Rows:
        """Put into each row its place, if it is asked for."""
        at = self._place
        if at is None:
            return rows
        return [(*row[:at], nth, *row[at:]) for nth, row in enumerate(rows, start=1)]

    def _text_of(self, count: int) -> str:
        return f"{self._head} VALUES {', '.join([self._row] * count)}{self._tail}"


def runs_of(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut rows into runs for SQLite: those of whole steps together, the rest by themselves.

    Unless it ran lately SQLite parses a text anew, which takes as long as writing its rows: so any
    number of rows is written by texts of few sizes. And by few texts, for at each the driver gives
    the interpreter's lock away.
    """
    whole = len(rows) - len(rows) % _STEP
    for start in range(0, whole, _MOST):
        yield rows[start : min(start + _MOST, whole)]
    if whole < len(rows):
        yield rows[whole:]


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
    def _cluster(self) -> str:
        return _postgres_text(self._build(_recordset(self._types, _GIVEN_ON_CLUSTER)))

    @cached_property
    def for_sqlite(self) -> tuple[str, tuple[str, ...]]:
        """The text for SQLite, and the names of its parameters in their order."""
        statement = self._build(_json_each(self._types))
        compiled = statement.compile(dialect=_SQLITE)  # type: ignore[attr-defined]
        return str(compiled), tuple(compiled.positiontup)

    def run(self, connection: Connection, rows: Rows, **parameters: object) -> Sequence[Row[Any]]:
        """Run it with these rows, and with the statement's own parameters; no rows is fine."""
        if not rows:
            return ()
        if is_postgres(connection):
            given = {_ROWS: _objects(tuple(self._types), rows), **parameters}
            text = self._postgres
            if connection.info.get(ON_CLUSTER):
                text = self._cluster
                given |= self._buckets(rows)
            return run(connection, text, given)
        text, order = self.for_sqlite
        told = {_ROWS: orjson.dumps(rows).decode(), **parameters}
        return run(connection, text, tuple(told[name] for name in order))

    def _buckets(self, rows: Rows) -> dict[str, list[int]]:
        """Give all buckets of the rows, by parameter of ``lies_beside``."""
        return {
            _every(name): sorted({row[place] for row in rows})
            for place, name in enumerate(self._types)
            if name.endswith("bucket")
        }


def _every(name: str) -> str:
    return f"every_{name}"


class AnyOf:
    """A look-up on SQLite by many values of one column, which may be bytes.

    Args:
        columns: to give.
        column: that has one of the values.
    """

    def __init__(self, columns: Sequence[ColumnElement[Any]], column: ColumnElement[Any]) -> None:
        statement = select(*columns).where(column == bindparam("value"))
        self._head = str(statement.compile(dialect=_SQLITE)).removesuffix("= ?")
        self._text = lru_cache(_SIZES)(self._text_of)

    def run(self, connection: Connection, values: Sequence[object]) -> Sequence[Row[Any]]:
        """Find the rows; no values are fine."""
        found: list[Row[Any]] = []
        for some in runs_of(values):
            found += run(connection, self._text(len(some)), tuple(some))
        return found

    def _text_of(self, count: int) -> str:
        return f"{self._head}IN ({', '.join('?' * count)})"


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


def _recordset(types: Types, name: str = _GIVEN) -> FromClause:
    document = cast(bindparam(_ROWS), JSON)
    columns = [column(name, kind) for name, kind in types.items()]
    rows = func.json_to_recordset(document).table_valued(*columns)
    return rows.render_derived(name=name, with_types=True)


def _json_each(types: Types) -> FromClause:
    each = func.json_each(bindparam(_ROWS)).table_valued("value", name="each")
    values = [
        func.json_extract(each.c.value, constant(f"$[{place}]"), type_=kind).label(name)
        for place, (name, kind) in enumerate(types.items())
    ]
    # Or it would be read from the document anew for each row that it is joined with.
    return select(*values).select_from(each).cte(_GIVEN).prefix_with("MATERIALIZED")


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
