"""Who is in which segment, looked up among all there is each time it is asked (C6)."""

from collections.abc import Callable

from adapter.simulation.oracle.holdings import Holdings
from adapter.simulation.oracle.state import DAY, OneEvent, OnePerson

Condition = Callable[[OnePerson, list[OneEvent], int], bool]


def _did(events: list[OneEvent], name: str) -> list[OneEvent]:
    return [event for event in events if (event.kind, event.name) == ("event", name)]


def _is_keen(_person: OnePerson, events: list[OneEvent], _now: int) -> bool:
    return len(_did(events, "Viewed Pricing")) >= 2


def _pays(person: OnePerson, _events: list[OneEvent], _now: int) -> bool:
    return bool(person.attributes.get("plan", (None, 0))[0] == "pro")


def _added_lately(_person: OnePerson, events: list[OneEvent], now: int) -> bool:
    return any(now - each.occurred_at <= 7 * DAY for each in _did(events, "Product Added"))


def _never_ordered(_person: OnePerson, events: list[OneEvent], _now: int) -> bool:
    return not _did(events, "Order Completed")


SEGMENTS: dict[str, Condition] = {
    "keen": _is_keen,
    "pro": _pays,
    "lately": _added_lately,
    "never-ordered": _never_ordered,
}


def members(held: Holdings, segment: str, now: int) -> list[OnePerson]:
    """List the members of a segment: it counts a person's events only."""
    meets = SEGMENTS[segment]
    return [
        person
        for person in held.people.all
        if meets(person, [event for event in held.events if event.owner is person], now)
    ]
