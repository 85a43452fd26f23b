"""What one event costs: processor time, write-ahead log and disk; the input of the README's sizing.

    python -m tests.bench.per_event                            a PostgreSQL server of its own
    python -m tests.bench.per_event --database-url URL         an empty database, of a cluster too

Strangers' events of about 1 KB, eight to a visitor, each batch with its raw body. Processor time is
of this process, which decides and stores, and of PostgreSQL's on this machine; of a cluster's other
nodes nothing is seen.
"""

import random
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import psycopg
from sqlalchemy import make_url

from adapter.ids import new_id
from adapter.jsonvalue import dumps
from adapter.model.workspaces import Received
from adapter.store.open import open_store
from adapter.store.schema import upgrade
from adapter.store.sql_store import SqlStore
from tests.build import T0, anonymous_event, apply, with_workspace
from tests.databases import own_postgres

_BATCHES = ((500, 40), (30, 150))
_OF_A_VISITOR = 8
_SIZES = """
SELECT regexp_replace(relname, '_[0-9]{8}$', '') AS name, sum(pg_total_relation_size(oid)) AS bytes
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
GROUP BY 1 HAVING sum(pg_total_relation_size(oid)) > 500000 ORDER BY 2 DESC
"""
_random = random.Random(20_260_301)


def _word(bits: int) -> str:
    return f"{_random.getrandbits(bits):x}"


def _send(store: SqlStore, size: int) -> None:
    calls = [
        {
            "type": "track",
            "event": "Viewed Pricing",
            "messageId": _word(128),
            "anonymousId": _word(128),
            "context": {"ip": "203.0.113.7", "page": {"path": f"/{_word(64)}"}},
            "properties": {"url": f"https://example.com/{_word(64)}", "note": _word(1_600)},
        }
        for _ in range(size)
    ]
    received = Received(
        id=new_id(T0),
        workspace_id=1,
        source_id=1,
        door="webhook",
        deflated=zlib.compress(dumps(calls).encode(), 1),
        received_at=T0,
        records=size,
    )
    visitors = [_word(128) for _ in range(1 + size // _OF_A_VISITOR)]
    messages = [
        anonymous_event(
            visitors[nth // _OF_A_VISITOR],
            message_id=call["messageId"],
            data=dumps(call["properties"]),
        )
        for nth, call in enumerate(calls)
    ]
    apply(store, *messages, received=[received])


def _ran(process: int) -> float:
    """Tell for how many seconds a process has run; 0 of one that is gone or elsewhere."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


class _Watched:
    """The server, asked beside the load."""

    def __init__(self, url: str) -> None:
        self._asked = psycopg.connect(url, autocommit=True)

    def processor(self) -> float:
        rows = self._asked.execute(
            "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND (datname = current_database() OR backend_type IN ('walwriter', 'checkpointer'))"
        )
        return sum(_ran(process) for (process,) in rows.fetchall())

    def logged(self) -> int:
        (row,) = self._asked.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchall()
        return int(row[0])

    def sizes(self) -> dict[str, int]:
        return {name: int(size) for name, size in self._asked.execute(_SIZES).fetchall()}

    def close(self) -> None:
        self._asked.close()


@contextmanager
def _database(given: str) -> Iterator[str]:
    if given:
        yield given
        return
    with own_postgres() as server:
        yield server.url


@click.command()
@click.option("--database-url", default="", help="An empty database; without, a server is started.")
def main(database_url: str) -> None:
    """Print what one event costs."""
    with _database(database_url) as url:
        upgrade(url)
        store = open_store(url)
        with_workspace(store)
        _send(store, 500)
        watched = _Watched(make_url(url).set(drivername="postgresql").render_as_string(False))
        for size, batches in _BATCHES:
            _measure(store, watched, size, batches)
        watched.close()
        store.close()


def _measure(store: SqlStore, watched: _Watched, size: int, batches: int) -> None:
    events = size * batches
    sizes, logged, postgres = watched.sizes(), watched.logged(), watched.processor()
    own = time.process_time()
    for _ in range(batches):
        _send(store, size)
    own = time.process_time() - own
    postgres = watched.processor() - postgres
    click.echo(
        f"in transactions of {size}, per event: {own / events * 1e6:.0f} us here,"
        f" {postgres / events * 1e6:.0f} us of PostgreSQL,"
        f" {(watched.logged() - logged) / events:,.0f} bytes logged"
    )
    grown = {name: size - sizes.get(name, 0) for name, size in watched.sizes().items()}
    for name, more in grown.items():
        click.echo(f"    {name}: {more / events:,.0f} bytes")


if __name__ == "__main__":
    main()
