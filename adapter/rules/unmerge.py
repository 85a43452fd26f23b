"""Taking a merge back: an assignment ends, and its events are strangers' again (M12)."""

from collections.abc import Sequence
from dataclasses import replace

from adapter.clock import Instant
from adapter.jsonvalue import dumps
from adapter.model.activities import TITLES, Activity, ActivityType
from adapter.model.people import Attribute, Person
from adapter.model.reasons import Reason
from adapter.rules.causes import Occasion
from adapter.rules.decision import Decision, Unmerge
from adapter.rules.facts import AnonymousIdFact, AnonymousKey, Facts
from adapter.rules.following import follow
from adapter.rules.keeping import Why
from adapter.rules.working import Working

_ANONYMOUS_ID = "anonymous_id"

Held = tuple[str, AnonymousIdFact]
"""An anonymous id that a person has, or is to have."""


def unmerge(
    key: AnonymousKey, person_id: str, held: Sequence[Held], facts: Facts, occasion: Occasion
) -> Decision:
    """Make the events of an assignment anonymous again; the id stays used up.

    Args:
        key: the anonymous id.
        person_id: to whom it is assigned; their attribute becomes the newest id left to them (M7).
        held: all anonymous ids of the person, this one among them.
        facts: about both; events past retention are gone instead.
        occasion: when it is taken back. Its first line of the log tells how many events moved.
    """
    working, owner = Working(facts), (key[0], person_id)
    person = working.edit(*owner, occasion.at)
    _restore_attribute(person, key[1], held)
    activity = working.activity(
        occasion,
        ActivityType.ANON_UNMERGE,
        Reason.UNMERGED,
        name=TITLES[ActivityType.ANON_UNMERGE],
        person_id=person_id,
        anonymous_id=key[1],
        data="",
    )
    working.decision.unmerges.append(
        Unmerge(
            ref=facts.anonymous_ids[key].ref,
            key=key,
            person_id=person_id,
            alive_after=facts.policies[key[0]].alive_after(occasion.at),
            activity=replace(activity, message=""),
        )
    )
    why = Why(occasion, triggers=None, told=Reason.UNMERGED)
    if owner in facts.histories:
        left = [deed for deed in facts.histories[owner] if deed.merged_by != key[1]]
        working.keeping.recount(owner, left, why)
    follow(why, working)
    return working.decision


def unmerged_line(unmerged: Unmerge, *, count: int, expired: int) -> Activity:
    """Give the line of the log, once the store knows how many events it moved and removed."""
    data = {"count": count, "expired": expired, "anonymous_id": unmerged.key[1]}
    return replace(unmerged.activity, data=dumps(data))


def _restore_attribute(person: Person, anonymous_id: str, held: Sequence[Held]) -> None:
    """Show the newest id left; none if this was the only one."""
    shown = person.attributes.get(_ANONYMOUS_ID)
    if shown is None or shown.value != anonymous_id:
        return
    del person.attributes[_ANONYMOUS_ID]
    left = [(_since(fact), name) for name, fact in held if name != anonymous_id]
    if left:
        since, name = max(left)
        person.attributes[_ANONYMOUS_ID] = Attribute(name, since)


def _since(fact: AnonymousIdFact) -> Instant:
    return Instant(max(fact.assigned_at or 0, fact.pending_at or 0))
