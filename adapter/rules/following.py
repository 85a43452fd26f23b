"""What follows from a message: what the events start that it made somebody's (C1-C5, C8)."""

from adapter.clock import Instant
from adapter.model.messages import Event
from adapter.model.reasons import Reason
from adapter.rules.triggers import trigger_for_person
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
    if working.facts.in_force.campaigns:
        working.became.append(Became(event, person_id, at, may))


def follow(working: Working) -> None:
    """Decide what follows from all that became somebody's since this was asked last."""
    if not working.became:
        return
    noted, working.became = working.became, []
    for each in noted:
        trigger_for_person(each.event, each.person_id, each.at, each.may, working)
