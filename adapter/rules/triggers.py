"""Which campaigns an event starts, once it is somebody's (C1-C5, C8).

C1 holds by where this is called from: only when an event becomes a person's, and for invites.
"""

from adapter.clock import Instant
from adapter.ids import fingerprint
from adapter.jsonvalue import JSONObject
from adapter.model.campaigns import NEVER_AGAIN, Audience, Campaign, Starting, Trigger, Turn
from adapter.model.deliveries import LIFETIME, Delivery
from adapter.model.messages import Event
from adapter.model.people import Person
from adapter.model.reasons import Reason
from adapter.rules.asked import asked_of, context_of
from adapter.rules.identifiers import email_ref
from adapter.rules.working import Working


def trigger_for_person(
    event: Event, person_id: str, at: Instant, may: Reason, working: Working
) -> None:
    """Start what an event starts that has just become a person's (``following.became``)."""
    if may is not Reason.MAY_TRIGGER:
        return
    person = working.facts.people.get((event.workspace_id, person_id))
    if person is None:
        return
    for campaign in _of(event, Audience.PEOPLE, working):
        context = context_of(campaign, event, person, None)
        reason = _reason(campaign, event, person, context, working, at=at)
        _write(campaign, event, reason, context, working, at=at, person_id=person_id)


def trigger_for_turn(turn: Turn, person_id: str, may: Reason | None, working: Working) -> None:
    """Start what somebody starts who entered or left a segment, or note why they do not (C6).

    Args:
        turn: entered or left.
        person_id: who did.
        may: ``may_trigger``, or why it may not (C2, C8); None: nobody asks (C7).
        working: what it is noted in.
    """
    person = working.facts.people.get((turn.workspace_id, person_id))
    if may is None or person is None:
        return
    at = turn.received_at
    for campaign in _of(turn, Audience.PEOPLE, working):
        context = context_of(campaign, turn, person, None)
        reason = may
        if may is Reason.MAY_TRIGGER:
            reason = _reason(campaign, turn, person, context, working, at=at)
        _write(campaign, turn, reason, context, working, at=at, person_id=person_id)


def trigger_for_invite(event: Event, recipient: str, may: Reason, working: Working) -> None:
    """Start what an invite starts, or note why it does not (C5)."""
    for campaign in _of(event, Audience.INVITES, working):
        context = context_of(campaign, event, None, recipient)
        reason = may
        if may is Reason.MAY_TRIGGER:
            reason = _reason(campaign, event, None, context, working, at=event.received_at)
        _write(campaign, event, reason, context, working, at=event.received_at, recipient=recipient)


def _of(event: Starting, audience: Audience, working: Working) -> list[Campaign]:
    return [
        campaign
        for workspace_id, campaign in working.facts.in_force.campaigns
        if workspace_id in {None, event.workspace_id} and campaign.starts_with(event, audience)
    ]


def _reason(
    campaign: Campaign,
    event: Starting,
    person: Person | None,
    context: JSONObject,
    working: Working,
    *,
    at: Instant,
) -> Reason:
    if (event.id, campaign.campaign) in working.facts.considered:
        return Reason.ALREADY_TRIGGERED
    if not campaign.where(asked_of(context)):
        return Reason.CONDITION_NOT_MET
    if person is not None:
        segments = working.keeping.segments_of((event.workspace_id, person.person_id))
        if not campaign.suits(segments):
            return Reason.SEGMENTS_DO_NOT_SUIT
    if campaign.again_after and person is not None:
        key = (event.workspace_id, person.person_id, campaign.campaign)
        last = working.facts.started.get(key)
        if last is not None and at - last < campaign.again_after:
            once = campaign.again_after == NEVER_AGAIN
            return Reason.STARTED_BEFORE if once else Reason.STARTED_WITHIN_PERIOD
    return Reason.TRIGGERED


def _write(
    campaign: Campaign,
    event: Starting,
    reason: Reason,
    context: JSONObject,
    working: Working,
    *,
    at: Instant,
    person_id: str | None = None,
    recipient: str | None = None,
) -> None:
    if reason is Reason.ALREADY_TRIGGERED:
        return
    body = ""
    if reason is Reason.TRIGGERED:
        try:
            body = campaign.render(context)
        except ValueError:
            reason = Reason.TEMPLATE_FAILED
    name = campaign.campaign
    working.facts.considered.add((event.id, name))
    working.decision.triggers.append(
        Trigger(
            record=event.id,
            workspace_id=event.workspace_id,
            campaign=name,
            person_id=person_id,
            at=at,
            reason=reason,
        )
    )
    if reason is not Reason.TRIGGERED:
        return
    if person_id is not None:
        working.facts.started[event.workspace_id, person_id, name] = at
    working.decision.deliveries.append(
        Delivery(
            id=delivery_id(event.id, campaign.endpoint.name),
            workspace_id=event.workspace_id,
            endpoint=campaign.endpoint.name,
            record=event.id,
            event_id=event.message_id,
            person_id=person_id,
            recipient=None if recipient is None else email_ref(recipient).value,
            name=event.name,
            path=campaign.path,
            body=body,
            created_at=at,
            due_at=at,
            expires_at=Instant(at + LIFETIME),
        )
    )


def delivery_id(record: str, endpoint: str) -> str:
    """Name the one delivery that a record may have for an endpoint (C4, L5)."""
    return f"{record}-{fingerprint(endpoint)[:4].hex()}"
