"""Taking a merge back: an assignment ends, and its events are strangers' again (M12)."""

from collections.abc import Sequence
from dataclasses import replace

from adapter.clock import Instant
from adapter.jsonvalue import dumps
from adapter.model.activities import TITLES, Activity, ActivityType
from adapter.model.people import Attribute, Person
from adapter.model.reasons import Reason
from adapter.rules.decision import Decision, PersonWrite, Unmerge
from adapter.rules.facts import AnonymousIdFact, AnonymousKey
from adapter.rules.policy import Policy

_ANONYMOUS_ID = "anonymous_id"

Held = tuple[str, AnonymousIdFact]
"""An anonymous id that a person has, or is to have."""


def unmerge(
    key: AnonymousKey,
    fact: AnonymousIdFact,
    person: Person,
    held: Sequence[Held],
    *,
    policy: Policy,
    now: Instant,
    activity_id: str,
) -> Decision:
    """Make the events of an assignment anonymous again; the id stays used up.

    Args:
        key: the anonymous id.
        fact: its row, assigned to the person.
        person: to be changed in place: their attribute becomes the newest id left to them (M7).
        held: all anonymous ids of the person, this one among them.
        policy: events past its retention are gone instead.
        now: when it is taken back.
        activity_id: for the line of the log.
    """
    decision = Decision()
    _restore_attribute(person, key[1], held)
    person.updated_at = max(person.updated_at, now)
    write = PersonWrite(person=person, created=False)
    decision.people[key[0], person.person_id] = write
    activity = Activity(
        id=activity_id,
        workspace_id=key[0],
        message="",
        message_id=None,
        type=ActivityType.ANON_UNMERGE,
        name=TITLES[ActivityType.ANON_UNMERGE],
        person_id=person.person_id,
        anonymous_id=key[1],
        received_at=now,
        occurred_at=now,
        reason=Reason.UNMERGED,
    )
    decision.unmerges.append(
        Unmerge(
            ref=fact.ref,
            key=key,
            person_id=person.person_id,
            alive_after=policy.alive_after(now),
            activity=activity,
        )
    )
    return decision


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
