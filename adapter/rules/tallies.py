"""What a person's events come to, kept so that one event more is told without reading the others.

Of a condition without a period a count is kept, no further than it is asked for. Of one with a
period the times of the newest events are kept, as many as are asked for: it holds as long as the
last of these lies within the period, so the moment at which it ceases to hold is known as well.
"""

from collections.abc import Iterable, Mapping

from adapter.clock import Instant
from adapter.jsonvalue import JSONObject, loads
from adapter.model.segments import (
    NO_TALLY,
    AllOf,
    AnyOf,
    Attributes,
    Condition,
    Deed,
    Not,
    Performed,
    Tally,
)

Tallies = Mapping[str, Tally]
"""By ``Performed.key``; what was never performed is not there."""


def add_deed(every: Iterable[Performed], tallies: dict[str, Tally], deed: Deed) -> None:
    """Count an event for each of the conditions that asks for it.

    Args:
        every: the conditions.
        tallies: changed.
        deed: the event.
    """
    for performed in every:
        if (performed.kind, performed.name) != (deed.kind, deed.name):
            continue
        if performed.where is None or performed.where({"properties": loads(deed.data)}):
            before = tallies.get(performed.key, NO_TALLY)
            tallies[performed.key] = together(performed, before, Tally(1, (deed.occurred_at,)))


def together(performed: Performed, one: Tally, other: Tally) -> Tally:
    """Give the tally of the events of both."""
    most = performed.at_least
    count = min(one.count + other.count, most)
    if performed.within is None:
        return Tally(count)
    newest = sorted((*one.newest, *other.newest), reverse=True)[:most]
    return Tally(count, tuple(newest))


def is_met(performed: Performed, tally: Tally, now: Instant) -> bool:
    """Tell whether there are enough of them; exactly the period ago is still within it."""
    if tally.count < performed.at_least:
        return False
    last = None if performed.within is None else tally.newest[performed.at_least - 1]
    return last is None or last + (performed.within or 0) >= now


def ends_at(performed: Performed, tally: Tally) -> Instant | None:
    """Tell from when on there are not enough of them any more; None: never, or there are none."""
    if performed.within is None or tally.count < performed.at_least:
        return None
    return Instant(tally.newest[performed.at_least - 1] + performed.within + 1)


def meets(condition: Condition, tallies: Tallies, person: JSONObject, now: Instant) -> bool:
    """Tell whether a person meets a condition.

    Args:
        condition: of a segment.
        tallies: of the person's events.
        person: the person as FQL looks at them.
        now: as of when.
    """
    match condition:
        case Performed():
            return is_met(condition, tallies.get(condition.key, NO_TALLY), now)
        case Attributes():
            return condition.hold(person)
        case AllOf():
            return all(meets(part, tallies, person, now) for part in condition.parts)
        case AnyOf():
            return any(meets(part, tallies, person, now) for part in condition.parts)
        case Not():
            return not meets(condition.part, tallies, person, now)


def next_end(every: Iterable[Performed], tallies: Tallies, now: Instant) -> Instant | None:
    """Tell when the next of the conditions ceases to hold by time alone, after ``now``."""
    ends = (ends_at(each, tallies.get(each.key, NO_TALLY)) for each in every)
    return min((end for end in ends if end is not None and end > now), default=None)
