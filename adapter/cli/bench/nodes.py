"""Databases on a PostgreSQL server, or on all nodes of the Citus cluster that it coordinates."""

from typing import Any

from sqlalchemy import URL, create_engine, text

from adapter.store.distribution import SHARDS
from adapter.store.schema import distribute, upgrade

_COORDINATES = "SELECT to_regclass('pg_dist_node') IS NOT NULL"
_WORKERS = "SELECT node_name, node_port FROM citus_get_active_worker_nodes() ORDER BY 1, 2"
_COORDINATOR = "SELECT nodename, nodeport FROM pg_dist_node WHERE groupid = 0"
_LEAVE = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{}'"


class Nodes:
    """The server, and where it coordinates a cluster its workers.

    Args:
        server: of any database of it, whose user may create databases; of a coordinator the one
            that knows the workers.
    """

    def __init__(self, server: URL) -> None:
        self._server = server
        self._workers: list[tuple[str, int]] = []
        if _run(server, _COORDINATES)[0][0]:
            self._workers = [(host, port) for host, port in _run(server, _WORKERS)]

    @property
    def are_cluster(self) -> bool:
        """Tell whether tables are spread."""
        return bool(self._workers)

    def url_of(self, name: str) -> str:
        """Give the URL of a database."""
        url = self._server.set(drivername="postgresql", database=name)
        return url.render_as_string(hide_password=False)

    def create(self, name: str) -> None:
        """Make a database with the tables in it, spread if there is where to."""
        self._on_all(f"CREATE DATABASE {name}")
        if self.are_cluster:
            self._join(name)
        upgrade(self.url_of(name))
        if self.are_cluster:
            distribute(self.url_of(name), shards=SHARDS)

    def copy(self, name: str, original: str) -> None:
        """Make a database like another, to which nobody is connected but the cluster's keeper."""
        self._on_all(f"ALTER DATABASE {original} ALLOW_CONNECTIONS false")
        self._on_all(_LEAVE.format(original))
        self._on_all(f"CREATE DATABASE {name} TEMPLATE {original}")
        self._on_all(f"ALTER DATABASE {original} ALLOW_CONNECTIONS true")

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self._on_all(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _join(self, name: str) -> None:
        """Make a cluster of the databases of a name."""
        for node in self._urls():
            _run(node.set(database=name), "CREATE EXTENSION IF NOT EXISTS citus")
        coordinator = self._server.set(database=name)
        for host, port in _run(self._server, _COORDINATOR):
            _run(coordinator, f"SELECT citus_set_coordinator_host('{host}', {port})")
        for host, port in self._workers:
            _run(coordinator, f"SELECT citus_add_node('{host}', {port})")

    def _urls(self) -> list[URL]:
        return [self._server, *(self._server.set(host=h, port=p) for h, p in self._workers)]

    def _on_all(self, statement: str) -> None:
        for node in self._urls():
            _run(node, statement)


def _run(node: URL, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement outside of transactions; give its rows."""
    engine = create_engine(node, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            result = connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()
