"""The schema's version: bringing a database up to date, and asking what it is at.

Alembic is imported only where there is something to migrate: it takes longer than all the rest of a
start.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from tenacity import Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_random_exponential

from adapter.errors import OperatorError
from adapter.store import distribution
from adapter.store.distribution import SHARDS
from adapter.store.engine import engines
from adapter.store.failures import is_transient
from adapter.store.sql import is_postgres

_MIGRATIONS = Path(__file__).parent / "migrations"

# Held while a schema is made, so that processes started together do it one after another.
_UPGRADING = 0x616E6F70

_patiently = Retrying(
    retry=retry_if_exception(is_transient),
    stop=stop_after_attempt(20),
    wait=wait_random_exponential(0.02, 1.0),
    reraise=True,
)


def upgrade(database_url: str) -> None:
    """Bring the database to the newest schema; safe beside other processes.

    On SQLite the transaction begins with the lock on the file, so the others wait; but a file's
    first turn to WAL waits for nobody, so who loses that race tries again. On PostgreSQL they wait
    for an advisory lock.

    Raises:
        OperatorError: the database cannot be opened or changed, or a newer version made it.
    """
    with _opened(database_url) as (writer, _):
        _patiently(_upgrade, writer)


def distribute(database_url: str, *, shards: int = SHARDS) -> list[str]:
    """Bring the database to the newest schema and spread it over its cluster; name what was.

    Raises:
        OperatorError: it cannot be opened or changed, or is no database of a Citus cluster.
    """
    upgrade(database_url)
    with _opened(database_url) as (writer, _), writer.begin() as connection:
        _alone(connection)
        return distribution.distribute(connection, shards)


@contextmanager
def _opened(database_url: str) -> Iterator[tuple[Engine, Engine]]:
    """Give the engines that write and read, and let go of them afterwards."""
    writer, reader = engines(database_url)
    try:
        yield writer, reader
    except SQLAlchemyError as error:
        raise _unusable(error) from error
    finally:
        writer.dispose()
        reader.dispose()


def _upgrade(writer: Engine) -> None:
    with writer.begin() as connection:
        _alone(connection)
        _refuse_newer(connection)
        spread = distribution.is_distributed(connection)
        if _revision(connection) == head() and not spread:
            return
        if spread:
            distribution.change_one_by_one(connection)
        _migrate(connection)
        if spread:
            distribution.distribute(connection, SHARDS)


def _alone(connection: Connection) -> None:
    """Wait until nobody else changes the schema; on SQLite the file is ours already."""
    if is_postgres(connection):
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _UPGRADING})


def _refuse_newer(connection: Connection) -> None:
    revision = _revision(connection)
    if revision is not None and revision not in _revisions():
        raise OperatorError(
            f"the database is at revision {revision}, which a newer version made; this one goes up "
            f"to {head()}. Run the newer version, or restore the backup made before the upgrade."
        )


def current(database_url: str) -> str | None:
    """Tell the revision a database is at; None for an empty one.

    Raises:
        OperatorError: the database cannot be opened.
    """
    with _opened(database_url) as (_, reader), reader.connect() as connection:
        return _revision(connection)


def is_current(connection: Connection) -> bool:
    """Tell whether a database is at the newest revision."""
    return _revision(connection) == head()


@cache
def head() -> str:
    """Give the newest revision there is."""
    return _revisions()[-1]


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@cache
def _revisions() -> list[str]:
    """List the revisions there are, oldest first: the numbers that migrations' files begin with."""
    files = (_MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return sorted(file.name.partition("_")[0] for file in files)


def _unusable(error: SQLAlchemyError) -> OperatorError:
    said = str(getattr(error, "orig", None) or error).strip().split("\n", maxsplit=1)[0]
    return OperatorError(
        f"the database cannot be used: {said}. Check ADAPTER_DATABASE_URL, that the server runs, "
        "and that its user may create tables."
    )
