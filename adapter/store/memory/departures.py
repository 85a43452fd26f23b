"""Letting people go in the memory store, and what is left of them (P6, R4)."""

from collections.abc import Iterable
from dataclasses import replace

from adapter.ids import keyed_fingerprint
from adapter.model.people import IdentifierKind
from adapter.rules.decision import Decision, Departure
from adapter.rules.facts import AnonymousIdFact, AnonymousKey, Home, RefKey
from adapter.store.memory.objects import forget_relationships
from adapter.store.memory.tables import Tables, TombstoneKey


def mark_used_up(tables: Tables, key: AnonymousKey) -> None:
    """Keep a keyed hash of an anonymous id, so that it is never assigned again."""
    tables.tombstones.setdefault(_of_anonymous_id(tables, key), None)


def is_used_up(tables: Tables, key: AnonymousKey) -> bool:
    """Tell whether an anonymous id was a person's who is gone."""
    return _of_anonymous_id(tables, key) in tables.tombstones


def suppressed(tables: Tables, refs: Iterable[RefKey]) -> dict[RefKey, str]:
    """Give those identifiers that are refused, each with its suppression."""
    found = {key: tables.tombstones.get(_of_identifier(tables, key)) for key in refs}
    return {key: suppression for key, suppression in found.items() if suppression is not None}


def apply_departures(tables: Tables, decision: Decision) -> None:
    """Let people go, and write what is refused from now on, and what no longer is."""
    ended = {(owner, suppression) for owner, suppression in decision.unsuppressed}
    tables.tombstones = {
        key: suppression
        for key, suppression in tables.tombstones.items()
        if (key[0], suppression) not in ended
    }
    for going in decision.departures:
        _depart(tables, going)
    for suppressed_now in decision.suppressions.values():
        for ref in suppressed_now.refs:
            mark = _of_identifier(tables, (suppressed_now.workspace_id, ref))
            tables.tombstones.setdefault(mark, suppressed_now.id)


def _depart(tables: Tables, going: Departure) -> None:
    owner, person_id = going.workspace_id, going.person_id
    for key, fact in list(tables.anonymous_ids.items()):
        if key[0] == owner and person_id in {fact.person_id, fact.pending_person_id}:
            mark_used_up(tables, key)
            _use_up(tables, key, fact)
    for ref, holder in list(tables.identifiers.items()):
        if holder == person_id:
            del tables.identifiers[ref]
            if going.suppression is not None and ref[1].kind is not IdentifierKind.CIO_ID:
                tables.tombstones.setdefault(_of_identifier(tables, ref), going.suppression)
    events = [event for event in tables.person_events if event.person_id == person_id]
    lines = [line for line in tables.activities if line.person_id == person_id]
    _close_keys(tables, owner, {e.event.id for e in events} | {line.message for line in lines})
    tables.person_events = [e for e in tables.person_events if e.person_id != person_id]
    tables.activities = [line for line in tables.activities if line.person_id != person_id]
    forget_relationships(tables, owner, person_id)
    del tables.people[owner, person_id]


def _use_up(tables: Tables, key: AnonymousKey, fact: AnonymousIdFact) -> None:
    if tables.anonymous_events.get(fact.ref):
        tables.anonymous_ids[key] = AnonymousIdFact(ref=fact.ref)
    else:
        del tables.anonymous_ids[key]


def _close_keys(tables: Tables, owner: int, records: set[str]) -> None:
    for key, fact in tables.keys.items():
        if key[0] == owner and fact.record in records:
            tables.keys[key] = replace(fact, home=Home.DELETED)


def _of_anonymous_id(tables: Tables, key: AnonymousKey) -> TombstoneKey:
    return _tombstone(tables, key[0], "anonymous_id", key[1])


def _of_identifier(tables: Tables, key: RefKey) -> TombstoneKey:
    return _tombstone(tables, key[0], key[1].kind.value, key[1].value)


def _tombstone(tables: Tables, workspace_id: int, kind: str, value: str) -> TombstoneKey:
    secret = tables.workspaces[workspace_id].tombstone_secret
    return (workspace_id, keyed_fingerprint(secret, kind, value))
