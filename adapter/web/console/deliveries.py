"""``/deliveries``: what was sent, is to be sent and could not be; and trying it again."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, request
from markupsafe import Markup

from adapter.bootstrap import Services
from adapter.errors import RequestError
from adapter.jsonvalue import loads, storable
from adapter.model.deliveries import DeliveryState
from adapter.model.workspaces import Workspace
from adapter.rules.decision import Measure
from adapter.services.overview import Period
from adapter.web.console import access
from adapter.web.console.layout import Page, done, page
from adapter.web.console.paging import link, paging
from adapter.web.console.plots import Series, spark

MOST_AT_ONCE = 500
_FILTERS = ("state", "endpoint", "event_id", "customer_id", "start")
_STATES = ("", *DeliveryState)
_RETRIED = frozenset({DeliveryState.DEAD, DeliveryState.PENDING})
_MOST_CHARACTERS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How an endpoint does.

    Attributes:
        in_force: the operator's files name it now.
        lag: how long the oldest that is due has been due, in microseconds.
        delivered, dead: in the last 30 days.
        drawn: the last 24 hours.
    """

    name: str
    in_force: bool
    pending: int
    lag: int
    delivered: int
    dead: int
    drawn: Markup


def add(console: Blueprint, services: Services) -> None:
    """Add the pages, and the forms that have deliveries tried again."""

    @console.get("/deliveries")
    def deliveries() -> Page:
        return _page(services)

    @console.get("/deliveries/<delivery_id>")
    def delivery(delivery_id: str) -> Page:
        found, tries = services.deliveries.detail(access.workspace(), storable(delivery_id))
        return page(
            "delivery.html",
            delivery=found,
            body=loads(found.body),
            tries=tries,
            retried=found.state in _RETRIED,
        )

    @console.post("/deliveries/<delivery_id>/retry")
    @access.changes
    def retry_delivery(delivery_id: str) -> Page:
        found, _tries = services.deliveries.detail(access.workspace(), storable(delivery_id))
        services.deliveries.retry([found])
        said = "It is due now, with all its tries."
        if found.state not in _RETRIED:
            said = f"It is {found.state}, and stays so."
        return done(f"/deliveries/{found.id}", said)

    @console.post("/deliveries/retry")
    @access.changes
    def retry_dead() -> Page:
        endpoint = request.form.get("endpoint", "") or None
        dead = services.deliveries.every(
            access.workspace(), state=DeliveryState.DEAD, endpoint=endpoint, limit=MOST_AT_ONCE
        )
        chosen = list(dead)
        services.deliveries.retry(chosen)
        return done("/deliveries", f"{len(chosen)} dead deliveries are due now.")


def _page(services: Services) -> Page:
    workspace = access.workspace()
    given = {name: storable(request.args.get(name, "").strip()) for name in _FILTERS}
    asked = {name: text[:_MOST_CHARACTERS] for name, text in given.items() if text}
    try:
        (found, following), problem = services.deliveries.search(workspace, asked), ""
    except RequestError as error:
        found, following, problem = [], "", error.message
    return page(
        "deliveries.html",
        400 if problem else 200,
        endpoints=list(endpoint_lines(services, workspace)),
        rows=found,
        asked=asked,
        problem=problem,
        tabs=[(state.capitalize() or "All", state, _tab(asked, state)) for state in _STATES],
        pages=paging(following),
        most=MOST_AT_ONCE,
    )


def endpoint_lines(services: Services, workspace: Workspace) -> Iterator[Line]:
    """Tell how each endpoint does: those of the files, and those that something was sent to."""
    overview = services.overviews.overview(workspace)
    backlog = {
        row.key[1]: row for row in services.deliveries.backlog() if row.key[0] == workspace.id
    }
    in_force = {name for owner, name in services.campaigns.endpoints() if owner == workspace.id}
    measured = {endpoint for endpoint, _measure in overview.month.endpoints}
    for name in sorted(in_force | measured | backlog.keys()):
        waiting = backlog.get(name)
        yield Line(
            name=name,
            in_force=name in in_force,
            pending=waiting.pending if waiting else 0,
            lag=waiting.lag if waiting else 0,
            delivered=sum(overview.month.sent(name, Measure.DELIVERED)),
            dead=sum(overview.month.sent(name, Measure.DEAD)),
            drawn=_drawn(name, overview.day),
        )


def _drawn(name: str, day: Period) -> Markup:
    sent = [
        Series("delivered", day.sent(name, Measure.DELIVERED), "p-good"),
        Series("given up", day.sent(name, Measure.DEAD), "p-bad"),
    ]
    return spark(f"{name}, last 24 hours", sent)


def _tab(asked: dict[str, str], state: str) -> str:
    return link({**asked, "state": state, "start": ""}, "/deliveries")
