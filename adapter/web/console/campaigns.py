"""``/campaigns``: what the operator's files start and send on, and how often they did (C1-C5)."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint
from markupsafe import Markup

from adapter.bootstrap import Services
from adapter.clock import DAY, HOUR, MINUTE
from adapter.model.campaigns import NEVER_AGAIN, Campaign
from adapter.model.deliveries import Endpoint
from adapter.rules.decision import Measure
from adapter.services.overview import Overview
from adapter.web.console import access
from adapter.web.console.layout import Page, page
from adapter.web.console.plots import Series, spark

_UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a campaign or a destination did.

    Attributes:
        campaign: None for a destination.
        again: how often a person may start it.
        queued, delivered, dead: in the last 30 days.
        drawn: what was queued in the last 30 days.
    """

    endpoint: Endpoint
    campaign: Campaign | None
    again: str
    queued: int
    delivered: int
    dead: int
    drawn: Markup


def add(console: Blueprint, services: Services) -> None:
    """Add the page."""

    @console.get("/campaigns")
    def campaigns() -> Page:
        workspace = access.workspace()
        overview = services.overviews.overview(workspace)
        in_force = services.campaigns.in_force()
        mine = {None, workspace.id}
        return page(
            "campaigns.html",
            campaigns=[
                _line(each.endpoint, overview, each)
                for owner, each in in_force.campaigns
                if owner in mine
            ],
            destinations=[
                _line(each, overview) for owner, each in in_force.destinations if owner in mine
            ],
            gone=list(_gone(services, overview)),
        )


def _line(endpoint: Endpoint, overview: Overview, campaign: Campaign | None = None) -> Line:
    month, name = overview.month, endpoint.name
    queued = month.sent(name, Measure.QUEUED)
    return Line(
        endpoint=endpoint,
        campaign=campaign,
        again="" if campaign is None else _again(campaign.again_after),
        queued=sum(queued),
        delivered=sum(month.sent(name, Measure.DELIVERED)),
        dead=sum(month.sent(name, Measure.DEAD)),
        drawn=spark(f"{name}, last 30 days", [Series("queued", queued, "p-accent")]),
    )


def _gone(services: Services, overview: Overview) -> Iterator[str]:
    """Name the endpoints that something was queued for, and that no file names any more."""
    known = {name for owner, name in services.campaigns.endpoints()}
    yield from sorted({name for name, _measure in overview.month.endpoints} - known)


def _again(after: int) -> str:
    """Say how often a person may start a campaign, as its file does."""
    if after == 0:
        return "every time"
    if after >= NEVER_AGAIN:
        return "once"
    for unit, name in _UNITS:
        if after % unit == 0:
            return f"once per {after // unit} {name}"
    return f"once per {after // 1_000_000} s"
