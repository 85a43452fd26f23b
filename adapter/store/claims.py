"""Claiming deliveries for a while, and settling them: the outbox's moving parts (L5).

What a delivery is, told by its columns::

    state      due_at   leased_until   it is
    pending    past     past           due: it may be claimed
    pending    past     to come        being tried by somebody, or by somebody who died
    pending    to come  past           waiting for its next try
    delivered                          done
    dead                               given up: a dead letter, with its reason
    cancelled                          withdrawn before it was sent

No lock is held while a request is under way: the lease says who has the delivery. A claim takes
rows of one endpoint, which lie in one bucket, and passes over those that another claim is taking.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    Row,
    SmallInteger,
    Text,
    Update,
    bindparam,
    null,
    select,
    update,
)

from adapter.clock import Instant
from adapter.ids import bucket_of
from adapter.model.deliveries import MOST_ATTEMPTS, DeliveryState, EndpointKey
from adapter.model.reasons import Reason
from adapter.outbox import Wanted
from adapter.store.outbox_tables import IS_PENDING, deliveries
from adapter.store.sql import ON_CLUSTER, GivenRows, Query, Rows, Types, constant, lies_beside

_columns = deliveries.c

_is_of_endpoint = (
    (_columns.bucket == bindparam("of_bucket"))
    & (_columns.endpoint == bindparam("of_endpoint"))
    & (_columns.workspace_id == bindparam("of_workspace"))
    & IS_PENDING
)
_is_due = (_columns.due_at <= bindparam("now")) & (_columns.leased_until <= bindparam("now"))

# The head of a queue in order stands for the whole of it: who claims waits for who is claiming.
_head = select(_columns.id).where(_is_of_endpoint).order_by(_columns.id).limit(1).with_for_update()
_queue = (
    select(_columns.id, _columns.due_at, _columns.leased_until)
    .where(_is_of_endpoint)
    .order_by(_columns.id)
    .limit(bindparam("most"))
)


def _leased(statement: Update) -> Update:
    return statement.values(leased_until=bindparam("until"), attempt=_columns.attempt + 1)


def _claim_any() -> Any:
    """Claim whatever is due longest.

    Picked in a part of its own: as a plain subquery it may be run again for every row. The
    predicate is repeated, for a row may have changed before its lock was granted.
    """
    picked = (
        select(_columns.id)
        .where(_is_of_endpoint & _is_due)
        .order_by(_columns.due_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("picked")
    )
    claim = update(deliveries).where(
        _is_of_endpoint & _is_due & (_columns.id.in_(select(picked.c.id)))
    )
    return _leased(claim).returning(*deliveries.c)


_claim_due = _claim_any()
_claim_named = _leased(
    update(deliveries).where(_is_of_endpoint & _columns.id.in_(bindparam("named", expanding=True)))
).returning(*deliveries.c)

_ENDPOINT: Types = {"endpoint": Text(), "workspace_id": BigInteger(), "bucket": SmallInteger()}
_SETTLED: Types = {
    "id": Text(),
    "workspace_id": BigInteger(),
    "bucket": SmallInteger(),
    "leased_until": BigInteger(),
    "attempt": BigInteger(),
    "state": Text(),
    "reason": Text(),
    "due_at": BigInteger(),
    "settled_at": BigInteger(),
}
_NAMED: Types = {"id": Text(), "workspace_id": BigInteger(), "bucket": SmallInteger()}


def _of_given_endpoint(given: FromClause) -> Any:
    return (
        (_columns.endpoint == given.c.endpoint)
        & (_columns.workspace_id == given.c.workspace_id)
        & lies_beside(given, _columns.bucket)
        & IS_PENDING
    )


def _find_due(given: FromClause) -> Query:
    due = select(_columns.id).where(_of_given_endpoint(given) & _is_due).exists()
    return select(given.c.workspace_id, given.c.endpoint).select_from(given).where(due)


def _is_given(given: FromClause) -> Any:
    return (
        (_columns.id == given.c.id)
        & (_columns.workspace_id == given.c.workspace_id)
        & lies_beside(given, _columns.bucket)
    )


def _settle(given: FromClause) -> Update:
    """Settle what is still leased: a lease that ran out may be somebody else's by now."""
    mine = (
        _is_given(given)
        & IS_PENDING
        & (_columns.leased_until == given.c.leased_until)
        & (_columns.attempt == given.c.attempt)
    )
    return (
        update(deliveries)
        .where(mine)
        .values(
            state=given.c.state,
            reason=given.c.reason,
            due_at=given.c.due_at,
            leased_until=constant(0),
            settled_at=given.c.settled_at,
        )
        .returning(_columns.id)
    )


def _revive(given: FromClause) -> Update:
    settled = _columns.state.in_(
        [constant(state.value) for state in (DeliveryState.PENDING, DeliveryState.DEAD)]
    )
    return (
        update(deliveries)
        .where(_is_given(given) & settled)
        .values(
            state=constant(DeliveryState.PENDING.value),
            due_at=bindparam("now"),
            expires_at=bindparam("until"),
            last_attempt=_columns.attempt + constant(MOST_ATTEMPTS),
            settled_at=null(),
        )
    )


_find_due_given = GivenRows(_ENDPOINT, _find_due)
_settle_given = GivenRows(_SETTLED, _settle)
_revive_given = GivenRows(_NAMED, _revive)

_expire = (
    update(deliveries)
    .where(IS_PENDING & (_columns.expires_at <= bindparam("now")) & _is_due)
    .values(
        state=constant(DeliveryState.DEAD.value),
        reason=constant(Reason.DELIVERY_EXPIRED.value),
        settled_at=bindparam("now"),
    )
    .returning(_columns.id)
)


def find_due(
    connection: Connection, endpoints: Sequence[EndpointKey], now: Instant
) -> list[EndpointKey]:
    """Tell which endpoints have deliveries to claim."""
    given = [
        (endpoint, workspace_id, bucket_of(workspace_id, endpoint))
        for workspace_id, endpoint in endpoints
    ]
    rows = [
        row
        for group in _askable(connection, given)
        for row in _find_due_given.run(connection, group, now=now)
    ]
    return [(row.workspace_id, row.endpoint) for row in rows]


def _askable(connection: Connection, given: Rows) -> Iterable[Rows]:
    """Group endpoints by what one statement may ask for: on a cluster, those of one bucket."""
    if not connection.info.get(ON_CLUSTER):
        return [given]
    by_bucket: dict[int, list[tuple[Any, ...]]] = {}
    for row in given:
        by_bucket.setdefault(row[2], []).append(row)
    return by_bucket.values()


def claim(connection: Connection, wanted: Wanted, now: Instant) -> Sequence[Row[Any]]:
    """Lease deliveries of one endpoint.

    Of a queue in order nothing is claimed while its head is being tried or waits.
    """
    workspace_id, endpoint = wanted.key
    of = {
        "of_workspace": workspace_id,
        "of_endpoint": endpoint,
        "of_bucket": bucket_of(workspace_id, endpoint),
    }
    if not wanted.ordered:
        given = {**of, "now": now, "until": wanted.until, "most": wanted.limit}
        rows = connection.execute(_claim_due, given)
        return sorted(rows, key=lambda row: (row.due_at, row.id))
    connection.execute(_head, of).all()
    named = []
    for row in connection.execute(_queue, {**of, "most": wanted.limit}):
        if row.due_at > now or row.leased_until > now:
            break
        named.append(row.id)
    if not named:
        return ()
    rows = connection.execute(_claim_named, {**of, "until": wanted.until, "named": named})
    return sorted(rows, key=lambda row: row.id)


def settle(connection: Connection, rows: Rows) -> set[str]:
    """Write what became of claimed deliveries, and give the ids of those that still were.

    Args:
        connection: inside a transaction that writes.
        rows: as ``_SETTLED`` has them.
    """
    return {row.id for row in _settle_given.run(connection, rows)}


def revive(connection: Connection, keys: Rows, *, now: Instant, until: Instant) -> None:
    """Make dead deliveries due again, with all their tries; keys as ``_NAMED`` has them."""
    _revive_given.run(connection, keys, now=now, until=until)


def expire(connection: Connection, now: Instant) -> int:
    """Give up what is past its time; tell how many."""
    return len(connection.execute(_expire, {"now": now}).all())
