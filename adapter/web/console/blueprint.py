"""The console put together: who may look, what every answer bears, and its pages."""

from urllib.parse import quote

from flask import Blueprint, g, redirect, request
from werkzeug.wrappers import Response

from adapter.bootstrap import Services
from adapter.web.console import (
    activity,
    anonymous,
    assets,
    campaigns,
    csrf,
    deliveries,
    docs,
    log,
    login,
    mappings,
    overview,
    people,
    quarantine,
    segments,
    shown,
)
from adapter.web.console.layout import HEADERS, Page, is_part, page
from adapter.web.console.sessions import SESSION, recognised
from adapter.web.responses import failure_with_flask

PAGES = (
    assets,
    login,
    log,
    activity,
    people,
    anonymous,
    overview,
    mappings,
    campaigns,
    segments,
    deliveries,
    quarantine,
    docs,
)
"""Modules that add their routes; all but the first two want a session."""

_OPEN = frozenset({"console.asset", "console.login", "console.log_in", "console.docs"})


def console_routes(services: Services) -> Blueprint:
    """Make the routes of all pages.

    Args:
        services: the use cases.
    """
    console = Blueprint("console", __name__, template_folder="../templates")
    shown.add(console, services)
    for module in PAGES:
        module.add(console, services)

    @console.before_request
    def admit() -> Response | None:
        g.services = services
        known = recognised(services, request.cookies.get(SESSION, ""))
        if known is not None:
            g.access = known
        if request.method == "POST":
            csrf.check()
        if known is None and request.endpoint not in _OPEN:
            return _to_login()
        return None

    @console.after_request
    def headed(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        csrf.keep(response)
        return response

    @console.errorhandler(Exception)
    def failed(error: Exception) -> Page:
        failure = failure_with_flask(error)
        return page("error.html", failure.status, failure.headers, failure=failure)

    return console


def _to_login() -> Response:
    if is_part():
        # htmx would put the login page inside the page; this makes it go there.
        return Response("", 401, {"HX-Redirect": "/login"})
    query = "?" + request.query_string.decode("latin-1") if request.query_string else ""
    return redirect(f"/login?next={quote(request.path + query)}", 303)
