"""Troubles on the way to a real database: pauses that let others in, and failures that pass."""

import os
import sqlite3
import threading
import time
from random import Random
from typing import Any

import psycopg
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from adapter.store.sql import is_postgres
from adapter.store.sql_store import SqlStore
from tests.clusters import GIVEN_URL

STATES = ("40001", "40P01", "55P03")
"""A serialization failure, a deadlock, a lock that was not to be had in time."""

_PAUSE_SECONDS = 0.002


class Troubles:
    """Disturbs the statements of a store.

    Args:
        store: on SQLite or PostgreSQL.
        pauses: share of the statements before which others are let in.
        failures: share of the statements that fail in passing.
        most: failures at most, of a thread that has begun.

    Attributes:
        failed: how many statements did.
    """

    def __init__(
        self, store: SqlStore, *, pauses: float = 0.2, failures: float = 0.0, most: int = 3
    ) -> None:
        self.failed = 0
        self._pauses = pauses
        self._failures = failures
        self._most = most
        self._mine = threading.local()
        event.listen(store._writer, "before_cursor_execute", self._disturb, retval=True)

    def begin(self, seed: str) -> None:
        """Disturb this thread from now on; others, until they begin, are left alone."""
        self._mine.random, self._mine.left = Random(seed), self._most

    def _disturb(
        self,
        connection: Connection,
        _cursor: Any,
        statement: str,
        parameters: Any,
        _context: Any,
        executemany: bool,
    ) -> tuple[str, Any]:
        random = getattr(self._mine, "random", None)
        if random is None:
            return statement, parameters
        if random.random() < self._pauses:
            time.sleep(random.random() * _PAUSE_SECONDS)
        if not self._mine.left or executemany or random.random() >= self._failures:
            return statement, parameters
        self._mine.left -= 1
        self.failed += 1
        if is_postgres(connection):
            state = random.choice(STATES)
            return f"DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '{state}'; END $$", ()
        raise _busy()


def _busy() -> OperationalError:
    planted = sqlite3.OperationalError("database is locked")
    planted.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return OperationalError("planted", {}, planted)


def deadlocks(database_url: str) -> int:
    """Count the circles of waiting that the server had to break; planted ones are none."""
    # A cluster asks several shards at once, in whatever order they answer: it may break a few.
    if not database_url.startswith("postgresql") or os.environ.get(GIVEN_URL):
        return 0
    with psycopg.connect(database_url) as connection:
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        (count,) = connection.execute(query).fetchone() or (0,)
    return int(count)
