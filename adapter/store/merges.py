"""Assigning anonymous ids, and moving what waits to its person (M1, M2, A1).

The move is a statement of its own, after the lock on the anonymous id was granted: in one statement
with the lock it would not see the events that the lock's former holder stored (design 4).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Delete,
    FromClause,
    Insert,
    SmallInteger,
    Text,
    Update,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    null,
    select,
    true,
    update,
)

from adapter.clock import unix_seconds
from adapter.ids import bucket_of
from adapter.jsonvalue import dumps
from adapter.model.activities import Activity
from adapter.model.reasons import Reason
from adapter.rules.decision import Assignment, Merge
from adapter.store.sql import GivenRows, Query, Types, constant, is_postgres, lies_beside
from adapter.store.tables import anonymous_events, anonymous_ids, person_events

_ASSIGNMENT: Types = {
    "anonymous_id": Text(),
    "workspace_id": BigInteger(),
    "bucket": SmallInteger(),
    "person_id": Text(),
    "at": BigInteger(),
}
_MERGE: Types = {
    "nth": BigInteger(),
    "ref": BigInteger(),
    "anonymous_id": Text(),
    "bucket": SmallInteger(),
    "received_after": BigInteger(),
    "received_until": BigInteger(),
    "trigger_since": BigInteger(),
    "otherwise": Text(),
    "processed_at": BigInteger(),
    "person_id": Text(),
    "person_bucket": SmallInteger(),
}
_OFF = Reason.TRIGGERS_OFF.value
_CARRIED = ("nth", "person_id", "person_bucket", "processed_at", "trigger_since", "otherwise")
_KEPT = tuple(
    column.name
    for column in person_events.c
    if column.name in anonymous_events.c and column.name != "bucket"
)
"""What a move leaves as it is (M9); the reason becomes ``merged``."""


def _is_given_id(given: FromClause) -> ColumnElement[bool]:
    return (
        (given.c.anonymous_id == anonymous_ids.c.anonymous_id)
        & (given.c.workspace_id == anonymous_ids.c.workspace_id)
        & lies_beside(given, anonymous_ids.c.bucket)
    )


def _assign(given: FromClause) -> Update:
    return (
        update(anonymous_ids)
        .where(_is_given_id(given))
        .values(
            person_id=given.c.person_id,
            assigned_at=given.c.at,
            pending_person_id=null(),
            pending_at=null(),
        )
    )


def _keep_pending(given: FromClause) -> Update:
    return (
        update(anonymous_ids)
        .where(_is_given_id(given))
        .values(pending_person_id=given.c.person_id, pending_at=given.c.at)
    )


def _is_covered(given: FromClause) -> ColumnElement[bool]:
    """Tell which events a merge moves.

    The widest span is repeated as parameters, which lets PostgreSQL leave whole days out. A ref may
    be used anew once its id was forgotten, so the id itself is compared as well.
    """
    event = anonymous_events.c
    return (
        (event.anonymous_ref == given.c.ref)
        & lies_beside(given, event.bucket)
        & (event.anonymous_id == given.c.anonymous_id)
        & (event.received_at > given.c.received_after)
        & (event.received_at <= given.c.received_until)
        & (event.received_at > bindparam("after_all"))
        & (event.received_at <= bindparam("until_all"))
    )


def _moved_columns(event: FromClause, merge: FromClause) -> dict[str, ColumnElement[Any]]:
    """Give the columns of a person's event, from an anonymous event and its merge."""
    kept = {name: event.c[name] for name in _KEPT}
    may_trigger = event.c.occurred_at >= merge.c.trigger_since
    return kept | {
        "bucket": merge.c.person_bucket,
        "reason": constant(Reason.MERGED.value),
        "former_reason": event.c.reason,
        "person_id": merge.c.person_id,
        "was_anonymous": true(),
        "processed_at": merge.c.processed_at,
        "trigger": case(
            # What was replayed without triggers never triggers, whoever claims it (C8).
            (event.c.notes.contains(constant(_OFF), autoescape=False), constant(_OFF)),
            (may_trigger, constant(Reason.MAY_TRIGGER.value)),
            else_=merge.c.otherwise,
        ),
    }


def _store_moved(source: FromClause, event: FromClause, merge: FromClause) -> Insert:
    columns = _moved_columns(event, merge)
    return insert(person_events).from_select(
        list(columns), select(*columns.values()).select_from(source)
    )


def _move(given: FromClause) -> Query:
    """Move in one statement, on PostgreSQL."""
    moved = (
        delete(anonymous_events)
        .where(_is_covered(given))
        .returning(
            *(anonymous_events.c[name] for name in _KEPT),
            *(given.c[name] for name in _CARRIED),
        )
        .cte("moved")
    )
    stored = _store_moved(moved, moved, moved).cte("stored")
    return _summary(moved, moved.c.nth, moved.c.occurred_at).add_cte(stored)


def _summary(source: FromClause, nth: ColumnElement[int], occurred_at: ColumnElement[int]) -> Query:
    return (
        select(nth, func.count().label("moved"), func.min(occurred_at).label("oldest"))
        .select_from(source)
        .group_by(nth)
    )


def _covered(given: FromClause) -> FromClause:
    return given.join(anonymous_events, _is_covered(given))


def _summarize(given: FromClause) -> Query:
    return _summary(_covered(given), given.c.nth, anonymous_events.c.occurred_at)


def _copy(given: FromClause) -> Insert:
    return _store_moved(_covered(given), anonymous_events, given)


def _remove(given: FromClause) -> Delete:
    rows: Query = select(literal_column("anonymous_events.rowid")).select_from(_covered(given))
    return delete(anonymous_events).where(literal_column("rowid").in_(rows))


_assign_given = GivenRows(_ASSIGNMENT, _assign)
_keep_given = GivenRows(_ASSIGNMENT, _keep_pending)
_move_given = GivenRows(_MERGE, _move)
_summarize_given = GivenRows(_MERGE, _summarize)
_copy_given = GivenRows(_MERGE, _copy)
_remove_given = GivenRows(_MERGE, _remove)


def write_assignments(connection: Connection, assignments: Iterable[Assignment]) -> None:
    """Write assignments, and claims that are pending, to the rows of their anonymous ids."""
    assigned: list[tuple[Any, ...]] = []
    pending: list[tuple[Any, ...]] = []
    for assignment in assignments:
        (pending if assignment.pending else assigned).append(_assignment_row(assignment))
    _assign_given.run(connection, assigned)
    _keep_given.run(connection, pending)


def apply_merges(connection: Connection, merges: Sequence[Merge]) -> Iterator[Activity]:
    """Move all events that the merges cover, and give the lines to log for them."""
    if not merges:
        return
    given = [_merge_row(nth, merge) for nth, merge in enumerate(merges)]
    spans = {
        "after_all": min(merge.received_after for merge in merges),
        "until_all": max(merge.received_until for merge in merges),
    }
    if is_postgres(connection):
        found = _move_given.run(connection, given, **spans)
    else:
        found = _summarize_given.run(connection, given, **spans)
        if found:
            _copy_given.run(connection, given, **spans)
            _remove_given.run(connection, given, **spans)
    moved = {row.nth: (row.moved, row.oldest) for row in found}
    for nth, merge in enumerate(merges):
        count, oldest = moved.get(nth, (0, None))
        if count + merge.count:
            yield _activity(merge, count, oldest)


def _activity(merge: Merge, moved: int, oldest: int | None) -> Activity:
    times = [at for at in (oldest, merge.oldest) if at is not None]
    data = {
        "count": merge.count + moved,
        "oldest": unix_seconds(min(times)),
        "anonymous_id": merge.key[1],
    }
    return replace(merge.activity, data=dumps(data))


def _assignment_row(assignment: Assignment) -> tuple[Any, ...]:
    workspace_id, anonymous_id = assignment.key
    bucket = bucket_of(workspace_id, anonymous_id)
    return (anonymous_id, workspace_id, bucket, assignment.person_id, assignment.at)


def _merge_row(nth: int, merge: Merge) -> tuple[Any, ...]:
    workspace_id, anonymous_id = merge.key
    return (
        nth,
        merge.ref,
        anonymous_id,
        bucket_of(workspace_id, anonymous_id),
        merge.received_after,
        merge.received_until,
        merge.trigger_since,
        merge.otherwise.value,
        merge.at,
        merge.person_id,
        bucket_of(workspace_id, merge.person_id),
    )
