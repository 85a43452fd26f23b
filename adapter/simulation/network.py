"""How what was sent arrives: late, twice, out of order, in batches, into a store with troubles."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from adapter.clock import DAY, HOUR, MINUTE, SECOND, Instant
from adapter.simulation.doors import as_said_at, takes
from adapter.simulation.oracle.model import wrong_with
from adapter.simulation.oracle.said import Said
from adapter.simulation.plan import SEGMENT, SOURCES, Delivery, Door, Fault
from adapter.simulation.traffic import Sent

_DELAYS = (0, 0, 0, 200_000, SECOND, 30 * SECOND, 5 * MINUTE, HOUR, 2 * DAY)
_REPEATS = (0, SECOND, MINUTE, HOUR, 3 * DAY, 6 * DAY)
"""How much later; never so late that the key may be forgotten, whatever the retention (L1)."""

_DOORS = (*(Door.WEBHOOK,) * 4, Door.SEGMENT_API, Door.SEGMENT_STRICT, Door.TRACK_V1, Door.TRACK_V2)
_TRACK = frozenset({Door.TRACK_V1, Door.TRACK_V2})
_FIRST = next(iter(SOURCES))
_FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)


def deliveries(random: Random, workspace: int, sent: Sequence[Sent]) -> Iterator[Delivery]:
    """Give the deliveries of what was sent, in no order."""
    for first in _arriving(random, workspace, sent):
        yield first
        if random.random() < 0.12:
            yield _repeated(random, first)
        if random.random() < 0.03:
            yield _contradicted(random, first)


def _arriving(random: Random, workspace: int, sent: Sequence[Sent]) -> Iterator[Delivery]:
    waiting: list[Sent] = []
    for each in sorted(sent, key=lambda one: one.at):
        waiting.append(each)
        # What is aimed at an instant travels alone.
        if each.aimed is None and random.random() < 0.25:
            continue
        alone = [one for one in waiting if one.aimed is not None]
        together = [one for one in waiting if one.aimed is None]
        waiting = []
        for one in alone:
            yield _delivery(random, workspace, [one])
        if together:
            yield _delivery(random, workspace, together)
    if waiting:
        yield _delivery(random, workspace, waiting)


def _delivery(random: Random, workspace: int, sent: Sequence[Sent]) -> Delivery:
    last = sent[-1]
    at = last.at + random.choice(_DELAYS)
    if last.aimed is not None and random.random() < 0.85:
        at = last.aimed
    source = random.choice(("web", "web", "app", "archive"))
    said = tuple(one.said for one in sent)
    if SOURCES[source] == SEGMENT:
        said = tuple(_stamped(random, one.said, one.at, at) for one in sent)
    single = len(said) == 1 and random.random() < 0.7
    triggers = random.random() > 0.03
    door = _door(random, said, single=single) if triggers else Door.WEBHOOK
    return Delivery(
        at=Instant(at),
        workspace=workspace,
        source=_FIRST if door in _TRACK else source,
        said=tuple(as_said_at(door, one) for one in said),
        single=single,
        door=door,
        fault=random.choice(_FAULTS) if random.random() < 0.08 else Fault.NONE,
        triggers=triggers,
    )


def _door(random: Random, said: tuple[Said, ...], *, single: bool) -> Door:
    door = random.choice(_DOORS)
    return door if takes(door, said, single=single) else Door.WEBHOOK


def _stamped(random: Random, said: Said, at: Instant, arrives: int) -> Said:
    """Bear the time at which Segment received it; sometimes one that is not believed (T2)."""
    received_at = min(at, arrives)
    if random.random() < 0.05:
        received_at = random.choice((arrives + SECOND, arrives - 31 * DAY))
    return replace(said, segment=received_at)


def _repeated(random: Random, first: Delivery) -> Delivery:
    """It is sent again: by Segment, by a browser's queue through another source or door (L1)."""
    again = replace(
        first,
        at=Instant(first.at + random.choice(_REPEATS)),
        repeat=True,
        fault=Fault.NONE,
        triggers=True,
    )
    if random.random() < 0.7:
        return again
    if first.door not in _TRACK:
        again = replace(again, source=random.choice(("web", "app")))
    door = _door(random, first.said, single=first.single)
    # Only of these each door makes the same.
    if not all(
        one.kind == "event" and one.message_id and not wrong_with(one) for one in first.said
    ):
        return again
    source = _FIRST if door in _TRACK else random.choice(("web", "app"))
    said = tuple(as_said_at(door, one) for one in first.said)
    return replace(again, door=door, source=source, said=said)


def _contradicted(random: Random, first: Delivery) -> Delivery:
    """A broken sender says something else under the same ids (L1)."""
    other = tuple(
        replace(one, extra="other") if one.kind in {"event", "page", "screen"} else one
        for one in first.said
    )
    return replace(_repeated(random, first), said=other)
