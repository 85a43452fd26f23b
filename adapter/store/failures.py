"""Which failures of the database may pass, and how the others are told (style 5.1)."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError as PoolTimeout,
)

from adapter.errors import AdapterError, StoreBusy, TransientError

_TRANSIENT_STATES = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock detected
        "55P03",  # lock not available
        "57P01",  # the server shuts down
        "57P02",  # the server crashed
        "57P03",  # the server starts up
        "53000",  # insufficient resources
        "53100",  # disk full
        "53200",  # out of memory
        "53300",  # too many connections
        "25006",  # read-only: a standby that is not promoted yet
    }
)
_NO_PARTITION = "23514"
_SQLITE_PASSING = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
)
"""Locked, or a disk that is full or fails to write: the transaction is undone, and may succeed."""

_PRIMARY_CODE = 0xFF


class StoreFailed(AdapterError):
    """The database refused a statement."""

    code = "store_failed"


class CommitUnknown(TransientError):
    """The connection was lost while committing, so nobody knows whether it was.

    Not tried again here: sent again, what was stored after all is recognised by its key (L1).
    """

    code = StoreBusy.code


def is_transient(error: BaseException) -> bool:
    """Tell whether the same attempt may succeed later."""
    if isinstance(error, StoreBusy | PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in _TRANSIENT_STATES or state.startswith("08") or lacks_partition(error)
    sqlite_code = getattr(error.orig, "sqlite_errorcode", None)
    if sqlite_code is not None:
        return sqlite_code & _PRIMARY_CODE in _SQLITE_PASSING
    # A failure without a code is one of the connection: refused, reset or timed out.
    return isinstance(error, OperationalError | InterfaceError)


def lacks_partition(error: BaseException) -> bool:
    """Tell whether a day's partition was dropped by somebody else."""
    orig = getattr(error, "orig", None)
    return getattr(orig, "sqlstate", None) == _NO_PARTITION and "no partition" in str(orig)


def is_duplicate(error: BaseException) -> bool:
    """Tell whether a row's key was there already; a cluster says so in words alone."""
    said = str(getattr(error, "orig", None))
    return isinstance(error, IntegrityError) or said.startswith("duplicate key value")


@contextmanager
def wrapped() -> Iterator[None]:
    """Let no error of the database library past the store's border.

    Raises:
        StoreBusy: for what may pass.
        StoreFailed: for anything else.
    """
    try:
        yield
    except SQLAlchemyError as error:
        if is_transient(error):
            raise StoreBusy from error
        raise StoreFailed(f"the database refused a statement: {_first_line(error)}") from error


def _first_line(error: SQLAlchemyError) -> str:
    """Tell what the database said, without the parameters: those may be personal."""
    said = str(getattr(error, "orig", None) or error)
    return said.strip().split("\n", maxsplit=1)[0]
