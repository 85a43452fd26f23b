"""Erasing in SQL: what somebody is known by, and removing all that is their own (P6, R4)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Delete,
    FromClause,
    SmallInteger,
    Table,
    Text,
    Update,
    bindparam,
    delete,
    select,
    tuple_,
    update,
)

from adapter.ids import bucket_of
from adapter.model.activities import Activity
from adapter.model.people import IdentifierKind, PersonRef
from adapter.rules.decision import Erasure
from adapter.rules.erasure import erased_line
from adapter.rules.facts import UNTOLD, AnonymousIdFact, AnonymousKey, Home
from adapter.rules.mentions import Named, Traces
from adapter.store.locks import find_anonymous_ids, find_owners, held_ids
from adapter.store.object_tables import anonymous_relationships
from adapter.store.outbox_tables import attempts, deliveries, triggers
from adapter.store.sql import GivenRows, Query, Types, constant, lies_beside
from adapter.store.tables import (
    activities,
    anonymous_events,
    anonymous_ids,
    identifiers,
    message_keys,
    person_events,
)
from adapter.store.tombstones import Mark, of_anonymous_id, write_tombstones
from adapter.store.workspaces import read_secrets

_PERSON: Types = {"person_id": Text(), "workspace_id": BigInteger(), "bucket": SmallInteger()}
_ID: Types = {
    "anonymous_id": Text(),
    "workspace_id": BigInteger(),
    "bucket": SmallInteger(),
    "ref": BigInteger(),
}
_RECORD: Types = {"record": Text(), "workspace_id": BigInteger(), "bucket": SmallInteger()}

_RECORD_ENDS, _ITS_DELIVERIES_END = "-", "."
"""A delivery's id is that of its record, a hyphen and more (``rules.triggers.delivery_id``)."""

_AFTER_ITS_LINES = "g"
"""What a record causes is numbered in the last byte of its id (``ids.derived_id``)."""

_MOST_NAMED = 500


def _is_persons(table: Table, given: FromClause) -> ColumnElement[bool]:
    person_id, bucket = table.c.person_id, table.c.bucket
    same = (person_id == given.c.person_id) & (table.c.workspace_id == given.c.workspace_id)
    return same & lies_beside(given, bucket) & person_id.is_not(None)


def _is_strangers(table: Table, given: FromClause) -> ColumnElement[bool]:
    """Tell which rows are of an anonymous id, and of no person."""
    named = table.c.anonymous_id == given.c.anonymous_id
    if table is anonymous_events:
        named &= table.c.anonymous_ref == given.c.ref
    if table is activities:
        named &= table.c.person_id.is_(None) & table.c.anonymous_id.is_not(None)
    return named & (table.c.workspace_id == given.c.workspace_id)


def _events_of_people(given: FromClause) -> Query:
    event = person_events.c
    source = given.join(person_events, _is_persons(person_events, given))
    return select(event.id, event.received_id, event.position).select_from(source)


def _events_of_strangers(given: FromClause) -> Query:
    event = anonymous_events.c
    source = given.join(anonymous_events, _is_strangers(anonymous_events, given))
    return select(event.id, event.received_id, event.position).select_from(source)


def _lines_of_people(given: FromClause) -> Query:
    source = given.join(activities, _is_persons(activities, given))
    return select(activities.c.message).select_from(source)


def _lines_of_strangers(given: FromClause) -> Query:
    source = given.join(activities, _is_strangers(activities, given))
    return select(activities.c.message).select_from(source)


def _identifiers_of(given: FromClause) -> Query:
    columns = identifiers.c
    same = (columns.person_id == given.c.person_id) & columns.person_id.is_not(None)
    source = given.join(identifiers, same & (columns.workspace_id == given.c.workspace_id))
    return select(columns.kind, columns.value).select_from(source)


def _forget_contents(given: FromClause) -> Update:
    """Let the keys of records tell no more than that there was one: not even a hash of it."""
    named = select(given.c.record, given.c.workspace_id)
    return (
        update(message_keys)
        .where(tuple_(message_keys.c.record, message_keys.c.workspace_id).in_(named))
        .values(home=constant(Home.DELETED.value), content=bindparam("untold"))
    )


def _remove_of_strangers(table: Table) -> GivenRows:
    """Remove the rows of anonymous ids from a table."""
    key = tuple(table.primary_key.columns)

    def build(given: FromClause) -> Delete:
        source = given.join(table, _is_strangers(table, given))
        return delete(table).where(tuple_(*key).in_(select(*key).select_from(source)))

    return GivenRows(_ID, build)


def _remove_ids(given: FromClause) -> Delete:
    key = (anonymous_ids.c.anonymous_id, anonymous_ids.c.workspace_id, anonymous_ids.c.bucket)
    named = select(given.c.anonymous_id, given.c.workspace_id, given.c.bucket)
    return delete(anonymous_ids).where(tuple_(*key).in_(named))


def _deliveries_of(given: FromClause) -> Query:
    its_own = (
        (deliveries.c.workspace_id == given.c.workspace_id)
        & (deliveries.c.id > given.c.record + constant(_RECORD_ENDS))
        & (deliveries.c.id < given.c.record + constant(_ITS_DELIVERIES_END))
    )
    return select(deliveries.c.id).select_from(given.join(deliveries, its_own))


def _remove_lines(given: FromClause) -> Delete:
    """Remove the lines of the log that stand for records, or that those caused."""
    key = tuple(activities.primary_key.columns)
    line = activities.c
    caused = (
        (line.workspace_id == given.c.workspace_id)
        & (line.id > given.c.record)
        & (line.id < given.c.beyond)
        & (line.message == given.c.record)
    )
    named = select(*key).select_from(given.join(activities, caused))
    return delete(activities).where(tuple_(*key).in_(named))


def _remove_triggers(given: FromClause) -> Delete:
    key = (triggers.c.record, triggers.c.workspace_id, triggers.c.bucket)
    named = select(given.c.record, given.c.workspace_id, given.c.bucket)
    return delete(triggers).where(tuple_(*key).in_(named))


_read_events = (GivenRows(_PERSON, _events_of_people), GivenRows(_ID, _events_of_strangers))
_read_lines = (GivenRows(_PERSON, _lines_of_people), GivenRows(_ID, _lines_of_strangers))
_read_identifiers = GivenRows(_PERSON, _identifiers_of)
_forget_contents_given = GivenRows(_RECORD, _forget_contents)
_deliveries_of_given = GivenRows(_RECORD, _deliveries_of)
_remove_lines_given = GivenRows({**_RECORD, "beyond": Text()}, _remove_lines)
_remove_triggers_given = GivenRows(_RECORD, _remove_triggers)
_strangers_removals = (
    *map(_remove_of_strangers, (anonymous_events, activities, anonymous_relationships)),
    GivenRows(_ID, _remove_ids),
)


def find_traces(connection: Connection, workspace_id: int, named: Named) -> Traces:
    """Tell what somebody is known by, from some of it."""
    keys = [(workspace_id, name) for name in named.anonymous_ids]
    facts = find_anonymous_ids(connection, keys)
    people = set(find_owners(connection, [(workspace_id, ref) for ref in named.refs]).values())
    for fact in facts.values():
        people |= {one for one in (fact.person_id, fact.pending_person_id) if one is not None}
    for person_id in people:
        facts |= {
            (workspace_id, name): fact
            for name, fact in held_ids(connection, workspace_id, person_id)
        }
    persons = _person_rows(workspace_id, people)
    events = [
        *_read_events[0].run(connection, persons),
        *_read_events[1].run(connection, _id_rows(facts)),
    ]
    refs = {PersonRef(IdentifierKind.CIO_ID, person_id) for person_id in people}
    refs |= {
        PersonRef(IdentifierKind(row.kind), row.value)
        for row in _read_identifiers.run(connection, persons)
    }
    return Traces(
        workspace_id=workspace_id,
        people=frozenset(people),
        named=Named(
            refs=named.refs | refs,
            anonymous_ids=named.anonymous_ids | {name for _, name in facts},
        ),
        records=frozenset((row.received_id, row.position) for row in events),
    )


def apply_erasures(connection: Connection, erasures: Sequence[Erasure]) -> Iterator[Activity]:
    """Remove what is strangers', let the keys of all records forget, and give the lines to log.

    People themselves go after this, by their departures.
    """
    for erasure in erasures:
        owner = erasure.workspace_id
        persons = _person_rows(owner, erasure.people)
        ids = _id_rows(
            {(owner, name): AnonymousIdFact(ref=ref) for name, ref in erasure.anonymous_ids.items()}
        )
        strangers = [row.id for row in _read_events[1].run(connection, ids)]
        events = [row.id for row in _read_events[0].run(connection, persons)] + strangers
        lines = [
            row.message
            for step, given in zip(_read_lines, (persons, ids), strict=True)
            for row in step.run(connection, given)
        ]
        _forget(connection, owner, {*events, *filter(None, lines)})
        remove_sent(connection, owner, strangers)
        for step in _strangers_removals:
            step.run(connection, ids)
        _use_up(connection, erasure)
        activity = erased_line(erasure, events=len(events), lines=len(lines))
        if activity is not None:
            yield activity


def remove_records(connection: Connection, workspace_id: int, records: Sequence[str]) -> None:
    """Remove all that came of records that were stored as nobody's."""
    _forget(connection, workspace_id, records)
    remove_sent(connection, workspace_id, records)
    given = [
        (*row, f"{row[0][:-2]}{_AFTER_ITS_LINES}") for row in _record_rows(workspace_id, records)
    ]
    _remove_lines_given.run(connection, given)


def remove_sent(connection: Connection, workspace_id: int, records: Iterable[str]) -> None:
    """Remove what was to be sent because of records, and that it was."""
    given = _record_rows(workspace_id, records)
    found = [row.id for row in _deliveries_of_given.run(connection, given)]
    remove_deliveries(connection, workspace_id, found)
    _remove_triggers_given.run(connection, given)


def remove_deliveries(connection: Connection, workspace_id: int, ids: Sequence[str]) -> None:
    """Remove deliveries, and every try of them."""
    for column in (attempts.c.delivery_id, deliveries.c.id):
        table = column.table
        for start in range(0, len(ids), _MOST_NAMED):
            some = ids[start : start + _MOST_NAMED]
            connection.execute(
                delete(table).where(table.c.workspace_id == workspace_id, column.in_(some))
            )


def _forget(connection: Connection, workspace_id: int, records: Iterable[str]) -> None:
    given = _record_rows(workspace_id, records)
    _forget_contents_given.run(connection, given, untold=UNTOLD)


def _use_up(connection: Connection, erasure: Erasure) -> None:
    marks: dict[Mark, str | None] = {
        of_anonymous_id((erasure.workspace_id, name)): None for name in erasure.anonymous_ids
    }
    write_tombstones(connection, marks, read_secrets(connection, {erasure.workspace_id}))


def _person_rows(workspace_id: int, people: Iterable[str]) -> list[tuple[Any, ...]]:
    return [(one, workspace_id, bucket_of(workspace_id, one)) for one in sorted(people)]


def _id_rows(facts: dict[AnonymousKey, AnonymousIdFact]) -> list[tuple[Any, ...]]:
    return [(key[1], key[0], bucket_of(*key), fact.ref) for key, fact in sorted(facts.items())]


def _record_rows(workspace_id: int, records: Iterable[str]) -> list[tuple[Any, ...]]:
    return [(one, workspace_id, bucket_of(workspace_id, one)) for one in sorted(set(records))]
