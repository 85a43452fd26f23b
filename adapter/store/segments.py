"""Segments in SQL: standings read with the facts of a batch, and written with its effects (C6)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Delete,
    FromClause,
    Row,
    SmallInteger,
    Table,
    Text,
    Update,
    delete,
    null,
    select,
    tuple_,
    update,
)

from adapter.clock import Instant
from adapter.ids import bucket_of
from adapter.jsonvalue import JSONValue, dumps, loads
from adapter.model.segments import Deed, Member, Standing, Tally
from adapter.rules.decision import Decision
from adapter.rules.facts import Facts, Needs, PersonKey
from adapter.store.segment_tables import segment_members, segment_standings
from adapter.store.sql import BulkWrite, GivenRows, Query, Types, constant, lies_beside
from adapter.store.tables import person_events

MOST_DEEDS = 100_000
"""Stored events that are looked at in one transaction to work standings out, newest first."""

_PERSON: Types = {"person_id": Text(), "workspace_id": BigInteger(), "bucket": SmallInteger()}
_MEMBER: Types = {**_PERSON, "segment": Text()}
_ASKED: Types = {**_PERSON, "kind": Text(), "name": Text()}
_CHANGING = ("edition", "tallies", "evaluated_at", "due_at")


def _is_theirs(table: Table, given: FromClause) -> Any:
    return (
        (table.c.person_id == given.c.person_id)
        & (table.c.workspace_id == given.c.workspace_id)
        & lies_beside(given, table.c.bucket)
    )


def _of_people(table: Table) -> GivenRows:
    def build(given: FromClause) -> Query:
        return select(table).select_from(given).join(table, _is_theirs(table, given))

    return GivenRows(_PERSON, build)


def _did(given: FromClause) -> Query:
    event = person_events.c
    theirs = (event.person_id == given.c.person_id) & lies_beside(given, event.bucket)
    # In a sum, so that SQLite does not walk all of the workspace's events by their key.
    theirs &= event.workspace_id + constant(0) == given.c.workspace_id
    asked = (event.kind == given.c.kind) & (event.name == given.c.name)
    columns = ("workspace_id", "person_id", "kind", "name", "occurred_at", "data")
    return (
        select(*(event[name] for name in columns), event.anonymous_id, event.was_anonymous)
        .select_from(given)
        .join(person_events, theirs & asked)
        .order_by(event.person_id, event.id.desc())
        .limit(constant(MOST_DEEDS))
        .offset(constant(0))
    )


def _outdating(given: FromClause) -> Update:
    named = select(*(given.c[name] for name in _PERSON))
    key = tuple_(*(segment_standings.c[name] for name in _PERSON))
    return (
        update(segment_standings).where(key.in_(named)).values(edition=constant(""), due_at=null())
    )


def _leave(given: FromClause) -> Delete:
    named = select(*(given.c[name] for name in _MEMBER))
    key = tuple_(*(segment_members.c[name] for name in _MEMBER))
    return delete(segment_members).where(key.in_(named))


def _overwrite(insert: Any) -> Any:
    return insert.on_conflict_do_update(
        index_elements=tuple(_PERSON),
        set_={name: insert.excluded[name] for name in _CHANGING},
    )


def _enter_anew(insert: Any) -> Any:
    return insert.on_conflict_do_update(
        index_elements=("person_id", "segment", "workspace_id", "bucket"),
        set_={name: insert.excluded[name] for name in ("since", "record")},
    )


_read_standings = _of_people(segment_standings)
_read_members = _of_people(segment_members)
_read_deeds = GivenRows(_ASKED, _did)
_write_standings = BulkWrite(segment_standings, on_conflict=_overwrite)
_write_members = BulkWrite(segment_members, on_conflict=_enter_anew)
_outdate_given = GivenRows(_PERSON, _outdating)
_leave_given = GivenRows(_MEMBER, _leave)


def add_segment_facts(connection: Connection, needs: Needs, facts: Facts) -> None:
    """Read how people stand; two statements, none where no segments are kept.

    Where somebody's standing is of other segments, or is to be worked out anew, one more.
    """
    segmentation = needs.in_force.segmentation
    kept = {
        workspace_id
        for workspace_id, edition in facts.editions.items()
        if edition and edition == segmentation(workspace_id).edition
    }
    people = sorted(key for key in facts.people if key[0] in kept)
    if not people:
        return
    given = [_person_row(key) for key in people]
    members: dict[PersonKey, dict[str, Member]] = {key: {} for key in people}
    for row in _read_members.run(connection, given):
        member = Member(Instant(row.since), row.record)
        members[row.workspace_id, row.person_id][row.segment] = member
    for row in _read_standings.run(connection, given):
        key = (row.workspace_id, row.person_id)
        facts.standings[key] = _standing(row, members[key])
    outdated = [
        key
        for key in people
        if key in needs.recounted
        or key not in facts.standings
        or facts.standings[key].edition != segmentation(key[0]).edition
    ]
    if outdated:
        facts.histories = _histories(connection, needs, outdated)


def write_standings(connection: Connection, decision: Decision) -> None:
    """Write standings, and who entered and left what."""
    standings = decision.standings.items()
    _write_standings.run(connection, [_standing_row(key, each) for key, each in standings])
    entered: list[tuple[Any, ...]] = []
    left: list[tuple[Any, ...]] = []
    for key, each in standings:
        person_id, workspace_id, bucket = _person_row(key)
        for segment, member in each.members.items():
            if each.stored.get(segment) != member:
                row = (person_id, segment, workspace_id, bucket, member.since, member.record)
                entered.append(row)
        gone = each.stored.keys() - each.members.keys()
        left += [(person_id, workspace_id, bucket, segment) for segment in gone]
    _leave_given.run(connection, left)
    _write_members.run(connection, entered)
    outdate(connection, sorted(decision.outdated))


def outdate(connection: Connection, people: Sequence[PersonKey]) -> None:
    """Have standings worked out anew; of people without one it says so itself."""
    _outdate_given.run(connection, [_person_row(key) for key in people])


def _histories(
    connection: Connection, needs: Needs, people: Sequence[PersonKey]
) -> dict[PersonKey, list[Deed]]:
    """Read what people did that segments ask for; as many of them as fit into one reading."""
    given = [
        (*_person_row(key), *name)
        for key in people
        for name in sorted(
            {(each.kind, each.name) for each in needs.in_force.segmentation(key[0]).every}
        )
    ]
    rows = _read_deeds.run(connection, given)
    done = sorted(people, key=lambda key: key[1])
    if len(rows) == MOST_DEEDS:
        # Of the last one more may be left. Of the first, the newest have to do.
        last = rows[-1].person_id
        done = [key for key in done if key[1] < last] or [key for key in done if key[1] == last]
    histories: dict[PersonKey, list[Deed]] = {key: [] for key in done}
    for row in rows:
        deeds = histories.get((row.workspace_id, row.person_id))
        if deeds is not None:
            deeds.append(_deed(row))
    return histories


def _person_row(key: PersonKey) -> tuple[str, int, int]:
    workspace_id, person_id = key
    return (person_id, workspace_id, bucket_of(workspace_id, person_id))


def _standing_row(key: PersonKey, standing: Standing) -> tuple[Any, ...]:
    tallies: dict[str, JSONValue] = {
        name: list(tally.newest) if tally.newest else tally.count
        for name, tally in standing.tallies.items()
    }
    times = (standing.evaluated_at, standing.due_at)
    return (*_person_row(key), standing.edition, dumps(tallies), *times)


def _standing(row: Row[Any], members: dict[str, Member]) -> Standing:
    return Standing(
        edition=row.edition,
        tallies={name: _tally(written) for name, written in loads(row.tallies).items()},
        members=members,
        evaluated_at=Instant(row.evaluated_at),
        due_at=None if row.due_at is None else Instant(row.due_at),
        stored=dict(members),
    )


def _tally(written: int | list[int]) -> Tally:
    if isinstance(written, int):
        return Tally(written)
    return Tally(len(written), tuple(map(Instant, written)))


def _deed(row: Row[Any]) -> Deed:
    merged_by = row.anonymous_id if row.was_anonymous else None
    return Deed(row.kind, row.name, Instant(row.occurred_at), row.data, merged_by)
