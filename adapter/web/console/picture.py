"""The picture of a merge: what was anonymous, when it was identified, what came too late.

Days before the assignment, minutes of the window and days after it stand on one axis, so it has
three stretches: the time before by its logarithm, the window as it is, and the time after by its
logarithm again. Without an assignment there is only the time before now.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adapter.clock import DAY, HOUR, MINUTE, SECOND, Instant
from adapter.ports import ActivityRow
from adapter.services.profiles import KnownId

WIDTH = 720
_MARGIN = 14
_BEFORE, _WITHIN = 0.5, 0.25
"""Shares of the axis; the rest is for what came after the window."""

_UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s"))
_TICKS = (
    SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY,
)  # fmt: skip
_APART = 46
"""Least pixels between the labels of two ticks."""

_STACK = 7
_MOST_STACKED = 6


class Dot(NamedTuple):
    """An event in the picture.

    Attributes:
        kind: ``merged``, ``waiting`` or ``late``.
        rise: how far above the axis, in pixels, where several would lie on each other.
    """

    x: float
    rise: int
    kind: str
    line: ActivityRow


class Tick(NamedTuple):
    """A mark of the axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, ready to be drawn; all places are pixels from the left.

    Attributes:
        assigned, closes: where the person was identified, and where the window ends; None without
            an assignment.
        ticks: of the axis.
        counts: how many events there are of each kind.
    """

    dots: list[Dot]
    ticks: list[Tick]
    assigned: float | None
    closes: float | None
    counts: dict[str, int]


def draw(known: KnownId, now: Instant) -> Picture:
    """Draw an anonymous id."""
    axis = _Axis.of(known, now)
    dots = list(_dots(known.events, axis))
    kinds = [dot.kind for dot in dots]
    return Picture(
        dots=dots,
        ticks=axis.ticks(),
        assigned=None if known.fact.assigned_at is None else axis.at(known.fact.assigned_at),
        closes=None if known.closes is None else axis.at(known.closes),
        counts={kind: kinds.count(kind) for kind in ("merged", "waiting", "late")},
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """Where instants lie.

    Attributes:
        turn: the assignment, or now.
        closes: the end of the window, or None.
        before, after: the most that anything lies before the turn, and after the window.
    """

    turn: int
    closes: int | None
    before: int
    after: int

    @classmethod
    def of(cls, known: KnownId, now: Instant) -> "_Axis":
        at = known.fact.assigned_at
        turn, closes = now if at is None else at, known.closes
        times = [event.received_at for event in known.events] or [turn]
        after = 0 if closes is None else max(times) - closes
        return cls(turn, closes, max(turn - min(times), MINUTE), max(after, 0))

    def at(self, instant: int) -> float:
        room = WIDTH - 2 * _MARGIN
        if instant <= self.turn:
            share = 1 - _logarithmic(self.turn - instant, self.before)
            return _MARGIN + room * self._turns_at() * share
        if self.closes is None:
            return float(WIDTH - _MARGIN)
        if instant <= self.closes:
            share = (instant - self.turn) / max(self.closes - self.turn, 1)
            return _MARGIN + room * (_BEFORE + _WITHIN * share)
        share = _logarithmic(instant - self.closes, max(self.after, MINUTE))
        return _MARGIN + room * (_BEFORE + _WITHIN + (1 - _BEFORE - _WITHIN) * share)

    def ticks(self) -> list[Tick]:
        turns = self.at(self.turn)
        earlier = (
            Tick(self.at(self.turn - far), f"-{_short(far)}")
            for far in reversed(_TICKS)
            if far <= self.before
        )
        later = (
            Tick(self.at((self.closes or 0) + far), f"{_short(far)} late")
            for far in _TICKS
            if far <= self.after
        )
        if self.closes is None or not self.after:
            return _apart(earlier, before=turns)
        return _apart(earlier, before=turns) + _apart(later, after=self.at(self.closes))

    def _turns_at(self) -> float:
        return 1.0 if self.closes is None else _BEFORE


def _dots(events: Sequence[ActivityRow], axis: _Axis) -> Iterable[Dot]:
    stacked: dict[int, int] = {}
    for event in events:
        x = round(axis.at(event.received_at), 1)
        place = round(x / _STACK)
        high = stacked.get(place, 0)
        stacked[place] = high + 1
        yield Dot(x, min(high, _MOST_STACKED) * _STACK, _kind(event), event)


def _kind(event: ActivityRow) -> str:
    if event.was_anonymous:
        return "merged"
    return "late" if event.reason == "window_closed" else "waiting"


def _logarithmic(far: int, most: int) -> float:
    """Tell how far along something lies, from 0 to 1; the nearer, the finer."""
    return math.log1p(far / SECOND) / math.log1p(most / SECOND)


def _apart(ticks: Iterable[Tick], *, before: float = WIDTH, after: float = 0.0) -> list[Tick]:
    """Leave out ticks whose labels would lie on one another, or on what stands at the ends."""
    kept: list[Tick] = []
    for tick in ticks:
        nearest = kept[-1].x if kept else after
        if (tick.x - nearest >= _APART or not nearest) and before - tick.x >= _APART / 2:
            kept.append(tick)
    return kept


def _short(far: int) -> str:
    size, name = next((size, name) for size, name in _UNITS if far >= size)
    return f"{far // size} {name}"
