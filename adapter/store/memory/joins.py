"""Joining people in the memory store (P5)."""

from dataclasses import replace

from adapter.rules.decision import JoinPeople
from adapter.store.memory.tables import Tables


def apply_join(tables: Tables, join: JoinPeople) -> None:
    """Give everything of the secondary to the primary, and remove them."""
    primary_id = join.primary_id
    tables.people.pop((join.workspace_id, join.secondary_id), None)
    for ref, holder in tables.identifiers.items():
        if holder == join.secondary_id:
            tables.identifiers[ref] = primary_id
    for fact in tables.anonymous_ids.values():
        if fact.person_id == join.secondary_id:
            fact.person_id = primary_id
        if fact.pending_person_id == join.secondary_id:
            fact.pending_person_id = primary_id
    for event in tables.person_events:
        if event.person_id == join.secondary_id:
            event.person_id = primary_id
    tables.activities = [
        replace(activity, person_id=primary_id)
        if activity.person_id == join.secondary_id
        else activity
        for activity in tables.activities
    ]
