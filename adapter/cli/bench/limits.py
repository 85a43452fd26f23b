"""What the database does by itself: its own bulk insert, and a merge as one bare statement."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from adapter.cli.bench.figures import Figure, figure_of
from adapter.cli.bench.payloads import VISITS
from adapter.clock import SystemClock
from adapter.ids import new_ids
from adapter.model.reasons import Reason
from adapter.store.engine import engines
from adapter.store.tables import anonymous_events, person_events

_EVENT = tuple(anonymous_events.columns.keys())
_EVENTS = ", ".join(_EVENT)
_INSERT = f"INSERT INTO anonymous_events ({_EVENTS}) VALUES ({', '.join('?' * len(_EVENT))})"  # noqa: S608 - names of ours
_COPY = f"COPY anonymous_events ({_EVENTS}) FROM STDIN"
_ONE = f"SELECT {_EVENTS} FROM anonymous_events LIMIT 1"  # noqa: S608 - names of ours
_PERSONS = tuple(person_events.columns.keys())
_TARGET = ", ".join(_PERSONS)
_SOURCE = ", ".join(
    {
        "reason": f"'{Reason.MERGED.value}'",
        "former_reason": "reason",
        "person_id": "'somebody'",
        "was_anonymous": "true",
        "processed_at": "received_at",
        "trigger": f"'{Reason.MAY_TRIGGER.value}'",
    }.get(name, name)
    for name in _PERSONS
)
_OF_VISITOR = "WHERE anonymous_ref = (SELECT ref FROM anonymous_ids WHERE anonymous_id = {})"
_visitors = count(10**12)


class Database:
    """A connection of the driver's own, set up as the product's are."""

    def __init__(self, connection: Any, *, is_postgres: bool) -> None:
        self._connection = connection
        self._is_postgres = is_postgres

    def insert(self, size: int, seconds: float) -> Figure:
        """Insert strangers' events in transactions of so many, each durable; events a second."""
        latencies: list[float] = []
        spent, used = 0.0, 0.0
        while spent < seconds:
            rows = self._rows(size)
            began, at = time.thread_time(), time.perf_counter()
            self._insert(rows)
            latencies.append(time.perf_counter() - at)
            spent += latencies[-1]
            used += time.thread_time() - began
        # PostgreSQL works in processes of its own, whose time nobody here can tell.
        cpu = None if self._is_postgres else used
        return figure_of(latencies, spent, each=size, cpu=cpu)

    def merge(self, anonymous_id: str) -> None:
        """Move a visitor's events to a person, durably."""
        cursor = self._connection.cursor()
        if self._is_postgres:
            where = _OF_VISITOR.format("%s")
            moved = f"WITH moved AS (DELETE FROM anonymous_events {where} RETURNING *) "  # noqa: S608
            insert = f"INSERT INTO person_events ({_TARGET}) SELECT {_SOURCE} FROM moved"  # noqa: S608
            cursor.execute(moved + insert, (anonymous_id,))
        else:
            where = _OF_VISITOR.format("?")
            insert = f"INSERT INTO person_events ({_TARGET}) SELECT {_SOURCE} "
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute(f"{insert} FROM anonymous_events {where}", (anonymous_id,))
            cursor.execute(f"DELETE FROM anonymous_events {where}", (anonymous_id,))  # noqa: S608
        self._connection.commit()

    def _insert(self, rows: Sequence[tuple[Any, ...]]) -> None:
        cursor = self._connection.cursor()
        if self._is_postgres:
            with cursor.copy(_COPY) as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.executemany(_INSERT, rows)
        self._connection.commit()

    def _rows(self, size: int) -> list[tuple[Any, ...]]:
        """Make rows like one that is there, of visitors never seen, eight events to each."""
        cursor = self._connection.cursor()
        like = dict(zip(_EVENT, cursor.execute(_ONE).fetchone(), strict=True))
        self._connection.rollback()
        ids = new_ids(SystemClock().now())
        first = next(_visitors) * size
        rows = []
        for number in range(size):
            own = next(ids)
            ref = first + number // VISITS
            like |= {"id": own, "message_id": own, "anonymous_ref": ref, "anonymous_id": f"v-{ref}"}
            rows.append(tuple(like.values()))
        return rows


@contextlib.contextmanager
def bare_database(url: str) -> Iterator[Database]:
    """Connect to a database of the product's, past the product."""
    writer, reader = engines(url)
    connection = writer.raw_connection()
    try:
        yield Database(connection, is_postgres=writer.dialect.name == "postgresql")
    finally:
        connection.close()
        writer.dispose()
        reader.dispose()
