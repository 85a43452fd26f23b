"""Two people are one: what is the secondary's becomes the primary's (P5)."""

from adapter.model.activities import ActivityType
from adapter.model.messages import MergePeople
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.model.reasons import Reason
from adapter.rules.attributes import ref_of_identifier
from adapter.rules.carrying import join_relationships
from adapter.rules.decision import JoinPeople
from adapter.rules.devices import keep_most
from adapter.rules.keyed import fill_keys
from adapter.rules.verdict import Verdict, ignored, stored
from adapter.rules.working import Working


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
    working.keeping.join(
        (workspace_id, primary_id), (workspace_id, secondary_id), message.received_at
    )
    secondary = working.facts.people.pop((workspace_id, secondary_id))
    fill_keys(primary.attributes, secondary.attributes)
    _join_devices(primary, secondary)
    join_relationships(workspace_id, primary_id, secondary_id, working)
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


def _join_devices(primary: Person, secondary: Person) -> None:
    """Give the primary the secondary's devices; of one that both have, the one used last stays."""
    for token, device in secondary.devices.items():
        held = primary.devices.get(token)
        if held is None or held.last_used < device.last_used:
            primary.devices[token] = device
    keep_most(primary)
