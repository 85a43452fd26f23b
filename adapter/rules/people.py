"""How messages find, create, relate and join people (K5, P1, P5)."""

from adapter.model.activities import ActivityType
from adapter.model.messages import MergePeople, Message, Relate
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.model.reasons import Reason
from adapter.rules.attributes import ref_of_identifier
from adapter.rules.decision import JoinPeople
from adapter.rules.verdict import Verdict, ignored, stored
from adapter.rules.working import Working


def find_or_create(message: Message, ref: PersonRef, working: Working) -> Person | None:
    """Give the person a message names, creating them if need be (K5).

    Returns:
        None for an unknown cio_id: a generated id is never taken from outside.
    """
    person_id = working.holder(message.workspace_id, ref)
    if person_id is not None:
        return working.facts.people[message.workspace_id, person_id]
    if ref.kind is IdentifierKind.CIO_ID:
        return None
    person = working.create(message, ref, ref.value)
    working.log(
        message,
        ActivityType.PROFILE_CREATE,
        Reason.PERSON_CREATED,
        person_id=person.person_id,
        data={"identifiers": {ref.kind.value: ref.value}},
    )
    return person


def decide_relate(message: Relate, working: Working) -> Verdict:
    """Log that somebody belongs to an object; a person named is created if need be."""
    if message.person is None:
        working.log(
            message,
            ActivityType.RELATIONSHIP_ADD,
            Reason.RELATED_TO_STRANGER,
            anonymous_id=message.anonymous_id,
            data=message.data,
            own=True,
        )
        return stored(message, Reason.RELATED_TO_STRANGER)
    person = find_or_create(message, message.person, working)
    if person is None:
        return ignored(message, Reason.UNKNOWN_CIO_ID, working)
    working.log(
        message,
        ActivityType.RELATIONSHIP_ADD,
        Reason.RELATED,
        person_id=person.person_id,
        anonymous_id=message.anonymous_id,
        data=message.data,
        own=True,
    )
    return stored(message, Reason.RELATED)


def decide_merge_people(message: MergePeople, working: Working) -> Verdict:
    """Join two people (P5). An unknown one, an anonymous id among them, makes it a no-op."""
    primary_id = working.holder(message.workspace_id, message.primary)
    secondary_id = working.holder(message.workspace_id, message.secondary)
    if message.primary == message.secondary or (primary_id and primary_id == secondary_id):
        return ignored(message, Reason.SAME_PERSON, working)
    if primary_id is None:
        return ignored(message, Reason.PRIMARY_UNKNOWN, working)
    if secondary_id is None:
        return ignored(message, Reason.SECONDARY_UNKNOWN, working)
    _join(message, primary_id, secondary_id, working)
    working.log(
        message,
        ActivityType.PROFILE_MERGE,
        Reason.PEOPLE_MERGED,
        person_id=primary_id,
        data={"primary": message.primary.value, "secondary": message.secondary.value},
        own=True,
    )
    return stored(message, Reason.PEOPLE_MERGED)


def _join(message: MergePeople, primary_id: str, secondary_id: str, working: Working) -> None:
    workspace_id = message.workspace_id
    primary = working.edit(workspace_id, primary_id, message.received_at)
    secondary = working.facts.people.pop((workspace_id, secondary_id))
    for name, attribute in secondary.attributes.items():
        mine = primary.attributes.get(name)
        if mine is None or mine.value is None:
            primary.attributes[name] = attribute
    for kind, text in secondary.identifiers.items():
        primary.identifiers.setdefault(kind, text)
        working.point(workspace_id, ref_of_identifier(kind, text), primary_id)
    for (owner_workspace, ref), holder in list(working.facts.people_by_ref.items()):
        if owner_workspace == workspace_id and holder == secondary_id:
            working.point(workspace_id, ref, primary_id)
    for fact in working.facts.anonymous_ids.values():
        if fact.person_id == secondary_id:
            fact.person_id = primary_id
        if fact.pending_person_id == secondary_id:
            fact.pending_person_id = primary_id
    write = working.decision.people.pop((workspace_id, secondary_id), None)
    if write is None or not write.created:
        cio_ref = PersonRef(IdentifierKind.CIO_ID, secondary_id)
        working.point(workspace_id, cio_ref, primary_id)
    working.decision.joins.append(
        JoinPeople(workspace_id=workspace_id, primary_id=primary_id, secondary_id=secondary_id)
    )
