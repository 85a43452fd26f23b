"""Who is related to which object (contracts 4.2), and what becomes of it when ids are assigned.

A stranger's relationship is kept with their anonymous id like an event: an assignment carries it
over (M1, M2), one that arrives inside the merge window is the person's at once (M3), later ones
stay a stranger's (M4), and after retention it is nobody's (R1).
"""

from dataclasses import replace
from typing import NamedTuple

from adapter.clock import Instant
from adapter.jsonvalue import JSONObject
from adapter.model.activities import ActivityType
from adapter.model.messages import Message, Relate, Unrelate
from adapter.model.objects import Relation, Relationship
from adapter.model.people import Person
from adapter.model.reasons import Reason
from adapter.rules.carrying import Span, move_relationships
from adapter.rules.facts import Holder, RelationshipKey
from adapter.rules.identifiers import is_junk_anonymous_id
from adapter.rules.keyed import merge_keys
from adapter.rules.merge import arrival_reason
from adapter.rules.people import find_or_create
from adapter.rules.things import find_or_create_object, shown
from adapter.rules.verdict import Verdict, ignored, stored
from adapter.rules.working import Working

_MOST_SHOWN = 100
_RELATED = frozenset({Reason.RELATED, Reason.RELATED_TO_STRANGER})
_UNRELATED = frozenset({Reason.UNRELATED})


class _Line(NamedTuple):
    """A line to log about one relationship."""

    type: ActivityType
    reason: Reason
    holder: Holder
    anonymous_id: str | None


def decide_relate(message: Relate, working: Working) -> Verdict:
    """Relate people and strangers to objects, creating people and objects if need be (K5)."""
    alone = len(message.relations) == 1
    reasons = [relate(message, one, working, own=alone) for one in message.relations]
    return _verdict(message, reasons, _RELATED, working)


def decide_unrelate(message: Unrelate, working: Working) -> Verdict:
    """End relationships."""
    alone = len(message.relations) == 1
    reasons = [unrelate(message, one, working, own=alone) for one in message.relations]
    return _verdict(message, reasons, _UNRELATED, working)


def relate(message: Message, relation: Relation, working: Working, *, own: bool = False) -> Reason:
    """Relate somebody to an object, or update how they are related, key by key (P4).

    Returns:
        ``related`` or ``related_to_stranger``; otherwise why not.
    """
    refusal = _refusal(message, relation, working)
    if refusal is not None:
        return refusal
    found = find_or_create_object(message, relation.object, working)
    if found is None:
        return Reason.UNKNOWN_OBJECT
    holder, via = _holder(message, relation, working)
    if holder is None:
        return Reason.UNKNOWN_CIO_ID
    key = (message.workspace_id, holder, found.cio_object_id)
    former = working.facts.relationships.get(key)
    held = former or Relationship(
        anonymous_id=via, created_at=message.received_at, updated_at=message.received_at
    )
    attributes, merged = merge_keys(held.attributes, relation.attributes, message.occurred_at)
    updated_at = max(held.updated_at, message.received_at)
    _put(key, replace(held, attributes=attributes, updated_at=updated_at), working)
    reason = Reason.RELATED if holder.is_person else Reason.RELATED_TO_STRANGER
    data = shown(found) | {"changes": merged.changes()}
    line = _Line(ActivityType.ADD_RELATIONSHIP, reason, holder, via)
    _log(message, line, data, working, own=own)
    return reason


def unrelate(
    message: Message, relation: Relation, working: Working, *, own: bool = False
) -> Reason:
    """End a relationship.

    Returns:
        ``unrelated``; otherwise why not.
    """
    refusal = _refusal(message, relation, working)
    if refusal is not None:
        return refusal
    found = working.facts.objects.get((message.workspace_id, relation.object.cio_object_id))
    holder = _known_holder(message, relation, working)
    if found is None or holder is None:
        return Reason.NOT_RELATED
    key = (message.workspace_id, holder, found.cio_object_id)
    if key not in working.facts.relationships:
        return Reason.NOT_RELATED
    _put(key, None, working)
    via = relation.anonymous_id
    line = _Line(ActivityType.DELETE_RELATIONSHIP, Reason.UNRELATED, holder, via)
    _log(message, line, shown(found), working, own=own)
    return Reason.UNRELATED


def carry_over(message: Message, anonymous_id: str, person: Person, working: Working) -> None:
    """Give a stranger's relationships to the person their id was just assigned to (M2)."""
    fact = working.anonymous_id(message, anonymous_id)
    if fact.assigned_at is None:
        return
    policy, at = working.policy(message), fact.assigned_at
    moved = move_relationships(
        (message.workspace_id, anonymous_id),
        person.person_id,
        Span(policy.alive_after(at), Instant(at + policy.merge_window)),
        working.facts.relationships,
        working.decision.relationships,
    )
    if not moved:
        return
    objects = [working.facts.objects[message.workspace_id, one] for one in moved[:_MOST_SHOWN]]
    working.log(
        message,
        ActivityType.ADD_RELATIONSHIP,
        Reason.RELATED_BY_ASSIGNMENT,
        person_id=person.person_id,
        anonymous_id=anonymous_id,
        data={"count": len(moved), "objects": [shown(found) for found in objects]},
    )


def _refusal(message: Message, relation: Relation, working: Working) -> Reason | None:
    """Keep nothing of somebody suppressed; their neighbours in the message stay (P6)."""
    person = relation.person
    if person is None or working.suppression(message.workspace_id, person) is None:
        return None
    working.decision.forgotten.add((message.workspace_id, person))
    return Reason.SUPPRESSED


def _holder(
    message: Message, relation: Relation, working: Working
) -> tuple[Holder | None, str | None]:
    """Tell whose a relationship becomes, and by which anonymous id it came to a person."""
    if relation.person is not None:
        person = find_or_create(message, relation.person, working)
        return (None if person is None else Holder.person(person.person_id)), None
    anonymous_id = relation.anonymous_id or ""
    fact = working.anonymous_id(message, anonymous_id)
    policy = working.policy(message)
    junk = is_junk_anonymous_id(anonymous_id, policy.junk_ids)
    reason = arrival_reason(message.received_at, fact, policy)
    if reason is Reason.MERGED_IN_WINDOW and fact.person_id and not junk:
        return Holder.person(fact.person_id), anonymous_id
    return Holder.stranger(anonymous_id), anonymous_id


def _known_holder(message: Message, relation: Relation, working: Working) -> Holder | None:
    if relation.person is None:
        return _holder(message, relation, working)[0]
    person_id = working.holder(message.workspace_id, relation.person)
    return None if person_id is None else Holder.person(person_id)


def _put(key: RelationshipKey, relationship: Relationship | None, working: Working) -> None:
    working.decision.relationships[key] = relationship
    if relationship is None:
        working.facts.relationships.pop(key, None)
    else:
        working.facts.relationships[key] = relationship


def _log(message: Message, line: _Line, data: JSONObject, working: Working, *, own: bool) -> None:
    working.log(
        message,
        line.type,
        line.reason,
        name=str(data["object_id"]),
        person_id=line.holder.id if line.holder.is_person else None,
        anonymous_id=line.anonymous_id,
        data=data,
        own=own,
    )


def _verdict(
    message: Message, reasons: list[Reason], effects: frozenset[Reason], working: Working
) -> Verdict:
    """Sum up: what had an effect comes first; where nothing had, the message is ignored."""
    effective = [reason for reason in reasons if reason in effects]
    rest = [reason for reason in reasons if reason not in effects]
    if not effective:
        return ignored(message, rest[0], working)
    return stored(message, effective[0], *effective[1:], *rest)
