"""What becomes of an event: identified, anonymous or invite (K1-K3, K5, K6, M3, M4, C2, C3)."""

from adapter.clock import unix_seconds
from adapter.jsonvalue import dumps
from adapter.model.activities import TITLES, ActivityType
from adapter.model.messages import AnonymousEvent, IdentifiedEvent, InviteEvent
from adapter.model.people import PersonRef
from adapter.model.reasons import Reason
from adapter.rules.decision import (
    Fate,
    Outcome,
    StoredAnonymous,
    StoredIdentified,
    StoredInvite,
)
from adapter.rules.facts import Home
from adapter.rules.following import became
from adapter.rules.identifiers import email_ref, is_junk_anonymous_id
from adapter.rules.merge import arrival_reason, trigger_reason
from adapter.rules.people import find_or_create
from adapter.rules.triggers import trigger_for_invite
from adapter.rules.verdict import Verdict, ignored
from adapter.rules.working import Arrival, Working, reasons_of

_UNSUBSCRIBED = "unsubscribed"
_YES = (True, "true")


def decide_identified(event: IdentifiedEvent, working: Working) -> Verdict:
    """Store a person's event, creating the person if need be (K1, K5)."""
    person = find_or_create(event, event.person, working)
    if person is None:
        return ignored(event, Reason.UNKNOWN_CIO_ID, working)
    reasons = reasons_of(Reason.IDENTIFIED, event)
    may = trigger_reason(event, event.received_at, working.policy(event))
    working.decision.identified.append(
        StoredIdentified(
            event=event,
            person_id=person.person_id,
            anonymous_id=event.anonymous_id,
            was_anonymous=False,
            processed_at=event.received_at,
            trigger=may,
            reasons=reasons,
        )
    )
    became(event, person.person_id, event.received_at, may, working)
    return Verdict(Outcome(Fate.STORED, reasons), Home.PERSON)


def decide_anonymous(event: AnonymousEvent, working: Working) -> Verdict:
    """Store a stranger's event, or give it to the person its id was just assigned to."""
    policy = working.policy(event)
    fact = working.anonymous_id(event, event.anonymous_id)
    if is_junk_anonymous_id(event.anonymous_id, policy.junk_ids):
        main = Reason.JUNK_ID
    else:
        main = arrival_reason(event.received_at, fact, policy)
    reasons = reasons_of(main, event)
    if main is Reason.MERGED_IN_WINDOW and fact.person_id and fact.assigned_at is not None:
        associated_at = max(event.received_at, fact.assigned_at)
        may = trigger_reason(event, associated_at, policy)
        working.decision.identified.append(
            StoredIdentified(
                event=event,
                person_id=fact.person_id,
                anonymous_id=event.anonymous_id,
                was_anonymous=True,
                processed_at=associated_at,
                trigger=may,
                reasons=reasons,
                former=Reason.AWAITING_IDENTIFY,
            )
        )
        became(event, fact.person_id, associated_at, may, working)
        _count_arrival(event, fact.person_id, working)
        return Verdict(Outcome(Fate.STORED, reasons), Home.PERSON)
    stored = StoredAnonymous(event, fact.ref, event.anonymous_id, reasons)
    working.decision.anonymous.append(stored)
    working.waiting.setdefault((event.workspace_id, event.anonymous_id), []).append(stored)
    return Verdict(Outcome(Fate.STORED, reasons), Home.ANONYMOUS)


def decide_invite(event: InviteEvent, working: Working) -> Verdict:
    """Store an event for somebody who is not known yet; it creates no person (K3, C5).

    One to a suppressed address is not kept; one to an unsubscribed person says why it does nothing.
    """
    ref = email_ref(event.recipient)
    if working.suppression(event.workspace_id, ref) is not None:
        working.decision.forgotten.add((event.workspace_id, ref))
        return ignored(event, Reason.RECIPIENT_SUPPRESSED, working)
    refused = (Reason.RECIPIENT_SUPPRESSED,) if _is_unsubscribed(event, ref, working) else ()
    reasons = reasons_of(Reason.INVITE, event, *refused)
    working.decision.invites.append(StoredInvite(event, event.recipient, reasons))
    may = trigger_reason(event, event.received_at, working.policy(event))
    trigger_for_invite(event, event.recipient, refused[0] if refused else may, working)
    return Verdict(Outcome(Fate.STORED, reasons), Home.INVITE)


def log_arrivals(working: Working) -> None:
    """Log the merges on arrival, one line per request and anonymous id (A1)."""
    for arrival in working.arrivals.values():
        working.log(
            arrival.first,
            ActivityType.ANON_MERGE,
            Reason.MERGED_IN_WINDOW,
            name=TITLES[ActivityType.ANON_MERGE],
            person_id=arrival.person_id,
            anonymous_id=arrival.anonymous_id,
            data=dumps(
                {
                    "count": arrival.count,
                    "oldest": unix_seconds(arrival.oldest),
                    "anonymous_id": arrival.anonymous_id,
                }
            ),
        )


def _is_unsubscribed(event: InviteEvent, ref: PersonRef, working: Working) -> bool:
    person_id = working.holder(event.workspace_id, ref)
    if person_id is None:
        return False
    attributes = working.facts.people[event.workspace_id, person_id].attributes
    held = attributes.get(_UNSUBSCRIBED)
    return held is not None and held.value in _YES


def _count_arrival(event: AnonymousEvent, person_id: str, working: Working) -> None:
    key = (event.received_id, (event.workspace_id, event.anonymous_id))
    arrival = working.arrivals.get(key)
    if arrival is None:
        working.arrivals[key] = Arrival(event, event.anonymous_id, person_id, 1, event.occurred_at)
    else:
        arrival.count += 1
        arrival.oldest = min(arrival.oldest, event.occurred_at)
