"""How it goes: what was counted by the hour, for the last day and the last thirty (L4).

Reads counters alone, never events: it costs the same with ten as with ten million of them.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from adapter.clock import DAY, HOUR, Clock, Instant
from adapter.model.workspaces import Workspace
from adapter.ports import Store
from adapter.rules.decision import Fate, Measure
from adapter.rules.measures import HourRow

HOURS = 24
DAYS = 30
_HOURS_OF_A_DAY = DAY // HOUR
_FRESH_SECONDS = 60

Counted = Fate | Measure | None
"""What is counted; None: records received, as the doors counted them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What was counted in a row of equal steps of time.

    Attributes:
        begins: of each step, oldest first; the last one is not over.
        step: how long each is, in microseconds.
        counts: by what is counted, one number for each step; what never happened is not there.
        endpoints: of deliveries, by endpoint and measure.
    """

    begins: tuple[Instant, ...]
    step: int
    counts: dict[Counted, list[int]] = field(default_factory=dict)
    endpoints: dict[tuple[str, Measure], list[int]] = field(default_factory=dict)

    def of(self, what: Counted) -> list[int]:
        """Give what was counted in each step."""
        return self.counts.get(what) or [0] * len(self.begins)

    def total(self, what: Counted) -> int:
        """Add up the steps."""
        return sum(self.of(what))

    def sent(self, endpoint: str, measure: Measure) -> list[int]:
        """Give what was counted of an endpoint's deliveries in each step."""
        return self.endpoints.get((endpoint, measure)) or [0] * len(self.begins)

    @property
    def merging(self) -> list[float | None]:
        """Give how many events merged for each stranger's event that came in, step by step.

        Those that merge in a step may have come in an earlier one. None: none came in.
        """
        pairs = zip(self.of(Measure.MERGED), self.of(Measure.ANONYMOUS), strict=True)
        return [None if not came else merged / came for merged, came in pairs]

    @property
    def share(self) -> float | None:
        """Give the same of the whole period."""
        came = self.total(Measure.ANONYMOUS)
        return self.total(Measure.MERGED) / came if came else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How it goes with a workspace.

    Attributes:
        imbalance: records of the last thirty days of which the ledger does not say what became.
    """

    day: Period
    month: Period
    imbalance: int


class _Past(NamedTuple):
    """What was counted in hours that are over, as it was read.

    Attributes:
        hours: which, as Unix hours.
        read_at: by the monotonic clock.
    """

    hours: range
    read_at: float
    rows: list[HourRow]


class Overviews:
    """Tells how it goes. Safe for use by many threads.

    Args:
        store: where it is counted.
        clock: tells which hours to show.
        monotonic: seconds that only grow; the product's clock may stand still in a rehearsal.
    """

    def __init__(
        self, store: Store, clock: Clock, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._clock = clock
        self._monotonic = monotonic
        self._past: dict[int, _Past] = {}

    def overview(self, workspace: Workspace) -> Overview:
        """Tell how it goes with a workspace, as of now."""
        hour = self._clock.now() // HOUR
        today = hour - hour % _HOURS_OF_A_DAY
        first_day = today - (DAYS - 1) * _HOURS_OF_A_DAY
        # What was accepted in the last moment of an hour may be counted in the next one.
        past = self._hours_over(workspace.id, range(first_day, hour - 1))
        rows = [*past, *self._store.hours(workspace.id, hour - 1)]
        return Overview(
            day=_period(rows, range(hour - HOURS + 1, hour + 1)),
            month=_period(rows, range(first_day, today + 1, _HOURS_OF_A_DAY)),
            imbalance=_imbalance(rows),
        )

    def _hours_over(self, workspace_id: int, hours: range) -> list[HourRow]:
        """Give what was counted in hours that are over: read anew now and then.

        Only a retry from the quarantine still changes them.
        """
        now, known = self._monotonic(), self._past.get(workspace_id)
        if known is None or known.hours != hours or now - known.read_at > _FRESH_SECONDS:
            counted = self._store.hours(workspace_id, hours.start)
            rows = [row for row in counted if row.hour < hours.stop]
            known = self._past[workspace_id] = _Past(hours, now, rows)
        return known.rows


def _period(rows: Iterable[HourRow], hours: range) -> Period:
    """Add up what was counted, by steps that begin at these hours."""
    size = len(hours)
    period = Period(begins=tuple(Instant(hour * HOUR) for hour in hours), step=hours.step * HOUR)
    for row in rows:
        at = (row.hour - hours.start) // hours.step
        if not 0 <= at < size:
            continue
        period.counts.setdefault(row.what, [0] * size)[at] += row.counted
        if row.endpoint and isinstance(row.what, Measure):
            key = (row.endpoint, row.what)
            period.endpoints.setdefault(key, [0] * size)[at] += row.counted
    return period


def _imbalance(rows: Sequence[HourRow]) -> int:
    """Add up what doors counted and fates do not tell of, or the other way round, by the hour."""
    open_: Counter[int] = Counter()
    for row in rows:
        if row.what is None:
            open_[row.hour] += row.counted
        elif isinstance(row.what, Fate):
            open_[row.hour] -= row.counted
    return sum(map(abs, open_.values()))
