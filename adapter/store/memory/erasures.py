"""Erasing in the memory store: what somebody is known by, and removing what is theirs (P6, R4)."""

from collections.abc import Collection
from dataclasses import replace

from adapter.model.activities import Activity
from adapter.model.messages import Event
from adapter.model.people import IdentifierKind, PersonRef
from adapter.rules.decision import Erasure
from adapter.rules.erasure import erased_line
from adapter.rules.facts import UNTOLD, Holder, Home
from adapter.rules.mentions import Named, Traces
from adapter.store.memory.departures import mark_used_up
from adapter.store.memory.outbox import MemoryOutbox
from adapter.store.memory.tables import Tables


def find_traces(tables: Tables, workspace_id: int, named: Named) -> Traces:
    """Tell what somebody is known by, from some of it."""
    keys = [(workspace_id, ref) for ref in named.refs]
    people = {tables.identifiers[key] for key in keys if key in tables.identifiers}
    for name in named.anonymous_ids:
        fact = tables.anonymous_ids.get((workspace_id, name))
        if fact is not None:
            holders = (fact.person_id, fact.pending_person_id)
            people |= {one for one in holders if one is not None}
    ids = {
        name
        for (owner, name), fact in tables.anonymous_ids.items()
        if owner == workspace_id and not people.isdisjoint({fact.person_id, fact.pending_person_id})
    }
    refs = {
        ref
        for (owner, ref), person_id in tables.identifiers.items()
        if owner == workspace_id and person_id in people
    }
    refs |= {PersonRef(IdentifierKind.CIO_ID, person_id) for person_id in people}
    anonymous_ids = named.anonymous_ids | ids
    events = [
        *_events_of(tables, workspace_id, people),
        *_waiting(tables, workspace_id, anonymous_ids),
    ]
    return Traces(
        workspace_id=workspace_id,
        people=frozenset(people),
        named=Named(refs=named.refs | refs, anonymous_ids=anonymous_ids),
        records=frozenset((event.received_id, event.index) for event in events),
    )


def apply_erasure(tables: Tables, outbox: MemoryOutbox, erasure: Erasure) -> Activity | None:
    """Remove what is strangers', let the keys of all records forget, and give the line to log."""
    owner, names = erasure.workspace_id, erasure.anonymous_ids.keys()
    strangers = [event.id for event in _waiting(tables, owner, names)]
    events = [event.id for event in _events_of(tables, owner, erasure.people)] + strangers
    gone = [line for line in tables.activities if _is_strangers(line, owner, names)]
    lines = [line for line in tables.activities if _is_of(line, owner, erasure.people)] + gone
    forget_contents(tables, owner, {*events, *(line.message for line in lines)})
    for record in strangers:
        outbox.remove_record(owner, record)
    tables.activities = [line for line in tables.activities if line not in gone]
    for name, ref in erasure.anonymous_ids.items():
        tables.anonymous_events.pop(ref, None)
        tables.anonymous_ids.pop((owner, name), None)
        mark_used_up(tables, (owner, name))
    tables.relationships = {
        key: one
        for key, one in tables.relationships.items()
        if key[:2] not in {(owner, Holder.stranger(name)) for name in names}
    }
    return erased_line(erasure, events=len(events), lines=len(lines))


def remove_record(tables: Tables, outbox: MemoryOutbox, workspace_id: int, record: str) -> None:
    """Remove all that came of a record that was stored as nobody's."""
    forget_contents(tables, workspace_id, {record})
    outbox.remove_record(workspace_id, record)
    tables.activities = [
        line
        for line in tables.activities
        if (line.workspace_id, line.message) != (workspace_id, record)
    ]


def forget_contents(tables: Tables, workspace_id: int, records: Collection[str]) -> None:
    """Let the keys of records tell no more than that there was one."""
    for key, fact in tables.keys.items():
        if key[0] == workspace_id and fact.record in records:
            tables.keys[key] = replace(fact, home=Home.DELETED, content=UNTOLD)


def _events_of(tables: Tables, workspace_id: int, people: Collection[str]) -> list[Event]:
    return [
        stored.event
        for stored in tables.person_events
        if stored.event.workspace_id == workspace_id and stored.person_id in people
    ]


def _waiting(tables: Tables, workspace_id: int, names: Collection[str]) -> list[Event]:
    facts = [tables.anonymous_ids.get((workspace_id, name)) for name in sorted(names)]
    return [
        stored.event
        for fact in facts
        if fact is not None
        for stored in tables.anonymous_events.get(fact.ref, ())
    ]


def _is_of(line: Activity, workspace_id: int, people: Collection[str]) -> bool:
    return line.workspace_id == workspace_id and line.person_id in people


def _is_strangers(line: Activity, workspace_id: int, names: Collection[str]) -> bool:
    own = line.workspace_id == workspace_id and line.person_id is None
    return own and line.anonymous_id in names
