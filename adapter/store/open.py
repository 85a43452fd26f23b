"""Opens the SQL store."""

from adapter.store.engine import engines
from adapter.store.sql_store import SqlStore


def open_store(database_url: str) -> SqlStore:
    """Open the store of a database, whose schema is expected to be current (``upgrade``).

    Args:
        database_url: ``sqlite:///file`` or ``postgresql://...``; connections are made when used.

    Raises:
        OperatorError: the URL is wrong, or PostgreSQL's driver is missing.
    """
    writer, reader = engines(database_url)
    return SqlStore(writer, reader)
