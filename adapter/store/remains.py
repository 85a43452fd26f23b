"""What is left of somebody: the search for it, in tables, bodies and the bytes of the file (P6)."""

import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, Table, Text, or_, select
from sqlalchemy.exc import OperationalError

from adapter.eraser import Search
from adapter.rules.erasure import erase_from_body, names_them
from adapter.rules.mentions import Mentions
from adapter.store.database_file import FileSearch, files_of
from adapter.store.sql import is_postgres
from adapter.store.suspects import holds
from adapter.store.tables import mappings, metadata, received, sources, workspaces

_PAGE = 500
_PATIENCE = "5s"

_OPERATORS = (workspaces, sources, mappings)
"""What operators write themselves: an example in a mapping file may name anybody."""


def search(connection: Connection, mentions: Mentions) -> Search:
    """Look for somebody in each column of each table, in raw bodies and, on SQLite, in the file.

    Another workspace may know the same names: what is in its rows is no hit, but neither are the
    bytes of those rows in the file that both share.
    """
    seen = _Seen(mentions)
    for table in metadata.sorted_tables:
        seen.look_in(connection, table)
    seen.look_in_bodies(connection)
    if not is_postgres(connection):
        for path in files_of(connection):
            found = seen.file.hits_in(path)
            if found:
                seen.hits[f"file {path.name}"] = found
    return Search(
        hits=dict(sorted(seen.hits.items())),
        tables=len(metadata.sorted_tables),
        rows=seen.rows,
        bodies=seen.bodies,
        bytes=seen.file.bytes,
        too_short=seen.file.too_short,
    )


def vacuum(engine: Engine) -> None:
    """Free the room of dead rows on PostgreSQL, as far as that is quickly done.

    What takes longer its own autovacuum does in time; no lock is held that ingest waits for.
    """
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql(f"SET statement_timeout = '{_PATIENCE}'")
        try:
            for table in metadata.sorted_tables:
                with suppress(OperationalError):
                    connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED) {table.name}")
        finally:
            connection.exec_driver_sql("RESET statement_timeout")


class _Seen:
    """What a search has come upon so far."""

    def __init__(self, mentions: Mentions) -> None:
        self._mentions = mentions
        self._owner = mentions.traces.workspace_id
        self.file = FileSearch(mentions)
        self.hits: Counter[str] = Counter()
        self.rows = 0
        self.bodies = 0

    def look_in(self, connection: Connection, table: Table) -> None:
        """Look at the rows of a table that hold something like a name of theirs."""
        texts = [column for column in table.c if isinstance(column.type, Text)]
        if not texts:
            return
        suspected = or_(*(holds(column, self._mentions) for column in texts))
        for row in _all(connection, select(table).where(suspected)):
            self.rows += 1
            for column in texts:
                text = getattr(row, column.name)
                if text is None:
                    continue
                if self._is_own(table, row) and names_them(column.name, text, self._mentions):
                    self.hits[f"{table.name}.{column.name}"] += 1
                else:
                    self.file.explain(text)

    def look_in_bodies(self, connection: Connection) -> None:
        """Inflate every raw body and look into it."""
        for row in _all(connection, select(received.c.workspace_id, received.c.body)):
            self.bodies += 1
            body = zlib.decompress(row.body)
            if not self._mentions.may_be_in(body):
                continue
            if not self._is_own(received, row):
                self.file.explain_deflated(row.body)
            elif erase_from_body(body, self._mentions, records=0) is not None:
                self.hits["received.body"] += 1

    def _is_own(self, table: Table, row: Row[Any]) -> bool:
        return table not in _OPERATORS and row.workspace_id == self._owner


def _all(connection: Connection, query: Select[*tuple[Any, ...]]) -> Iterator[Row[Any]]:
    """Read rows as they come, not all at once."""
    yield from connection.execution_options(yield_per=_PAGE).execute(query)
