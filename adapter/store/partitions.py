"""Days of the partitioned tables, on PostgreSQL (storage 5.3).

A day is made before its first row is written, whichever day that is: a rehearsal clock jumps
anywhere. There is no default partition, so a day can always be added, and dropped.
"""

import threading
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, text

from adapter.clock import DAY, Instant, iso, parse_instant
from adapter.store.tables import PARTITIONED

_AHEAD = 3
"""Days made beside the one needed, so that midnight finds its day there."""

# Any number that nobody else uses: only makers of partitions wait for one another.
_MAKING = 0x616E6F6E

_LOCK = text("SELECT pg_advisory_xact_lock(:making)")
_ATTACHED = text(
    "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
    " WHERE inhparent = CAST(:parent AS regclass)"
)


class Days:
    """The days this process knows to have partitions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: set[int] = set()
        self._lock = threading.Lock()

    def ensure(self, instants: Iterable[int]) -> None:
        """Make the days of these instants, unless they are known.

        In a transaction of its own on another connection: attaching a partition does not wait for
        the rows that a transaction under way has written.
        """
        missing = {instant // DAY for instant in instants} - self._known
        self._make({day + ahead for day in missing for ahead in range(_AHEAD + 1)})

    def ensure_ahead(self, now: Instant) -> None:
        """Make today and the next days, so that no transaction has to while it holds locks."""
        self._make({now // DAY + ahead for ahead in range(_AHEAD + 1)} - self._known)

    def _make(self, days: set[int]) -> None:
        if not days:
            return
        with self._lock:
            with self._engine.begin() as connection:
                connection.execute(_LOCK, {"making": _MAKING})
                for table in PARTITIONED:
                    _attach(connection, table.name, days)
            self._known |= days

    def forget(self) -> None:
        """Believe nothing any more: somebody dropped a day."""
        with self._lock:
            self._known = set()


def days_of(connection: Connection, table: str) -> list[int]:
    """List the days that a table has, oldest first."""
    names = connection.scalars(_ATTACHED, {"parent": table})
    return sorted(_day(name.rpartition("_")[2]) for name in names)


def partition_name(table: str, day: int) -> str:
    """Name the partition of a day, such as ``received_20260228``."""
    return f"{table}_{iso(day * DAY)[:10].replace('-', '')}"


def _day(digits: str) -> int:
    return parse_instant(f"{digits[:-4]}-{digits[-4:-2]}-{digits[-2:]}") // DAY


def _attach(connection: Connection, table: str, days: Iterable[int]) -> None:
    """Make the days of one table that are not there.

    Made apart and then attached: making a partition in place would lock out every reader.
    """
    present = set(connection.scalars(_ATTACHED, {"parent": table}))
    for day in sorted(days):
        name = partition_name(table, day)
        if name in present:
            continue
        connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
        connection.exec_driver_sql(
            f"ALTER TABLE {table} ATTACH PARTITION {name}"
            f" FOR VALUES FROM ({day * DAY}) TO ({(day + 1) * DAY})"
        )
