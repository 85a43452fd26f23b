"""What campaigns have to know, in the memory store (C2, C4)."""

from collections.abc import Iterable
from dataclasses import replace

from adapter.clock import Instant
from adapter.model.campaigns import Trigger
from adapter.model.reasons import Reason
from adapter.rules.facts import Facts, Needs
from adapter.store.memory.tables import Tables


def add_triggers(tables: Tables, written: Iterable[Trigger]) -> None:
    """Note what became of events; the first word about an event and a campaign stands (C4)."""
    for each in written:
        tables.triggers.setdefault((each.workspace_id, each.record, each.campaign), each)


def join_triggers(tables: Tables, workspace_id: int, secondary_id: str, primary_id: str) -> None:
    """Give what one person started to another (P5)."""
    for key, each in tables.triggers.items():
        if key[0] == workspace_id and each.person_id == secondary_id:
            tables.triggers[key] = replace(each, person_id=primary_id)


def forget_triggers(tables: Tables, workspace_id: int, person_id: str) -> None:
    """Take away what a person started (P6)."""
    tables.triggers = {
        key: each
        for key, each in tables.triggers.items()
        if (key[0], each.person_id) != (workspace_id, person_id)
    }


def owners_of(tables: Tables, needs: Needs) -> set[tuple[int, str]]:
    """Give the people that anonymous ids were assigned to, if that matters to anything."""
    looks = bool(needs.in_force.campaigns) or any(map(tables.editions.get, needs.workspaces))
    ids = needs.anonymous_ids if looks else ()
    owners = {(key[0], tables.anonymous_ids[key].person_id or "") for key in ids}
    return {owner for owner in owners if owner in tables.people}


def add_trigger_facts(tables: Tables, needs: Needs, facts: Facts) -> None:
    """Read what campaigns have to know."""
    names = needs.in_force.names
    for key in needs.claimed if names else ():
        stored = tables.anonymous_events.get(facts.anonymous_ids[key].ref, [])
        found = [each.event for each in stored if (each.event.kind, each.event.name) in names]
        facts.waiting[key] = sorted(found, key=lambda event: event.id)
    facts.considered = {(record, campaign) for _, record, campaign in tables.triggers}
    limited = needs.in_force.limited
    for (owner, _, campaign), each in tables.triggers.items():
        if campaign in limited and each.person_id and each.reason is Reason.TRIGGERED:
            start = (owner, each.person_id, campaign)
            facts.started[start] = max(each.at, facts.started.get(start, Instant(0)))
