"""What an identify does: the person, their attributes, and the anonymous id it claims."""

from adapter.jsonvalue import JSONObject
from adapter.model.activities import ActivityType
from adapter.model.messages import Identify
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.model.reasons import Reason
from adapter.rules.assignment import assign, keep_pending
from adapter.rules.attributes import Change, Update, identifiers_in
from adapter.rules.claim import Claim, claim
from adapter.rules.decision import Fate, Outcome
from adapter.rules.facts import Home
from adapter.rules.relations import carry_over, relate, unrelate
from adapter.rules.verdict import Verdict, ignored, stored
from adapter.rules.working import Working, reasons_of


def decide_identify(message: Identify, working: Working) -> Verdict:
    """Create or update the person (P), then decide the claim to an anonymous id (M1-M8)."""
    found = _find_or_create(message, working)
    if found is None:
        return _nobody(message, working)
    person, created = found
    change = _update(message, person, working)
    verdict = _claim(message, person, working)
    main = verdict.reason if verdict else _plain_reason(change, created=created)
    working.log(
        message,
        ActivityType.PROFILE_CREATE if created else ActivityType.ATTRIBUTE_CHANGE,
        main,
        person_id=person.person_id,
        anonymous_id=message.anonymous_id,
        data={"changes": change.changes()},
        own=True,
    )
    _log_failures(message, person, change, verdict, working)
    if verdict and message.anonymous_id is not None:
        if verdict.assigns:
            assign(message, message.anonymous_id, person, working)
            carry_over(message, message.anonymous_id, person, working)
        elif verdict.pends:
            keep_pending(message, message.anonymous_id, person, working)
    related = [relate(message, relation, working) for relation in message.relations]
    related += [unrelate(message, relation, working) for relation in message.unrelated]
    skipped = (Reason.OLDER_THAN_CURRENT,) if change.skipped else ()
    return stored(message, main, *change.refused.values(), *related, *skipped)


def _find_or_create(message: Identify, working: Working) -> tuple[Person, bool] | None:
    """Find the person addressed, else by an identifier among the attributes, else create them.

    A person found by another identifier is given the one they are addressed by, unless they have
    one of that kind already (contracts 3.4).
    """
    workspace_id, ref = message.workspace_id, message.person
    person_id = working.holder(workspace_id, ref)
    if person_id is not None:
        return working.edit(workspace_id, person_id, message.received_at), False
    if ref.kind is IdentifierKind.CIO_ID:
        return None
    for other in identifiers_in(message.attributes):
        other_id = working.holder(workspace_id, other)
        if other_id is None or ref.kind in working.facts.people[workspace_id, other_id].identifiers:
            continue
        person = working.edit(workspace_id, other_id, message.received_at)
        working.give(person, ref, ref.value, message.occurred_at)
        return person, False
    if message.update_only:
        return None
    return working.create(message, ref, ref.value), True


def _nobody(message: Identify, working: Working) -> Verdict:
    """Nobody is there to update and nobody may be created; so there is no claim either (6.4.11)."""
    if not message.update_only:
        return ignored(message, Reason.UNKNOWN_CIO_ID, working, message.anonymous_id)
    reason = Reason.NOBODY_TO_UPDATE
    working.log(
        message,
        ActivityType.FAILED_ATTRIBUTE_CHANGE,
        reason,
        anonymous_id=message.anonymous_id,
        data={"attributes": sorted(message.attributes)},
        own=True,
    )
    return Verdict(Outcome(Fate.IGNORED, reasons_of(reason, message)), Home.IGNORED)


def _update(message: Identify, person: Person, working: Working) -> Change:
    def holder_of(ref: PersonRef) -> str | None:
        return working.holder(message.workspace_id, ref)

    def is_suppressed(ref: PersonRef) -> bool:
        return working.suppression(message.workspace_id, ref) is not None

    update = Update(
        person=person,
        at=message.occurred_at,
        addressed_by=message.person,
        holder_of=holder_of,
        is_suppressed=is_suppressed,
    )
    change = update.apply(message.attributes)
    for ref in change.lost:
        working.release(person, ref)
    for ref in change.gained:
        working.point(message.workspace_id, ref, person.person_id)
    return change


def _claim(message: Identify, person: Person, working: Working) -> Claim | None:
    if message.anonymous_id is None:
        return None
    fact = working.anonymous_id(message, message.anonymous_id)
    return claim(message.anonymous_id, fact, person.person_id, working.policy(message))


def _plain_reason(change: Change, *, created: bool) -> Reason:
    if created:
        return Reason.PERSON_CREATED
    return Reason.ATTRIBUTES_APPLIED if change.changed else Reason.NOTHING_CHANGED


def _log_failures(
    message: Identify, person: Person, change: Change, verdict: Claim | None, working: Working
) -> None:
    for name, reason in change.refused.items():
        data: JSONObject = {"attribute": name}
        if reason is not Reason.SUPPRESSED:
            data["value"] = message.attributes[name]
        working.log(
            message,
            ActivityType.FAILED_ATTRIBUTE_CHANGE,
            reason,
            name=name,
            person_id=person.person_id,
            data=data,
        )
    if change.skipped:
        working.log(
            message,
            ActivityType.SKIPPED_UPDATE,
            Reason.OLDER_THAN_CURRENT,
            person_id=person.person_id,
            data={"attributes": change.skipped},
        )
    if verdict and verdict.refused:
        working.log(
            message,
            ActivityType.CLAIM_REFUSED,
            verdict.reason,
            person_id=person.person_id,
            anonymous_id=message.anonymous_id,
            data={"anonymous_id": message.anonymous_id},
        )
