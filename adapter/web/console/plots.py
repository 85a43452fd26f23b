"""Plots, drawn here as SVG: bars over equal steps of time, each telling its numbers.

No style stands in them, only classes of the style sheet, as the pages' policy wants it. What a plot
shows is told in words as well, for those who do not see it.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from markupsafe import Markup

from adapter.clock import DAY, SECOND, Instant

_STEP = 10.0
_GAP = 2.0
_HEIGHT = 60.0
_SPARK_HEIGHT = 20.0
_LEAST = 0.8
"""Of what is not nothing, so much is seen."""

Write = Callable[[float], str]
"""Writes a number for people."""


def count(number: float) -> str:
    """Write how many: ``12,345``."""
    return f"{number:,.0f}"


def percent(number: float) -> str:
    """Write a share of 1: ``8.5%``."""
    return f"{number:.1%}" if 0 < number < _ONE_PERCENT * 10 else f"{number:.0%}"


_ONE_PERCENT = 0.01


class Series(NamedTuple):
    """One kind of thing, counted step by step.

    Attributes:
        name: what it is called.
        values: one for each step; None where nothing can be said.
        look: class of the style sheet that paints it.
    """

    name: str
    values: Sequence[float | None]
    look: str

    @property
    def total(self) -> float:
        """Add up the steps."""
        return sum(value or 0 for value in self.values)


class Plot(NamedTuple):
    """A plot as a page shows it.

    Attributes:
        drawing: the SVG.
        top: what its height stands for.
        first, last: when it begins and ends.
    """

    drawing: Markup
    top: str
    first: str
    last: str


def plot(
    title: str,
    series: Sequence[Series],
    begins: Sequence[Instant],
    step: int,
    write: Write = count,
) -> Plot:
    """Draw series as bars upon each other.

    Args:
        title: what is plotted.
        series: of equal length; the first one stands lowest.
        begins: of each step.
        step: how long each is, in microseconds.
        write: writes what is plotted.
    """
    sums = [_sum_of(series, at) for at in range(len(begins))]
    top = _rounded_up(max(sums, default=0), 1.0 if write is count else _ONE_PERCENT)
    moments = [moment(begin, step) for begin in begins]
    bars = [
        _bar(series, at, top, f"{moments[at]}: {_told(series, at, write)}")
        for at in range(len(begins))
    ]
    most = max(range(len(sums)), key=sums.__getitem__, default=0)
    words = f"{title}, {moments[0]} to {moments[-1]}. Most: {write(sums[most])}, {moments[most]}."
    grid = Markup('<path class="grid" d="M0 0H{w:g}M0 {half:g}H{w:g}M0 {h:g}H{w:g}"/>').format(
        w=len(begins) * _STEP, half=_HEIGHT / 2, h=_HEIGHT
    )
    return Plot(_drawn("plot", words, grid, bars, _HEIGHT), write(top), moments[0], moments[-1])


def spark(title: str, series: Sequence[Series]) -> Markup:
    """Draw series small enough for a line of a table."""
    steps = range(len(series[0].values))
    top = max((_sum_of(series, at) for at in steps), default=0) or 1
    bars = [_bar(series, at, top, "", _SPARK_HEIGHT) for at in steps]
    words = f"{title}: {', '.join(f'{count(each.total)} {each.name}' for each in series)}."
    return _drawn("spark", words, Markup(""), bars, _SPARK_HEIGHT)


def moment(begin: Instant, step: int) -> str:
    """Name a step: its day, and its hour where it is shorter."""
    at = datetime.fromtimestamp(begin // SECOND, UTC)
    return f"{at.day} {at:%b}" if step >= DAY else f"{at.day} {at:%b, %H:%M}"


def _drawn(look: str, words: str, under: Markup, bars: Sequence[Markup], height: float) -> Markup:
    return Markup(
        '<svg class="{}" viewBox="0 0 {:g} {:g}" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}{}</svg>'
    ).format(look, len(bars) * _STEP, height, words, under, Markup("").join(bars))


def _bar(
    series: Sequence[Series], at: int, top: float, told: str, height: float = _HEIGHT
) -> Markup:
    """Draw one step: what is in it, upon each other, and the words that a pointer brings up."""
    parts, under = [], height
    for each in series:
        value = each.values[at]
        if value:
            tall = max(value / top * height, _LEAST)
            under -= tall
            parts.append(
                Markup(
                    '<rect class="{}" x="{:g}" y="{:.2f}" width="{:g}" height="{:.2f}"/>'
                ).format(each.look, at * _STEP + _GAP / 2, under, _STEP - _GAP, tall)
            )
    if told:
        parts.append(
            Markup(
                '<rect class="hit" x="{:g}" width="{:g}" height="{:g}"><title>{}</title></rect>'
            ).format(at * _STEP, _STEP, height, told)
        )
    return Markup("").join(parts)


def _sum_of(series: Sequence[Series], at: int) -> float:
    return sum(each.values[at] or 0 for each in series)


def _told(series: Sequence[Series], at: int, write: Write) -> str:
    values = [(each.name, each.values[at]) for each in series]
    said = [f"{write(value)} {name}" for name, value in values if value]
    return ", ".join(said) or "nothing"


def _rounded_up(most: float, least: float) -> float:
    """Give the first of 1, 2, 5, 10, 20 ... times the least that is not below."""
    size = least
    while True:
        for step in (1, 2, 5):
            if most <= step * size:
                return step * size
        size *= 10
