"""What follows from what happened: segments entered and left, campaigns started (C1-C8).

Segments come first: what a campaign asks of them counts the event that starts it.
"""

from collections.abc import Iterable, Iterator

from adapter.clock import Instant
from adapter.model.activities import ActivityType
from adapter.model.campaigns import Turn, TurnKind
from adapter.model.messages import AnonymousEvent, Event, MergePeople, Message
from adapter.model.reasons import Reason
from adapter.model.segments import Deed, Member
from adapter.rules.causes import Cause, Occasion
from adapter.rules.facts import Facts, PersonKey
from adapter.rules.keeping import Change, Why
from adapter.rules.triggers import trigger_for_person, trigger_for_turn
from adapter.rules.working import Became, Working


def became(event: Event, person_id: str, at: Instant, may: Reason, working: Working) -> None:
    """Note that an event has become a person's; what follows is decided with its message.

    Args:
        event: arrived or merged.
        person_id: whose it became.
        at: the moment of association.
        may: ``may_trigger``, or why it may not (C2, C3, C8); then it starts nothing, and the
            event's own row says so.
        working: what it is noted in.
    """
    key = (event.workspace_id, person_id)
    if working.facts.in_force.campaigns:
        working.became.append(Became(event, person_id, at, may))
    if working.keeping.is_watched(event.workspace_id):
        working.keeping.note(key, deed_of(event), may, at)


def deed_of(event: Event) -> Deed:
    """Give what segments look at of an event."""
    merged_by = event.anonymous_id if isinstance(event, AnonymousEvent) else None
    return Deed(event.kind, event.name, event.occurred_at, event.data, merged_by)


def follow_message(message: Message, working: Working) -> None:
    """Decide what follows from a message."""
    if not working.became and working.keeping.is_still:
        return
    if isinstance(message, MergePeople):
        # What comes by joining people starts nothing (C7).
        follow(Why(message, triggers=None, told=Reason.PEOPLE_MERGED), working)
    elif Reason.TRIGGERS_OFF in message.notes:
        follow(Why(message, triggers=Reason.TRIGGERS_OFF), working)
    else:
        follow(Why(message), working)


def follow(why: Why, working: Working) -> None:
    """Decide what follows from all that happened since this was asked last."""
    working.keeping.settle(why)
    changes, working.keeping.changes = working.keeping.changes, []
    turns = [_log_change(change, working) for change in changes]
    for change, turn in zip(changes, turns, strict=True):
        trigger_for_turn(turn, change.person[1], change.may, working)
    noted, working.became = working.became, []
    for each in noted:
        trigger_for_person(each.event, each.person_id, each.at, each.may, working)


def recount_outdated(cause: Cause, working: Working) -> None:
    """Work out the standings of people that are of other segments than those in force."""
    why = Why(cause, triggers=None, told=Reason.SEGMENT_REDEFINED)
    for key, deeds in working.facts.histories.items():
        working.keeping.recount(key, deeds, why)


def look_after(
    people: Iterable[PersonKey], facts: Facts, now: Instant, ids: Iterator[str]
) -> Working:
    """Bring standings up to date: those of other segments, and what time alone has changed.

    Args:
        people: whose.
        facts: about them.
        now: as of when.
        ids: as ``ids.new_ids`` gives them.
    """
    working = Working(facts)
    for key, deeds in facts.histories.items():
        occasion = Occasion(next(ids), key[0], now)
        why = Why(occasion, triggers=None, told=Reason.SEGMENT_REDEFINED)
        working.keeping.recount(key, deeds, why)
    for key in people:
        working.keeping.touch(key, now)
        follow(Why(Occasion(next(ids), key[0], now)), working)
    return working


def _log_change(change: Change, working: Working) -> Turn:
    """Log that a person entered or left a segment, and give that for campaigns to start with."""
    kind = ActivityType.SEGMENT_ENTER if change.enters else ActivityType.SEGMENT_LEAVE
    segment_id, (_, person_id) = change.segment_id, change.person
    line = working.log_following(
        change.cause,
        kind,
        change.reason,
        name=segment_id,
        person_id=person_id,
        data={"segment_id": segment_id, "segment": change.segment_name},
    )
    standing = working.keeping.writes.get(change.person)
    member = None if standing is None else standing.members.get(segment_id)
    if standing is not None and member is not None and change.enters:
        standing.members[segment_id] = Member(member.since, line.id)
    return Turn(
        id=line.id,
        workspace_id=line.workspace_id,
        kind=TurnKind.ENTERED if change.enters else TurnKind.LEFT,
        name=segment_id,
        occurred_at=line.occurred_at,
        received_at=line.received_at,
        data=line.data,
    )
