"""Statements on the driver's own cursor, for SQLAlchemy takes longer about one than SQLite does.

What the rest of the store relies on is kept: a statement begins the transaction, whoever listens
hears it, its rows have names, and what the driver raises becomes SQLAlchemy's.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run(connection: Connection, text: str, parameters: Any = ()) -> Sequence[Any]:
    """Run one statement as the driver takes it.

    Args:
        connection: begins its transaction here, unless it has.
        text: as the driver takes it.
        parameters: in the driver's own style.

    Returns:
        The rows, as tuples with names; none where the statement gives none.

    Raises:
        DBAPIError: whatever the driver raised, as SQLAlchemy tells it.
    """
    if not connection.in_transaction():
        connection.begin()
    return execute(connection, text, parameters)


def execute(connection: Connection, text: str, parameters: Any = ()) -> Sequence[Any]:
    """Do as :func:`run` does, on a connection that is beginning its transaction."""
    cursor = _cursor(connection)
    text, parameters = _heard(connection, cursor, text, parameters)
    try:
        cursor.execute(text, parameters)
        columns = cursor.description
        if columns is None:
            return ()
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told(connection, cursor, text, error) from error
    if not rows:
        return ()
    named = _naming(tuple([column[0] for column in columns]))
    return list(map(named, rows))


def copy_in(connection: Connection, text: str, rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows into a table, on PostgreSQL.

    Args:
        connection: begins its transaction here, unless it has.
        text: ``COPY table (columns) FROM STDIN``.
        rows: values of the columns.

    Raises:
        DBAPIError: whatever the driver raised, as SQLAlchemy tells it.
    """
    if not connection.in_transaction():
        connection.begin()
    cursor = _cursor(connection)
    text, _ = _heard(connection, cursor, text, ())
    try:
        with cursor.copy(text) as copying:
            for row in rows:
                copying.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _told(connection, cursor, text, error) from error


def _cursor(connection: Connection) -> Any:
    driver: Any = connection.connection.driver_connection
    return driver.cursor()


def _heard(connection: Connection, cursor: Any, text: str, parameters: Any) -> tuple[str, Any]:
    """Let those hear a statement who listen, and change it."""
    for listen in connection.engine.dispatch.before_cursor_execute:
        text, parameters = listen(connection, cursor, text, parameters, None, False)  # noqa: FBT003
    return text, parameters


@lru_cache(maxsize=512)
def _naming(names: tuple[str, ...]) -> Callable[[Iterable[Any]], Any]:
    """Give what makes a row with names of a plain one; the same few are asked for."""
    row = namedtuple("Row", names, rename=True)  # type: ignore[misc] # noqa: PYI024
    return row._make


def _told(connection: Connection, cursor: Any, text: str, error: Exception) -> BaseException:
    """Tell an error as SQLAlchemy would, and let go of connections to a server that is gone."""
    engine, dialect = connection.engine, connection.dialect
    lost = dialect.is_disconnect(error, connection.connection, cursor)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
        engine.dispose()
    return DBAPIError.instance(
        text,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=engine.hide_parameters,
        connection_invalidated=lost,
        dialect=dialect,
    )
