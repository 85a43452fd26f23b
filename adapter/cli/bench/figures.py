"""Figures: what one round measured, and what the rounds of both sides come to."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapter.jsonvalue import JSONObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What one round of one side measured.

    Attributes:
        rate: requests, events or merges per second, as the measure says.
        p50, p99: latency of a request in milliseconds.
        cpu: processor time of the measured process in microseconds per event, its database's not
            counted; None where the system does not tell. Steadier than the rate where others use
            the machine too.
    """

    rate: float
    p50: float
    p99: float
    cpu: float | None = None


Side = Callable[[], Figure]
"""Measures one side of a comparison once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is compared with what.

    Attributes:
        group: the name it is chosen by.
        what: for people.
        unit: of the rates.
        limit, ours: what each side is.
        wanted: the least ratio that is good enough; None where nothing is promised.
    """

    group: str
    what: str
    unit: str
    limit: tuple[str, Side]
    ours: tuple[str, Side]
    wanted: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measure and the pairs of figures, limit and ours, of its rounds."""

    measure: Measure
    pairs: Sequence[tuple[Figure, Figure]]

    @property
    def ratios(self) -> list[float]:
        """Ours over the limit, round by round, from low to high."""
        return sorted(ours.rate / limit.rate for limit, ours in self.pairs)

    @property
    def ratio(self) -> float:
        """The median of the rounds' own ratios."""
        return statistics.median(self.ratios)

    @property
    def cpu_ratio(self) -> float | None:
        """The limit's processor time over ours, the median of the rounds; None if not known."""
        known = [limit.cpu / ours.cpu for limit, ours in self.pairs if limit.cpu and ours.cpu]
        return round(statistics.median(known), 3) if known else None

    def as_json(self) -> JSONObject:
        """Show it as one object."""
        return {
            "what": self.measure.what,
            "unit": self.measure.unit,
            "limit": _side(self.measure.limit[0], [limit for limit, _ in self.pairs]),
            "ours": _side(self.measure.ours[0], [ours for _, ours in self.pairs]),
            "ratio": round(self.ratio, 3),
            "lowest": round(self.ratios[0], 3),
            "highest": round(self.ratios[-1], 3),
            "cpu_ratio": self.cpu_ratio,
            "wanted": self.measure.wanted,
        }


def compare(measure: Measure, rounds: int) -> Comparison:
    """Measure both sides in turns."""
    pairs = [(measure.limit[1](), measure.ours[1]()) for _ in range(rounds)]
    return Comparison(measure, pairs)


def figure_of(
    latencies: Sequence[float], seconds: float, *, each: int = 1, cpu: float | None = None
) -> Figure:
    """Sum up a round.

    Args:
        latencies: of its requests, in seconds.
        seconds: that it took.
        each: events in a request.
        cpu: processor time of all of it, in seconds.
    """
    if not latencies:
        raise RuntimeError("no request was answered: make the rounds longer (--seconds)")
    ordered = sorted(latencies)
    events = len(ordered) * each
    return Figure(
        rate=events / seconds,
        p50=ordered[len(ordered) // 2] * 1_000,
        p99=ordered[int(len(ordered) * 0.99)] * 1_000,
        cpu=None if cpu is None else cpu * 1_000_000 / events,
    )


def _side(name: str, figures: Sequence[Figure]) -> JSONObject:
    cpus = [figure.cpu for figure in figures if figure.cpu is not None]
    return {
        "name": name,
        "per_second": round(statistics.median(figure.rate for figure in figures), 1),
        "p50_ms": round(statistics.median(figure.p50 for figure in figures), 2),
        "p99_ms": round(statistics.median(figure.p99 for figure in figures), 2),
        "cpu_us": round(statistics.median(cpus), 1) if cpus else None,
    }
