"""Reading the log: a union of people's events, strangers' events, invites and its own lines.

Each branch is cut to the page by an index that begins with the workspace, the person or the
anonymous id and ends with our id, so a page costs the same however long the log is.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    cast,
    false,
    null,
    or_,
    select,
    union_all,
)

from adapter.clock import Instant
from adapter.ids import earliest_id, request_digits
from adapter.model.messages import EventKind
from adapter.ports import ActivityQuery, ActivityRow
from adapter.rules.facts import PersonKey
from adapter.store.keys import find_key
from adapter.store.people import read_people
from adapter.store.sql import Query
from adapter.store.tables import (
    activities,
    anonymous_events,
    anonymous_ids,
    invite_events,
    person_events,
)
from adapter.store.types import Micros, Number, Words

_KINDS = frozenset(kind.value for kind in EventKind)
_IDENTIFIED = "identified"
_ANONYMOUS = "anonymous"

# What a message causes is numbered in the last two digits of its id (``ids.derived_id``).
_CAUSED_DIGITS = 2
_ABOVE_ALL_DIGITS = "g"

_NO_TEXT = cast(null(), Words)
_NO_NUMBER = cast(null(), Number)
_NO_INSTANT = cast(null(), Micros)

_Where = list[ColumnElement[bool]]


def read_activities(connection: Connection, query: ActivityQuery) -> list[ActivityRow]:
    """Read one page of the log, newest first."""
    pages = [
        branch.order_by(branch.selected_columns.id.desc()).limit(query.limit).subquery()
        for branch in _branches(connection, query)
    ]
    if not pages:
        return []
    log = union_all(*(select(page) for page in pages)).subquery()
    newest = select(log).order_by(log.c.id.desc()).limit(query.limit)
    rows = connection.execute(newest).all()
    people = {(query.workspace_id, row.person_id) for row in rows if row.person_id is not None}
    names = _names(connection, people)
    return [_activity_row(row, names.get(row.person_id, {})) for row in rows]


def read_floor(connection: Connection, query: ActivityQuery, lines: int) -> str:
    """Give the id down to which each branch has at most so many lines; "" if all have fewer."""
    whole = replace(query, type=None, name=None, view=None, reason=None, source_id=None)
    ids = [
        select(branch.order_by(branch.selected_columns.id.desc()).offset(lines).limit(1).subquery())
        for branch in (
            page.with_only_columns(page.selected_columns.id)
            for page in _branches(connection, query, whole)
        )
    ]
    floors = connection.scalars(union_all(*ids)).all() if ids else []
    return max(floors, default="")


def _branches(
    connection: Connection, query: ActivityQuery, read: ActivityQuery | None = None
) -> Iterator[Query]:
    """Give the branches that may have lines for the query; reading less narrowly if so told."""
    read = read or query
    record = ""
    events = query.type is None or query.type in _KINDS
    if events and query.event_id is not None:
        known = find_key(connection, (query.workspace_id, query.event_id))
        events = known is not None
        record = known.record if known else ""
    if events and query.view != _ANONYMOUS:
        yield _person_events(read, record)
    if events and query.view != _IDENTIFIED and query.person_id is None:
        yield _anonymous_events(read, record)
        if query.anonymous_id is None:
            yield _invite_events(read, record)
    if query.type not in _KINDS and query.source_id is None:
        yield _own_lines(read)


def _person_events(query: ActivityQuery, record: str) -> Query:
    event = person_events.c
    return _events(
        person_events,
        [
            *_is_asked(person_events, query, record),
            *_equals((event.person_id, query.person_id), (event.anonymous_id, query.anonymous_id)),
        ],
        processed_at=event.processed_at,
        person_id=event.person_id,
        anonymous_id=event.anonymous_id,
        was_anonymous=event.was_anonymous,
        trigger=event.trigger,
    )


def _anonymous_events(query: ActivityQuery, record: str) -> Query:
    event = anonymous_events.c
    where = _is_asked_and_alive(anonymous_events, query, record)
    if query.anonymous_id is not None:
        ref = select(anonymous_ids.c.ref).where(
            anonymous_ids.c.anonymous_id == query.anonymous_id,
            anonymous_ids.c.workspace_id == query.workspace_id,
        )
        where += [
            event.anonymous_ref == ref.scalar_subquery(),
            event.anonymous_id == query.anonymous_id,
        ]
    return _events(anonymous_events, where, anonymous_id=event.anonymous_id)


def _invite_events(query: ActivityQuery, record: str) -> Query:
    where = _is_asked_and_alive(invite_events, query, record)
    return _events(invite_events, where, recipient=invite_events.c.recipient)


def _own_lines(query: ActivityQuery) -> Query:
    line = activities.c
    where = [
        _of_workspace(activities, query, query.event_id),
        *_between(activities, query),
        *_equals(
            (line.type, query.type),
            (line.name, query.name),
            (line.reason, query.reason),
            (line.person_id, query.person_id),
            (line.anonymous_id, query.anonymous_id),
            (line.message_id, query.event_id),
        ),
    ]
    if query.view is not None:
        known = line.person_id.is_not(None)
        where.append(known if query.view == _IDENTIFIED else ~known)
    if query.message is not None:
        where += [
            *_begins(activities, query.message[:-_CAUSED_DIGITS]),
            or_(line.message == query.message, line.id == query.message),
        ]
    return select(
        *_columns(
            activities,
            {
                "event_id": line.message_id,
                "type": line.type,
                "processed_at": line.received_at,
                "person_id": line.person_id,
                "anonymous_id": line.anonymous_id,
                "message": line.message,
            },
        )
    ).where(*where)


def _events(table: Table, where: _Where, **columns: ColumnElement[Any]) -> Query:
    event = table.c
    shown = {
        "event_id": event.message_id,
        "type": event.kind,
        "notes": event.notes,
        "message": event.id,
        "source_id": event.source_id,
        **columns,
    }
    return select(*_columns(table, shown)).where(*where)


def _columns(table: Table, shown: dict[str, ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Give every branch the same columns; what it does not have is empty."""
    absent: dict[str, ColumnElement[Any]] = {
        "processed_at": _NO_INSTANT,
        "person_id": _NO_TEXT,
        "anonymous_id": _NO_TEXT,
        "recipient": _NO_TEXT,
        "source_id": _NO_NUMBER,
        "was_anonymous": false(),
        "notes": _NO_TEXT,
        "trigger": _NO_TEXT,
    }
    same = {
        name: table.c[name]
        for name in ("id", "name", "occurred_at", "received_at", "reason", "data")
    }
    every = {**same, **absent, **shown}
    return [every[name].label(name) for name in sorted(every)]


def _is_asked(table: Table, query: ActivityQuery, record: str) -> _Where:
    """Tell which events the filters that all kinds of events share let pass.

    Args:
        table: one of the event tables.
        query: what is asked.
        record: a record that bears the event id asked for; its siblings are of the same request.
    """
    event = table.c
    where = [
        _of_workspace(table, query),
        *_between(table, query),
        *_equals(
            (event.kind, query.type),
            (event.name, query.name),
            (event.reason, query.reason),
            (event.source_id, query.source_id),
            (event.id, query.message),
        ),
    ]
    if query.event_id is not None:
        where += [
            event.message_id == query.event_id,
            *_begins(table, request_digits(record)),
        ]
    return where


def _of_workspace(
    table: Table, query: ActivityQuery, sender_id: str | None = None
) -> ColumnElement[bool]:
    """Tell which lines are the workspace's, so that a narrower index serves where there is one.

    The key, too, has lines in the order that is asked for: databases would rather walk it through
    all that others did than trust the index of a person. What is computed they cannot look up.
    """
    column: ColumnElement[int] = table.c.workspace_id
    narrower = (query.person_id, query.anonymous_id, sender_id)
    if any(asked is not None for asked in narrower):
        column += 0
    return column == query.workspace_id


def _is_asked_and_alive(table: Table, query: ActivityQuery, record: str) -> _Where:
    """Tell the same of unassociated events, those that have not expired (R1).

    The time is computed with, so that no database looks through all that is alive by its index. No
    event was received after its id was drawn (T2), so a walk down the key ends where life does.
    """
    if query.message is None and query.event_id is None:
        query = replace(query, beyond=max(query.beyond, earliest_id(query.alive_after)))
    return [*_is_asked(table, query, record), table.c.received_at + 0 > query.alive_after]


def _between(table: Table, query: ActivityQuery) -> _Where:
    newer = [table.c.id > query.beyond] if query.beyond else []
    return [*newer, table.c.id < query.before] if query.before else newer


def _begins(table: Table, prefix: str) -> _Where:
    return [table.c.id >= prefix, table.c.id < prefix + _ABOVE_ALL_DIGITS]


def _equals(*pairs: tuple[ColumnElement[Any], str | int | None]) -> _Where:
    return [column == asked for column, asked in pairs if asked is not None]


def _names(connection: Connection, keys: set[PersonKey]) -> dict[str | None, dict[str, str]]:
    """Give the identifiers to show for people; the cio_id even of one who is gone."""
    people = read_people(connection, keys)
    names: dict[str | None, dict[str, str]] = {}
    for key in keys:
        known = people[key].identifiers if key in people else {}
        names[key[1]] = {"cio_id": key[1]} | {kind.value: text for kind, text in known.items()}
    return names


def _activity_row(row: Row[Any], names: dict[str, str]) -> ActivityRow:
    processed_at = None if row.processed_at is None else Instant(row.processed_at)
    return ActivityRow(
        id=row.id,
        event_id=row.event_id,
        type=row.type,
        name=row.name,
        occurred_at=Instant(row.occurred_at),
        received_at=Instant(row.received_at),
        processed_at=processed_at,
        view=_ANONYMOUS if row.person_id is None else _IDENTIFIED,
        person_id=row.person_id,
        identifiers=names,
        anonymous_id=row.anonymous_id,
        recipient=row.recipient,
        was_anonymous=row.was_anonymous,
        reason=row.reason,
        notes=tuple(row.notes.split(",")) if row.notes else (),
        trigger=row.trigger,
        message=row.message,
        data=row.data,
        source_id=row.source_id,
    )
