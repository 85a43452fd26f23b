"""Throw-away databases on a Citus cluster, each with its tables spread.

Where ``ADAPTER_TEST_CITUS_URL`` names the coordinator of a cluster, all tests of PostgreSQL run
on it. Spreading the tables takes seconds, so it is done once; each database is a copy of that one,
made on every node.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from adapter.store.schema import distribute, upgrade
from tests.databases import PostgresServer

GIVEN_URL = "ADAPTER_TEST_CITUS_URL"

_SHARDS = 4
"""Few, so that a test costs little; of 32 buckets each then has several."""

_COORDINATOR = sql.SQL("SELECT citus_set_coordinator_host({}, {})")
_WORKER = sql.SQL("SELECT citus_add_node({}, {})")
_CLOSE = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false")
_LEAVE = sql.SQL("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = {}")


_patiently = Retrying(
    retry=retry_if_exception_type(psycopg.errors.ObjectInUse),
    stop=stop_after_attempt(10),
    wait=wait_fixed(0.3),
    reraise=True,
)


class Cluster(PostgresServer):
    """A coordinator and its workers, and the databases made on all of them."""

    def __init__(self, url: str) -> None:
        self._nodes = [make_url(url), *_workers(url)]
        super().__init__(url)

    @contextmanager
    def unspread(self) -> Iterator[str]:
        """Make a database of the cluster whose tables lie on the coordinator still."""
        with self.database(empty=True) as url:
            self._join(make_url(url).database or "")
            upgrade(url)
            yield url

    def _prepare(self, url: str) -> None:
        """Spread the tables of the template, then let nobody into it: it is copied."""
        name = make_url(url).database or ""
        self._join(name)
        distribute(url, shards=_SHARDS)
        self._run(_CLOSE.format(sql.Identifier(name)))
        self._run(_LEAVE.format(sql.Literal(name)))

    def _join(self, name: str) -> None:
        """Make a cluster of the databases of a name."""
        for node in self._nodes:
            _run(node.set(database=name), sql.SQL("CREATE EXTENSION citus"))
        coordinator, *workers = self._nodes
        _run(
            coordinator.set(database=name),
            _COORDINATOR.format(coordinator.host, coordinator.port),
            *(_WORKER.format(node.host, node.port) for node in workers),
        )

    def _drop(self, name: str) -> None:
        # The cluster's own worker, which looks after each database, may be there for a moment yet.
        _patiently(super()._drop, name)

    def _run(self, statement: sql.Composed) -> None:
        for node in self._nodes:
            _run(node, statement)


def _workers(url: str) -> Iterator[URL]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT node_name, node_port FROM citus_get_active_worker_nodes()"
        )
        for host, port in rows.fetchall():
            yield make_url(url).set(host=host, port=port)


def _run(node: URL, *statements: sql.Composed | sql.SQL) -> None:
    url = node.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
