"""What is kept beside the events: the log's own lines, raw bodies, the ledger."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from adapter.clock import HOUR, Instant
from adapter.ids import bucket_of, earliest_id
from adapter.model.activities import Activity
from adapter.model.workspaces import Received
from adapter.ports import Books, LedgerRow
from adapter.rules.decision import DoorKey, Fate, LedgerKey, Measure, MeasureKey
from adapter.rules.measures import NO_SOURCE, HourRow
from adapter.store.sql import PLACE, BulkWrite, Query, constant, is_postgres
from adapter.store.tables import activities, ledger, mappings, received, sources

_MILLISECOND = 1_000
"""In microseconds: an id of ours begins with the millisecond of its instant (``ids.new_ids``)."""

_LEDGER_KEY = ("workspace_id", "source_id", "hour", "fate", "lane", "bucket")

DOOR_COUNT = "received"
"""Stands in the ledger beside the fates: records as the doors counted them (L4).

So do measures, with a blank and the endpoint after them if they are of one: what is counted by the
hour anyway costs no statement of its own.
"""

_COUNTED: dict[str, Fate | Measure | None] = {
    **{fate.value: fate for fate in Fate},
    **{measure.value: measure for measure in Measure},
    DOOR_COUNT: None,
}
_FATES = [constant(fate.value) for fate in Fate]

_write_activities = BulkWrite(activities)
_write_received = BulkWrite(
    received,
    [column.name for column in received.columns if column.name not in {"place", "erased"}],
    # PostgreSQL draws it from a sequence.
    sqlite_values={
        "place": select(func.coalesce(func.max(received.c.place), constant(0))).scalar_subquery()
        + bindparam(PLACE)
    },
)
_bump = BulkWrite(
    ledger,
    on_conflict=lambda insert: insert.on_conflict_do_update(
        index_elements=_LEDGER_KEY, set_={"count": ledger.c.count + insert.excluded["count"]}
    ),
)
_keep_mapping = BulkWrite(
    mappings, on_conflict=lambda insert: insert.on_conflict_do_nothing(index_elements=["digest"])
)


def write_activities(connection: Connection, lines: Iterable[Activity]) -> None:
    """Write lines of the log; a person's live in the person's bucket, and move with it."""
    _write_activities.run(connection, [_activity_row(line) for line in lines])


def write_received(connection: Connection, bodies: Iterable[Received]) -> None:
    """Keep raw bodies."""
    _write_received.run(
        connection,
        [
            (
                body.id,
                body.workspace_id,
                bucket_of(body.workspace_id, body.id),
                body.source_id,
                body.door,
                body.received_at,
                body.deflated,
                body.records,
                body.mapping,
                body.read_as,
            )
            for body in bodies
        ],
    )


def read_received(
    connection: Connection,
    workspace_id: int,
    *,
    after: Instant,
    until: Instant,
    beyond: str,
    limit: int,
) -> list[Received]:
    """Page through the raw bodies of a period, oldest first.

    The key begins with the id, and ids with their time, so the period is a stretch of the key.
    """
    columns = received.c
    statement = (
        select(received)
        .where(
            columns.id > max(beyond, earliest_id(after)),
            columns.id < earliest_id(until + _MILLISECOND),
            columns.workspace_id == workspace_id,
            columns.received_at > after,
            columns.received_at <= until,
        )
        .order_by(columns.id)
        .limit(limit)
    )
    return [_received(row) for row in connection.execute(statement)]


def read_accepted(
    connection: Connection, workspace_id: int, beyond: int, limit: int, door: str | None
) -> list[Received]:
    """Page through raw bodies in the order of acceptance; see ``ports.Store.accepted``."""
    columns = received.c
    statement = (
        select(received)
        .where(columns.place > beyond, columns.workspace_id == workspace_id)
        .order_by(columns.place)
        .limit(limit)
    )
    if door is not None:
        statement = statement.where(columns.door == door)
    return [_received(row) for row in connection.execute(statement)]


def bump_ledger(
    connection: Connection,
    fates: Mapping[LedgerKey, int],
    doors: Mapping[DoorKey, int],
    measures: Mapping[MeasureKey, int],
    lane: int,
) -> None:
    """Count records, as doors counted them and by what became of them, in a lane (L4).

    And what is measured besides.
    """
    counts = {(*key[:3], key[3].value): count for key, count in fates.items()}
    counts |= {(*key, DOOR_COUNT): count for key, count in doors.items()}
    counts |= {
        (*key[:3], f"{key[3].value} {key[4]}".rstrip()): count for key, count in measures.items()
    }
    _bump.run(
        connection,
        [
            (*key, lane, bucket_of(key[0], str(lane)), count)
            for key, count in sorted(counts.items())
        ],
    )


def read_ledger(connection: Connection, workspace_id: int) -> list[LedgerRow]:
    """Sum the lanes of a workspace's ledger, fate by fate."""
    rows = connection.execute(_counts(workspace_id).where(ledger.c.fate.in_(_FATES)))
    return [
        LedgerRow(
            workspace_id=row.workspace_id,
            source_id=row.source_id,
            hour=row.hour,
            fate=Fate(row.fate),
            count=int(row.records),
        )
        for row in rows
    ]


def read_hours(connection: Connection, workspace_id: int, since: int) -> list[HourRow]:
    """Sum all that the ledger of a workspace counted since an hour, over its sources."""
    # By source, for the key has the hour after it; by names that PostgreSQL's planner sees.
    own = connection.execute(select(sources.c.id).where(sources.c.workspace_id == workspace_id))
    statement = (
        select(ledger.c.hour, ledger.c.fate, func.sum(ledger.c["count"]).label("counted"))
        .where(
            ledger.c.workspace_id == workspace_id,
            ledger.c.source_id.in_([NO_SOURCE, *own.scalars()]),
            ledger.c.hour >= since,
        )
        .group_by(ledger.c.hour, ledger.c.fate)
        .order_by(ledger.c.hour, ledger.c.fate)
    )
    rows = []
    for row in connection.execute(statement):
        what, _, endpoint = row.fate.partition(" ")
        rows.append(HourRow(row.hour, _COUNTED[what], endpoint, int(row.counted)))
    return rows


def read_door_counts(connection: Connection, workspace_id: int) -> dict[DoorKey, int]:
    """Sum the lanes of a workspace's ledger, as its doors counted."""
    rows = connection.execute(_counts(workspace_id).where(ledger.c.fate == DOOR_COUNT))
    return {(row.workspace_id, row.source_id, row.hour): int(row.records) for row in rows}


def read_books(connection: Connection, workspace_id: int, after: Instant) -> Books:
    """Read both sides of the ledger as they are at one moment."""
    if is_postgres(connection):
        # On SQLite a transaction reads of one moment anyway.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    rows = read_ledger(connection, workspace_id)
    kept, erased = _kept_counts(connection, workspace_id, after)
    return Books(
        doors=read_door_counts(connection, workspace_id),
        fates={(row.workspace_id, row.source_id, row.hour, row.fate): row.count for row in rows},
        kept=kept,
        erased=erased,
    )


def _kept_counts(
    connection: Connection, workspace_id: int, after: Instant
) -> tuple[dict[DoorKey, int], dict[DoorKey, int]]:
    """Add up the records of raw bodies, and those that were taken out of them."""
    hour = received.c.received_at.op("/")(constant(HOUR)).label("hour")
    rows = connection.execute(
        select(
            received.c.source_id,
            hour,
            func.sum(received.c.records).label("records"),
            func.sum(received.c.erased).label("erased"),
        )
        .where(
            received.c.id > earliest_id(after),
            received.c.workspace_id == workspace_id,
            received.c.received_at > after,
            received.c.records > 0,
        )
        .group_by(received.c.source_id, hour)
    ).all()
    keys = [(workspace_id, row.source_id, int(row.hour)) for row in rows]
    kept = {key: int(row.records) for key, row in zip(keys, rows, strict=True)}
    erased = {key: int(row.erased) for key, row in zip(keys, rows, strict=True) if row.erased}
    return kept, erased


def keep_mapping(connection: Connection, digest: str, text: str) -> None:
    """Keep the text of a mapping file, unless it is kept."""
    _keep_mapping.run(connection, [(digest, text)])


def find_mapping(connection: Connection, digest: str) -> str | None:
    """Find the text of a mapping file."""
    query = select(mappings.c.text).where(mappings.c.digest == digest)
    return connection.execute(query).scalar()


def _counts(workspace_id: int) -> Query:
    key = (ledger.c.workspace_id, ledger.c.source_id, ledger.c.hour, ledger.c.fate)
    return (
        select(*key, func.sum(ledger.c["count"]).label("records"))
        .where(ledger.c.workspace_id == workspace_id)
        .group_by(*key)
        .order_by(*key)
    )


def _activity_row(line: Activity) -> tuple[Any, ...]:
    return (
        line.id,
        line.workspace_id,
        bucket_of(line.workspace_id, line.person_id or line.anonymous_id or line.id),
        line.message,
        line.message_id,
        line.type.value,
        line.name,
        line.person_id,
        line.anonymous_id,
        line.received_at,
        line.occurred_at,
        line.reason.value,
        line.data,
    )


def _received(row: Row[Any]) -> Received:
    return Received(
        id=row.id,
        workspace_id=row.workspace_id,
        source_id=row.source_id,
        door=row.door,
        deflated=row.body,
        received_at=Instant(row.received_at),
        records=row.records,
        mapping=row.mapping,
        erased=row.erased,
        read_as=row.read_as,
        place=row.place,
    )
