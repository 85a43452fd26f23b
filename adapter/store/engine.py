"""How SQLite and PostgreSQL are spoken to, so that what is acknowledged is durable (L2)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from adapter.errors import OperatorError
from adapter.store.driver import execute
from adapter.store.sql import ON_CLUSTER

_READERS = 8
_POOL_SECONDS = 5

_REACHING = {
    # A server that is not there, or a network that swallows everything, is noticed before a sender
    # gives up. The URL may say otherwise.
    "connect_timeout": "5",  # seconds
    "tcp_user_timeout": "8000",  # milliseconds
    "keepalives_idle": "10",  # seconds
}
_POOLING = "pooling"
_CURE = "Give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE."

_SQLITE_PRAGMAS = (
    # Of a new file alone, and before anything is in it: so that a sweep can give room back.
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA busy_timeout = 2000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    # Room freed inside a page is zeroed, which costs no write; free pages are not, for they would
    # have to be written: an erasure asks for that (``database_file``), not every merge pays.
    "PRAGMA secure_delete = FAST",
    "PRAGMA wal_autocheckpoint = 10000",
)
_WRITER_CACHE = "PRAGMA cache_size = -65536"  # 64 MB: index pages of millions of rows

_PARSED = 1_024
"""Statements that a connection to SQLite keeps parsed: of each as many as it has sizes."""

_PATIENCE = "10s"
_IMPATIENCE = "200ms"

_KNOWS_CITUS = "SELECT to_regclass('pg_dist_partition') IS NOT NULL"

PLANNING = (
    "jit = off",
    # Every statement looks rows up by key. A new table has no statistics, and a plan made
    # for it while it was empty would read the whole of it later.
    "enable_seqscan = off",
    "enable_hashjoin = off",
    "enable_mergejoin = off",
)
"""How PostgreSQL is to plan; on a cluster every node has to know."""

_POSTGRES_SETTINGS = (
    "synchronous_commit = on",
    f"lock_timeout = '{_PATIENCE}'",
    "TimeZone = 'UTC'",
    *PLANNING,
)
_SET = "; ".join(f"SET {setting}" for setting in _POSTGRES_SETTINGS)
_SET_LOCAL = "; ".join(f"SET LOCAL {setting}" for setting in _POSTGRES_SETTINGS)


def read_url(database_url: str) -> URL:
    """Read where the database is.

    Raises:
        OperatorError: it is no URL, or of a database that is not supported.
    """
    try:
        url = make_url(database_url.replace("postgres://", "postgresql://", 1))
    except ArgumentError as error:
        raise OperatorError(f"the database URL cannot be read. {_CURE}") from error
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise OperatorError(f"a SQLite database must be a file. {_CURE}")
        return url.set(drivername="sqlite+pysqlite")
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise OperatorError(f"{backend} is no database that is supported. {_CURE}")


def engines(database_url: str) -> tuple[Engine, Engine]:
    """Make the engine that writes and the one that reads; they may be the same.

    Raises:
        OperatorError: the URL or the driver is wrong.
    """
    url = read_url(database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, writes=True), _sqlite_engine(url, writes=False)
    pooling = url.query.get(_POOLING)
    if pooling not in {None, "transaction"}:
        raise OperatorError(f"{_POOLING}={pooling} is not known; leave it out, or say transaction.")
    engine = _postgres_engine(url.difference_update_query([_POOLING]), pooled=pooling is not None)
    return engine, engine


def _sqlite_engine(url: URL, *, writes: bool) -> Engine:
    """Make an engine on a file. One connection writes: waiting for it is fair, a file lock is not.

    The driver is told to leave transactions alone; they begin here, a writer's with its lock.
    """
    engine = create_engine(
        url,
        connect_args={"isolation_level": None, "cached_statements": _PARSED},
        hide_parameters=True,
        pool_timeout=_POOL_SECONDS,
        pool_size=1 if writes else _READERS,
        max_overflow=0 if writes else _READERS,
    )
    pragmas = (*_SQLITE_PRAGMAS, _WRITER_CACHE) if writes else _SQLITE_PRAGMAS
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
        for pragma in pragmas:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        execute(connection, begin)

    return engine


def _postgres_engine(url: URL, *, pooled: bool) -> Engine:
    """Make an engine on PostgreSQL.

    A pooler in transaction mode gives each transaction whichever connection is free. Nothing that
    a session was told holds there, so the settings come with every transaction, and statements are
    not prepared.
    """
    options: dict[str, Any] = {
        name: value for name, value in _REACHING.items() if name not in url.query
    }
    if pooled:
        options["prepare_threshold"] = None
    try:
        engine = create_engine(
            url,
            isolation_level="READ COMMITTED",
            connect_args=options,
            hide_parameters=True,
            pool_timeout=_POOL_SECONDS,
            pool_size=_READERS,
            max_overflow=_READERS,
        )
    except ModuleNotFoundError as error:
        raise OperatorError(
            "PostgreSQL needs the psycopg driver: pip install 'anonymous-events-adapter[postgres]'"
        ) from error

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, entry: ConnectionPoolEntry) -> None:
        connection.autocommit = True
        if not pooled:
            connection.execute(_SET)
        entry.info[ON_CLUSTER] = connection.execute(_KNOWS_CITUS).fetchone()[0]
        connection.autocommit = False

    if pooled:

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            execute(connection, _SET_LOCAL)

    return engine


@contextmanager
def impatient(connection: Connection) -> Iterator[None]:
    """Wait only briefly for locks that are taken out of their order, on PostgreSQL.

    If somebody waits for us meanwhile, both would wait until the server, a second later, calls it
    a deadlock; so the one who is out of order gives way, and tries again whole.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_IMPATIENCE}'")
    yield
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
