"""``/overview``: how it goes, in the last day and the last thirty."""

from collections.abc import Iterator

from flask import Blueprint

from adapter.bootstrap import Services
from adapter.clock import DAY
from adapter.rules.decision import Fate, Measure
from adapter.services.overview import Period
from adapter.web.console import access
from adapter.web.console.layout import Page, page
from adapter.web.console.plots import Plot, Series, Write, count, percent, plot

_LOOKS = {
    Fate.STORED: "p-accent",
    Fate.DUPLICATE: "p-quiet",
    Fate.IGNORED: "p-faint",
    Fate.QUARANTINED: "p-warn",
    Fate.REFUSED: "p-bad",
}


class Chart:
    """A plot with what stands around it.

    Args:
        title: what is plotted.
        series: upon each other.
        period: when.
        number: the one number that says most; the sum by default.
        hint: what it means.
        write: writes what is plotted.
    """

    def __init__(
        self,
        title: str,
        series: list[Series],
        period: Period,
        *,
        number: str | None = None,
        hint: str = "",
        write: Write = count,
    ) -> None:
        self.title = title
        self.when = "24 h" if period.step < DAY else "30 d"
        self.series = series
        self.hint = hint
        self.number = f"{sum(each.total for each in series):,.0f}" if number is None else number
        self.plot: Plot = plot(title, series, period.begins, period.step, write)


def add(console: Blueprint, services: Services) -> None:
    """Add the overview."""

    @console.get("/overview")
    def overview() -> Page:
        workspace = access.workspace()
        found = services.overviews.overview(workspace)
        backlog = [row for row in services.deliveries.backlog() if row.key[0] == workspace.id]
        states = {**services.missing_mappings(), **services.mappings.states()}
        return page(
            "overview.html",
            rows=zip(_charts(found.day), _charts(found.month), strict=True),
            imbalance=found.imbalance,
            sweep_lag=services.sweeping.lag(workspace),
            too_long=DAY,
            pending=sum(row.pending for row in backlog),
            outbox_lag=max((row.lag for row in backlog), default=0),
            files={name: state for name, state in states.items() if state != "current"},
        )


def _charts(period: Period) -> Iterator[Chart]:
    fates = [Series(fate, period.of(fate), look) for fate, look in _LOOKS.items()]
    yield Chart("Records", fates, period)
    merges = [Series("merges", period.of(Measure.MERGES), "p-accent")]
    merged = period.total(Measure.MERGED)
    yield Chart("Merges", merges, period, hint=f"{merged:,} events became a person's")
    share = [Series("of strangers' events", period.merging, "p-good")]
    number = "none" if period.share is None else percent(period.share)
    came = period.total(Measure.ANONYMOUS)
    yield Chart(
        "Strangers' events that merge",
        share,
        period,
        number=number,
        write=percent,
        hint=f"{merged:,} merged, {came:,} came in",
    )
    sent = [
        Series("delivered", period.of(Measure.DELIVERED), "p-good"),
        Series("given up", period.of(Measure.DEAD), "p-bad"),
    ]
    yield Chart("Deliveries", sent, period, hint=f"{period.total(Measure.QUEUED):,} queued")
