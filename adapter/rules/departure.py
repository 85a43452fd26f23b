"""How people go: deleted, suppressed, and accepted again (P6)."""

from adapter.model.activities import ActivityType
from adapter.model.messages import DeletePerson, Message, SuppressPerson, UnsuppressPerson
from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.reasons import Reason
from adapter.rules.attributes import ref_of_identifier
from adapter.rules.decision import Departure, Suppression, Withdrawal
from adapter.rules.verdict import Verdict, ignored, stored
from adapter.rules.working import Working


def decide_delete(message: DeletePerson, working: Working) -> Verdict:
    """Remove the person and their events; of an unknown one there is nothing to remove."""
    person_id = _leave(message, message.person, working)
    if person_id is None:
        return ignored(message, Reason.NOBODY_TO_DELETE, working)
    _depart(message, person_id, working, suppression=None)
    return _logged(message, ActivityType.PROFILE_DELETE, Reason.PERSON_DELETED, working)


def decide_suppress(message: SuppressPerson, working: Working) -> Verdict:
    """Delete the person, known or not, and refuse their identifiers from now on."""
    person_id = _leave(message, message.person, working)
    refs = {message.person}
    if person_id is not None:
        refs |= _depart(message, person_id, working, suppression=message.id)
    elif message.person.kind is IdentifierKind.CIO_ID:
        return ignored(message, Reason.UNKNOWN_CIO_ID, working)
    _refuse(message, refs, working)
    return _logged(message, ActivityType.SUPPRESS, Reason.PERSON_SUPPRESSED, working)


def decide_unsuppress(message: UnsuppressPerson, working: Working) -> Verdict:
    """Accept all identifiers again that were suppressed together with this one."""
    workspace_id = message.workspace_id
    working.decision.forgotten.add((workspace_id, message.person))
    suppression = working.suppression(workspace_id, message.person)
    if suppression is None:
        return ignored(message, Reason.NOT_SUPPRESSED, working)
    facts, decision = working.facts, working.decision
    facts.suppressed = {key: of for key, of in facts.suppressed.items() if of != suppression}
    decision.suppressions.pop(suppression, None)
    decision.departures = [
        Departure(workspace_id=going.workspace_id, person_id=going.person_id)
        if going.suppression == suppression
        else going
        for going in decision.departures
    ]
    decision.unsuppressed.append((workspace_id, suppression))
    return _logged(message, ActivityType.UNSUPPRESS, Reason.PERSON_UNSUPPRESSED, working)


def _leave(message: Message, ref: PersonRef, working: Working) -> str | None:
    """Give whom an identifier names, and keep nothing of the identifier itself."""
    working.decision.forgotten.add((message.workspace_id, ref))
    return working.holder(message.workspace_id, ref)


def _depart(
    message: Message, person_id: str, working: Working, *, suppression: str | None
) -> set[PersonRef]:
    """Let a person go, and give all identifiers that are known to be theirs."""
    workspace_id, facts, decision = message.workspace_id, working.facts, working.decision
    person = facts.people.pop((workspace_id, person_id))
    working.keeping.remove((workspace_id, person_id))
    refs = {ref_of_identifier(kind, text) for kind, text in person.identifiers.items()}
    for key, holder in list(facts.people_by_ref.items()):
        if holder == person_id and key[0] == workspace_id:
            refs.add(key[1])
            del facts.people_by_ref[key]
    write = decision.people.get((workspace_id, person_id))
    if write is not None:
        # What this batch gave them nobody has now; what it took from them stays taken.
        write.added.clear()
    for (owner, _), fact in facts.anonymous_ids.items():
        if owner == workspace_id and person_id in {fact.person_id, fact.pending_person_id}:
            fact.person_id = fact.assigned_at = None
            fact.pending_person_id = fact.pending_at = None
            fact.used_up = True
    decision.departures.append(
        Departure(workspace_id=workspace_id, person_id=person_id, suppression=suppression)
    )
    return refs


def _refuse(message: Message, refs: set[PersonRef], working: Working) -> None:
    workspace_id = message.workspace_id
    blocked = frozenset(ref for ref in refs if ref.kind is not IdentifierKind.CIO_ID)
    working.decision.suppressions[message.id] = Suppression(
        id=message.id, workspace_id=workspace_id, refs=blocked
    )
    working.facts.suppressed.update(((workspace_id, ref), message.id) for ref in blocked)
    working.decision.withdrawals += [
        Withdrawal(workspace_id, message.id, ref.value, message.received_at)
        for ref in sorted(blocked)
        if ref.kind is IdentifierKind.EMAIL
    ]


def _logged(
    message: Message, activity_type: ActivityType, reason: Reason, working: Working
) -> Verdict:
    """Log what was done, but not to whom: nothing of them is kept (R4)."""
    working.log(message, activity_type, reason, own=True)
    return stored(message, reason)
