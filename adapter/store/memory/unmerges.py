"""Taking merges back in the memory store (M12)."""

from dataclasses import replace

from adapter.model.activities import Activity
from adapter.model.reasons import Reason
from adapter.rules.decision import StoredAnonymous, StoredIdentified, Unmerge
from adapter.rules.facts import AnonymousIdFact, Home
from adapter.rules.unmerge import unmerged_line
from adapter.store.memory.departures import mark_used_up
from adapter.store.memory.tables import Tables


def apply_unmerge(tables: Tables, unmerge: Unmerge) -> Activity:
    """Move the events of an assignment back, and give the line to log."""
    back = [event for event in tables.person_events if _merged(event, unmerge)]
    alive = [each for each in back if each.event.received_at > unmerge.alive_after]
    tables.person_events = [event for event in tables.person_events if event not in back]
    waiting = tables.anonymous_events.setdefault(unmerge.ref, [])
    waiting.extend(_anonymous(each, unmerge) for each in alive)
    records = {each.event.id for each in back}
    for key, fact in tables.keys.items():
        if key[0] == unmerge.key[0] and fact.record in records:
            tables.keys[key] = replace(fact, home=Home.ANONYMOUS)
    tables.anonymous_ids[unmerge.key] = AnonymousIdFact(ref=unmerge.ref)
    mark_used_up(tables, unmerge.key)
    return unmerged_line(unmerge, count=len(alive), expired=len(back) - len(alive))


def unmerged_records(tables: Tables, unmerge: Unmerge) -> set[str]:
    """Name the events that an unmerge takes from the person."""
    return {each.event.id for each in tables.person_events if _merged(each, unmerge)}


def _merged(stored: StoredIdentified, unmerge: Unmerge) -> bool:
    return (
        stored.event.workspace_id == unmerge.key[0]
        and stored.person_id == unmerge.person_id
        and stored.anonymous_id == unmerge.key[1]
        and stored.was_anonymous
    )


def _anonymous(stored: StoredIdentified, unmerge: Unmerge) -> StoredAnonymous:
    former = stored.former or Reason.AWAITING_IDENTIFY
    return StoredAnonymous(
        event=stored.event,
        ref=unmerge.ref,
        anonymous_id=unmerge.key[1],
        reasons=(former, *stored.reasons[1:]),
    )
