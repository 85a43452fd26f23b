"""Purging what has expired, in small steps that never hold up ingest (R2, storage 5.3).

Reads and merges leave out what has expired, so that a purge changes nothing that can be seen: it
only frees the room. On PostgreSQL whole days are dropped; what must go before its day does, and
everything on SQLite, is deleted some thousand rows at a time.
"""

from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Delete,
    FromClause,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    and_,
    delete,
    literal_column,
    select,
    text,
    true,
    tuple_,
)

from adapter.clock import DAY, HOUR, Instant
from adapter.ids import earliest_id
from adapter.rules.facts import OF_NOBODY
from adapter.store.object_tables import anonymous_relationships
from adapter.store.outbox_tables import attempts, deliveries
from adapter.store.partitions import days_of, partition_name
from adapter.store.sql import ON_CLUSTER, GivenRows, Query, Types, is_postgres, lies_beside
from adapter.store.tables import (
    PARTITIONED,
    anonymous_events,
    anonymous_ids,
    invite_events,
    message_keys,
    person_events,
    quarantine,
    received,
)
from adapter.sweepable import Expiring

_SLACK = DAY
"""Keys and anonymous ids outlive their events by a day, against clocks that differ."""

_WAIT_FOR_DAY = 20 * HOUR
"""Rows whose day is dropped whole may wait for it, but not past the 24 h of R2."""

_MILLISECOND = 1_000

_TABLES = {
    Expiring.ANONYMOUS_EVENTS: anonymous_events,
    Expiring.INVITE_EVENTS: invite_events,
    Expiring.QUARANTINE: quarantine,
    Expiring.RECEIVED: received,
    Expiring.MESSAGE_KEYS: message_keys,
    Expiring.ANONYMOUS_IDS: anonymous_ids,
    Expiring.ANONYMOUS_RELATIONSHIPS: anonymous_relationships,
}

_IS_SETTLED = deliveries.c.settled_at.is_not(None)
_DELIVERY: Types = {"id": Text(), "workspace_id": BigInteger(), "bucket": SmallInteger()}


def _tries_of(given: FromClause) -> Delete:
    key = tuple_(attempts.c.delivery_id, attempts.c.workspace_id, attempts.c.bucket)
    return delete(attempts).where(key.in_(select(*(given.c[name] for name in _DELIVERY))))


def _settled(given: FromClause) -> Delete:
    """Delete deliveries that are settled still: whoever retries one makes it pending again."""
    key = tuple_(*(deliveries.c[name] for name in _DELIVERY))
    named = select(*(given.c[name] for name in _DELIVERY))
    return delete(deliveries).where(key.in_(named), _IS_SETTLED)


def _settled_in_file(given: FromClause) -> Delete:
    """Do the same on SQLite, which would look for such a key by its workspace alone."""
    same = and_(*(deliveries.c[name] == given.c[name] for name in _DELIVERY))
    named: Query = select(literal_column("deliveries.rowid")).select_from(
        given.join(deliveries, same)
    )
    return delete(deliveries).where(literal_column("rowid").in_(named), _IS_SETTLED)


_delete_attempts = GivenRows(_DELIVERY, _tries_of)
_delete_deliveries = GivenRows(_DELIVERY, _settled)
_delete_deliveries_in_file = GivenRows(_DELIVERY, _settled_in_file)

_IMPATIENT = text("SET LOCAL lock_timeout = '500ms'")
"""Whoever waits for the lock on a table holds up everybody behind it: rather try again later."""

_FREE_SHARE = 4
"""SQLite gives pages back while more than one in so many is unused; ingest fills the others."""


def delete_expired(
    connection: Connection,
    table: Expiring,
    workspace_id: int,
    cutoff: Instant,
    *,
    since: Instant,
    limit: int,
) -> int:
    """Delete rows of a workspace that were received by an instant; see ``ports.Store.sweep``."""
    if is_postgres(connection):
        connection.execute(_IMPATIENT)
    if table is Expiring.DELIVERIES:
        return _delete_settled(connection, workspace_id, cutoff, limit)
    rows = _TABLES[table]
    if is_postgres(connection) and rows in PARTITIONED:
        cutoff = Instant(cutoff - _WAIT_FOR_DAY)
    if table is Expiring.MESSAGE_KEYS and connection.info.get(ON_CLUSTER):
        return _delete_keys_apart(connection, _expired_keys(workspace_id, cutoff, since), limit)
    doomed = _doomed(table, workspace_id, cutoff, since)
    key = tuple(rows.primary_key.columns)
    picked = select(*key).where(*doomed).limit(limit)
    # The conditions stand outside as well: there they are judged again once a lock was waited for.
    statement = delete(rows).where(tuple_(*key).in_(picked), *doomed).returning(key[0])
    return len(connection.execute(statement).all())


def _delete_settled(connection: Connection, workspace_id: int, cutoff: Instant, limit: int) -> int:
    """Delete deliveries that were settled by an instant, and their tries.

    Their ids tell when what caused them was accepted, which is earlier still.
    """
    column = deliveries.c
    picked = connection.execute(
        select(column.id, column.bucket)
        .where(
            column.workspace_id == workspace_id,
            column.id < earliest_id(cutoff + _MILLISECOND),
            column.settled_at <= cutoff,
        )
        .order_by(column.id)
        .limit(limit)
    ).all()
    given = [(row.id, workspace_id, row.bucket) for row in picked]
    settled = _delete_deliveries if is_postgres(connection) else _delete_deliveries_in_file
    for statement in (_delete_attempts, settled):
        statement.run(connection, given)
    return len(picked)


def drop_days(connection: Connection, until: Instant) -> int:
    """Drop the days that ended by an instant, on PostgreSQL; tell how many."""
    if not is_postgres(connection):
        return 0
    connection.execute(_IMPATIENT)
    dropped = 0
    for table in PARTITIONED:
        for day in days_of(connection, table.name):
            if (day + 1) * DAY <= until:
                connection.exec_driver_sql(f"DROP TABLE {partition_name(table.name, day)}")
                dropped += 1
    return dropped


def oldest_row(connection: Connection, table: Expiring, workspace_id: int) -> Instant | None:
    """Tell when the oldest row that is left of a workspace was received."""
    rows = _TABLES[table]
    query = select(rows.c.received_at).where(rows.c.workspace_id == workspace_id)
    at = connection.execute(query.order_by(rows.c.id).limit(1)).scalar()
    return None if at is None else Instant(at)


def give_back_pages(connection: Connection, pages: int) -> bool:
    """Shrink a SQLite file that was made to shrink; tell whether to go on."""
    if is_postgres(connection) or not _has_much_unused(connection):
        return False
    # It frees a page with each row that is asked for, though its rows have no columns: so that
    # SQLAlchemy would not ask.
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA incremental_vacuum({pages:d})")
    cursor.fetchall()
    cursor.close()
    return _has_much_unused(connection)


def _has_much_unused(connection: Connection) -> bool:
    def ask(what: str) -> int:
        return int(connection.exec_driver_sql(f"PRAGMA {what}").scalar_one())

    shrinks = ask("auto_vacuum") > 0
    return shrinks and ask("freelist_count") * _FREE_SHARE > ask("page_count")


def _doomed(
    table: Expiring, workspace_id: int, cutoff: Instant, since: Instant
) -> Iterable[ColumnElement[bool]]:
    """Tell which rows go."""
    rows: Table = _TABLES[table]
    column = rows.c
    own = column.workspace_id == workspace_id
    match table:
        case Expiring.ANONYMOUS_RELATIONSHIPS:
            return (own, column.updated_at <= cutoff)
        case Expiring.ANONYMOUS_IDS:
            unclaimed = column.person_id.is_(None) & column.pending_person_id.is_(None)
            return (own, unclaimed, column.last_seen <= cutoff - _SLACK)
        case Expiring.MESSAGE_KEYS:
            became_a_persons = (
                select(person_events.c.id)
                .where(
                    person_events.c.workspace_id == column.workspace_id,
                    person_events.c.id == column.record,
                )
                .exists()
            )
            return (*_expired_keys(workspace_id, cutoff, since), ~became_a_persons)
        case Expiring.RECEIVED:
            until = earliest_id(cutoff + _MILLISECOND)
            return (own, column.id < until, column.received_at <= cutoff)
        case _:
            return (own, column.received_at <= cutoff)


def _expired_keys(
    workspace_id: int, cutoff: Instant, since: Instant
) -> tuple[ColumnElement[bool], ...]:
    """Tell which keys of records that were nobody's at first are old enough."""
    column = message_keys.c
    return (
        column.workspace_id == workspace_id,
        # Named by the clock: what an earlier sweep has judged is not looked at again.
        column.record >= earliest_id(since - _SLACK),
        column.record < earliest_id(cutoff - _SLACK + _MILLISECOND),
        column.received_at <= cutoff - _SLACK,
        column.home.in_(sorted(OF_NOBODY)),
    )


def _persons(given: FromClause) -> Query:
    event = person_events.c
    same = (event.workspace_id == given.c.workspace_id) & (event.id == given.c.record)
    return select(event.id).select_from(given).join(person_events, same)


def _delete_given_keys(given: FromClause) -> Delete:
    same = (message_keys.c.key == given.c.key) & lies_beside(given, message_keys.c.bucket)
    return delete(message_keys).where(same)


_RECORD: Types = {"workspace_id": BigInteger(), "record": Text()}
_read_persons = GivenRows(_RECORD, _persons)
_delete_keys = GivenRows({"key": LargeBinary(), "bucket": SmallInteger()}, _delete_given_keys)


def _delete_keys_apart(
    connection: Connection, expired: tuple[ColumnElement[bool], ...], limit: int
) -> int:
    """Delete keys on a cluster, where they lie apart from people's events: no statement sees both.

    What is as old as this is not merged any more, so nothing changes between the statements.
    """
    column = message_keys.c
    place = tuple_(column.record, column.key)
    deleted = 0
    beyond: ColumnElement[bool] = true()
    while deleted < limit:
        picked = connection.execute(
            select(column.record, column.key, column.bucket, column.workspace_id)
            .where(*expired, beyond)
            .order_by(column.record, column.key)
            .limit(limit - deleted)
        ).all()
        if not picked:
            break
        kept = {
            row.id
            for row in _read_persons.run(
                connection, [(row.workspace_id, row.record) for row in picked]
            )
        }
        gone = [(row.key, row.bucket) for row in picked if row.record not in kept]
        _delete_keys.run(connection, gone)
        deleted += len(gone)
        beyond = place > tuple_(*picked[-1][:2])
    return deleted
