"""The quarantine in SQL: records that cannot be applied, kept until they can (L3)."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, select

from adapter.clock import Instant
from adapter.ids import bucket_of
from adapter.model.messages import Unapplicable
from adapter.ports import QuarantineRow
from adapter.rules.decision import Release
from adapter.store.sql import BulkWrite
from adapter.store.tables import quarantine

_write = BulkWrite(quarantine)

_columns = quarantine.c
_is_named = and_(
    _columns.workspace_id == bindparam("given_workspace"),
    _columns.id == bindparam("given_id"),
    _columns.bucket == bindparam("given_bucket"),
)
_named = select(quarantine).where(_is_named)
_release = delete(quarantine).where(_is_named)


def write_quarantine(connection: Connection, messages: Iterable[Unapplicable]) -> None:
    """Keep what cannot be applied."""
    _write.run(
        connection,
        [
            (
                message.id,
                message.workspace_id,
                bucket_of(message.workspace_id, message.id),
                message.source_id,
                message.received_id,
                message.index,
                message.message_id,
                message.received_at,
                message.reason.value,
                message.pointer,
                message.text,
                message.raw,
                message.refused,
                message.part,
            )
            for message in messages
        ],
    )


def release(connection: Connection, releases: Iterable[Release]) -> None:
    """Let records out of quarantine."""
    named = [_name(each.workspace_id, each.id) for each in releases]
    if named:
        connection.execute(_release, named)


def read_quarantine(
    connection: Connection,
    workspace_id: int,
    *,
    after: Instant,
    before: str,
    limit: int,
    reason: str | None,
) -> list[QuarantineRow]:
    """Page through the quarantine, newest first."""
    statement = (
        select(quarantine)
        .where(_columns.workspace_id == workspace_id, _columns.received_at > after)
        .order_by(_columns.id.desc())
        .limit(limit)
    )
    if before:
        statement = statement.where(_columns.id < before)
    if reason is not None:
        statement = statement.where(_columns.reason == reason)
    return [_quarantine_row(row) for row in connection.execute(statement)]


def find_quarantined(
    connection: Connection, workspace_id: int, record: str, *, lock: bool = False
) -> QuarantineRow | None:
    """Find one record, held against every other retry until the transaction ends.

    SQLite needs no lock of its own: whoever writes has the file.
    """
    statement = _named.with_for_update() if lock else _named
    row = connection.execute(statement, _name(workspace_id, record)).first()
    return None if row is None else _quarantine_row(row)


def _name(workspace_id: int, record: str) -> dict[str, object]:
    return {
        "given_workspace": workspace_id,
        "given_id": record,
        "given_bucket": bucket_of(workspace_id, record),
    }


def _quarantine_row(row: Row[Any]) -> QuarantineRow:
    return QuarantineRow(
        id=row.id,
        workspace_id=row.workspace_id,
        source_id=row.source_id,
        received_id=row.received_id,
        message_id=row.message_id,
        index=row.position,
        part=row.part,
        received_at=Instant(row.received_at),
        reason=row.reason,
        pointer=row.pointer,
        text=row.text,
        raw=row.raw,
        refused=row.refused,
    )
