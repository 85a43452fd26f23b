"""What an assignment moves: events that wait become the person's (M1, M2, M6-M8)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from adapter.clock import Instant
from adapter.model.activities import TITLES, Activity, ActivityType
from adapter.model.messages import Event, Identify
from adapter.model.people import Attribute, Person
from adapter.model.reasons import Reason
from adapter.rules.causes import Occasion
from adapter.rules.decision import Assignment, Decision, Merge, StoredAnonymous, StoredIdentified
from adapter.rules.facts import AnonymousIdFact, AnonymousKey, Facts
from adapter.rules.following import became, follow
from adapter.rules.keeping import Why
from adapter.rules.merge import is_associated, trigger_bound, trigger_reason
from adapter.rules.working import Working, reasons_of

_ANONYMOUS_ID = "anonymous_id"


def assign(message: Identify, anonymous_id: str, person: Person, working: Working) -> None:
    """Assign the id now, and move what it covers: stored events and this batch's own (M1, M2)."""
    key = (message.workspace_id, anonymous_id)
    fact = working.facts.anonymous_ids[key]
    at = max(message.received_at, fact.assigned_at or message.received_at)
    fact.person_id, fact.assigned_at = person.person_id, at
    fact.pending_person_id = fact.pending_at = None
    _write(key, person, message, at, working, pending=False)
    policy = working.policy(message)
    triggers = Reason.TRIGGERS_OFF not in message.notes
    covered = partial(is_associated, assigned_at=at, policy=policy)
    _take_stored(key, person.person_id, at, covered, working, triggers=triggers)
    waiting = _claim_waiting(key, person.person_id, at, working, triggers=triggers)
    activity = working.activity(
        message,
        ActivityType.ANON_MERGE,
        Reason.MERGED,
        name=TITLES[ActivityType.ANON_MERGE],
        person_id=person.person_id,
        anonymous_id=anonymous_id,
        data="{}",
    )
    trigger_since, otherwise = trigger_bound(at, policy, triggers=triggers)
    merge = Merge(
        ref=fact.ref,
        key=key,
        person_id=person.person_id,
        at=at,
        received_after=policy.alive_after(at),
        received_until=Instant(at + policy.merge_window),
        trigger_since=trigger_since,
        otherwise=otherwise,
        count=len(waiting),
        oldest=min((item.event.occurred_at for item in waiting), default=None),
        activity=activity,
    )
    _add_merge(merge, working)


def keep_pending(message: Identify, anonymous_id: str, person: Person, working: Working) -> None:
    """Remember the claim until merging is switched on (M8)."""
    key = (message.workspace_id, anonymous_id)
    fact = working.facts.anonymous_ids[key]
    fact.pending_person_id, fact.pending_at = person.person_id, message.received_at
    _write(key, person, message, message.received_at, working, pending=True)


def catch_up(
    workspace_id: int,
    claims: Sequence[tuple[str, AnonymousIdFact]],
    facts: Facts,
    *,
    now: Instant,
    ids: Sequence[str],
    triggers: bool = True,
) -> Decision:
    """Apply M1-M3 to what was stored while merging was off, as if it had been on (M8).

    Args:
        workspace_id: whose merging is switched on.
        claims: anonymous ids with a pending claim, or with an assignment whose window may cover
            events that arrived while merging was off.
        facts: with the settings from now on, the people who claim, and what waits for them.
        now: the moment of switching on, which is the moment of association for C2; events
            expired by now are gone.
        ids: one per claim, for the activities.
        triggers: off, what is caught up with triggers nothing (C8).
    """
    working, policy = Working(facts), facts.policies[workspace_id]
    decision = working.decision
    trigger_since, otherwise = trigger_bound(now, policy, triggers=triggers)
    for (anonymous_id, fact), activity_id in zip(claims, ids, strict=True):
        key = (workspace_id, anonymous_id)
        person_id = fact.pending_person_id or fact.person_id
        since = fact.pending_at or fact.assigned_at
        if person_id is None or since is None:
            continue
        if fact.pending_at is not None:
            decision.assignments[key] = Assignment(
                key=key, person_id=person_id, at=since, pending=False
            )
        activity = Activity(
            id=activity_id,
            workspace_id=workspace_id,
            message="",
            message_id=None,
            type=ActivityType.ANON_MERGE,
            name=TITLES[ActivityType.ANON_MERGE],
            person_id=person_id,
            anonymous_id=anonymous_id,
            received_at=now,
            occurred_at=now,
            reason=Reason.MERGED,
        )
        merge = Merge(
            ref=fact.ref,
            key=key,
            person_id=person_id,
            at=now,
            received_after=policy.alive_after(now),
            received_until=Instant(since + policy.merge_window),
            trigger_since=trigger_since,
            otherwise=otherwise,
            count=0,
            oldest=None,
            activity=activity,
        )
        decision.merges.append(merge)
        _take_stored(key, person_id, now, merge.covers, working, triggers=triggers)
        may = Reason.MAY_TRIGGER if triggers else Reason.TRIGGERS_OFF
        follow(Why(Occasion(activity_id, workspace_id, now), triggers=may), working)
    return decision


def _write(
    key: AnonymousKey,
    person: Person,
    message: Identify,
    at: Instant,
    working: Working,
    *,
    pending: bool,
) -> None:
    working.decision.assignments[key] = Assignment(
        key=key, person_id=person.person_id, at=at, pending=pending
    )
    # The newest id assigned, whatever the sender's clock says (M7).
    person.attributes[_ANONYMOUS_ID] = Attribute(key[1], message.received_at)


def _take_stored(
    key: AnonymousKey,
    person_id: str,
    at: Instant,
    covered: Callable[[Instant], bool],
    working: Working,
    *,
    triggers: bool,
) -> None:
    """Note the stored events that a merge is about to move (C2)."""
    policy = working.facts.policies[key[0]]
    if working.facts.cut:
        working.keeping.doubt((key[0], person_id))
    left: list[Event] = []
    for event in working.facts.waiting.pop(key, ()):
        if not covered(event.received_at):
            left.append(event)
            continue
        may = trigger_reason(event, at, policy) if triggers else Reason.TRIGGERS_OFF
        became(event, person_id, at, may, working)
    if left:
        working.facts.waiting[key] = left


def _claim_waiting(
    key: AnonymousKey, person_id: str, at: Instant, working: Working, *, triggers: bool
) -> list[StoredAnonymous]:
    """Give this batch's waiting events to the person; what the window excludes keeps waiting."""
    policy = working.facts.policies[key[0]]
    claimed: list[StoredAnonymous] = []
    left: list[StoredAnonymous] = []
    for waiting in working.waiting.pop(key, ()):
        covered = is_associated(waiting.event.received_at, at, policy)
        (claimed if covered else left).append(waiting)
    working.waiting[key] = left
    for waiting in claimed:
        event = waiting.event
        may = trigger_reason(event, at, policy) if triggers else Reason.TRIGGERS_OFF
        working.claimed.add(event.id)
        working.decision.identified.append(
            StoredIdentified(
                event=event,
                person_id=person_id,
                anonymous_id=waiting.anonymous_id,
                was_anonymous=True,
                processed_at=at,
                trigger=may,
                reasons=reasons_of(Reason.MERGED, event),
                former=waiting.reasons[0],
            )
        )
        became(event, person_id, at, may, working)
    return claimed


def _add_merge(merge: Merge, working: Working) -> None:
    """Add a merge; one of an id assigned before in this batch begins where that one ends.

    No stored event lies in both spans, so that one statement serves both, and each counts its own.
    """
    merges = working.decision.merges
    earlier = working.merge_until.get(merge.key)
    if earlier is not None:
        merge = replace(merge, received_after=max(merge.received_after, earlier))
    working.merge_until[merge.key] = merge.received_until
    merges.append(merge)
