"""Databases to measure on: made for the bench, filled as the product fills them, and removed."""

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path

from adapter.bootstrap import Services, open_services
from adapter.cli.bench.nodes import Nodes
from adapter.cli.bench.payloads import CREDENTIALS, VISITS
from adapter.clock import Instant, SystemClock
from adapter.ids import new_ids
from adapter.model.messages import AnonymousEvent, EventKind
from adapter.ports import Transaction
from adapter.rules.decide import decide
from adapter.rules.needs import needs_of
from adapter.settings import read_settings
from adapter.store.engine import read_url

_CHUNK = 5_000
_DATA = '{"plan":"pro","price":12.5,"note":"' + "x" * 560 + '"}'
_fillings = count()


class Databases:
    """Makes fresh databases, SQLite files in a folder or databases of a PostgreSQL server.

    Args:
        folder: for files; removed by whoever made it.
        server_url: of a PostgreSQL server (see ``nodes.Nodes``); None for SQLite.
    """

    def __init__(self, folder: Path, server_url: str | None) -> None:
        self._folder = folder
        self._nodes = None if server_url is None else Nodes(read_url(server_url))
        self._names: list[str] = []

    @property
    def is_postgres(self) -> bool:
        """Tell which kind they are."""
        return self._nodes is not None

    def filled(self, events: int) -> str:
        """Make a database with so many strangers' events; give its URL."""
        url = self._new_url()
        if self._nodes is not None:
            self._nodes.create(self._names[-1])
        with opened(url) as services:
            fill(services, events)
        return url

    def copy(self, url: str) -> str:
        """Make a database like another, to which nobody is connected."""
        made = self._new_url()
        original = str(read_url(url).database)
        if self._nodes is not None:
            self._nodes.copy(self._names[-1], original)
        else:
            shutil.copyfile(original, str(read_url(made).database))
        return made

    def close(self) -> None:
        """Remove what was made on a server."""
        if self._nodes is not None:
            for name in self._names:
                self._nodes.drop(name)

    def _new_url(self) -> str:
        name = f"adapter_bench_{SystemClock().now()}_{len(self._names)}"
        self._names.append(name)
        if self._nodes is None:
            return f"sqlite:///{self._folder}/{name}.db"
        return self._nodes.url_of(name)


@contextlib.contextmanager
def opened(url: str) -> Iterator[Services]:
    """Open the product on a database in this process, with the bench's workspace in it."""
    services = open_services(read_settings(database_url=url, webhook_rate=0))
    try:
        if not services.tenants.workspaces():
            services.tenants.create("bench", CREDENTIALS)
        yield services
    finally:
        services.close()


def fill(
    services: Services, events: int, *, visits: int = VISITS, at: Instant | None = None
) -> list[str]:
    """Store strangers' events as ingest does, in large transactions.

    Args:
        services: on the store to fill.
        events: how many.
        visits: events of one visitor.
        at: when they were received; now by default.

    Returns:
        The visitors' anonymous ids.
    """
    source = services.tenants.sources()[0]
    now = services.clock.now() if at is None else at
    filling = next(_fillings)
    for start in range(0, events, _CHUNK):
        ids = new_ids(now)
        messages = [
            AnonymousEvent(
                id=next(ids),
                workspace_id=source.workspace_id,
                source_id=source.id,
                received_id="",
                message_id=f"fill-{filling}-{number}",
                index=0,
                received_at=now,
                occurred_at=now,
                kind=EventKind.EVENT,
                name="Viewed Pricing",
                data=_DATA,
                anonymous_id=f"filled-{filling}-{number // visits}",
            )
            for number in range(start, min(start + _CHUNK, events))
        ]
        services.store.write(partial(_store, messages))
    return [f"filled-{filling}-{number}" for number in range(-(-events // visits))]


def _store(messages: Sequence[AnonymousEvent], transaction: Transaction) -> None:
    transaction.commit(decide(messages, transaction.facts(needs_of(messages))), [])
