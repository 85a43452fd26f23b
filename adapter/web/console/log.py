"""``/``: the activity log, with its tabs and filters, kept fresh while it is looked at."""

from dataclasses import fields

from flask import Blueprint, request
from werkzeug.wrappers import Response

from adapter.bootstrap import Services
from adapter.ids import fingerprint
from adapter.jsonvalue import JSONObject, storable
from adapter.model.activities import TITLES
from adapter.model.reasons import Reason
from adapter.model.workspaces import Workspace
from adapter.services.activity_log import VIEWS, Filters, LogPage
from adapter.web.console import access
from adapter.web.console.layout import Page, is_part, page
from adapter.web.console.paging import link, paging

SEEN = "seen"
"""Parameter: the newest line that was shown before; what is newer is marked."""

STATE = "state"
"""Parameter: what was shown before; while it is the same nothing is sent."""

_MOST_CHARACTERS = 1_000


def add(console: Blueprint, services: Services) -> None:
    """Add the log."""

    @console.get("/")
    def log() -> Page:
        workspace, filters = access.workspace(), _filters()
        sources = {source.slug: source for source in services.directory.sources_of(workspace)}
        shown = services.activity_log.page(workspace, filters, sources)
        state = _state(shown)
        if is_part() and request.args.get(STATE) == state:
            return Response(status=204)
        newest = shown.rows[0].id if shown.rows else services.activity_log.newest(workspace)
        return page(
            "log_lines.html" if is_part() else "log.html",
            400 if shown.problems else 200,
            shown=shown,
            filters=filters,
            tabs=[(view.capitalize() or "All", view, _tab(filters, view)) for view in ("", *VIEWS)],
            types=TITLES,
            reasons=sorted(Reason),
            sources={source.id: slug for slug, source in sources.items()},
            pages=paging(shown.next),
            clear=_tab(Filters(), filters.view),
            seen=request.args.get(SEEN, ""),
            first_run=None if newest or shown.problems else _first_run(services, workspace),
            again=None if filters.start or shown.problems else _again(filters, newest, state),
        )


def _first_run(services: Services, workspace: Workspace) -> JSONObject:
    """Tell how to send a first event; keys only to those who may change things."""
    source = services.directory.first_source(workspace)
    scheme = "https" if access.is_secure() else "http"
    return {
        "origin": f"{scheme}://{request.host}",
        "slug": source.slug,
        "write_key": source.write_key if access.may_write() else "WRITE_KEY",
        "site_id": workspace.site_id if access.may_write() else "SITE_ID",
    }


def _filters() -> Filters:
    given = {each.name: request.args.get(each.name, "").strip() for each in fields(Filters)}
    return Filters(**{name: storable(text[:_MOST_CHARACTERS]) for name, text in given.items()})


def _tab(filters: Filters, view: str) -> str:
    """Link to a view, narrowed as this one is."""
    return link({"view": view, **filters.asked()}, "/")


def _again(filters: Filters, newest: str, state: str) -> str:
    """Link to the same lines as they will be."""
    narrowed = {"view": filters.view, **filters.asked()}
    return link({**narrowed, SEEN: newest or "-", STATE: state}, "/")


def _state(shown: LogPage) -> str:
    """Name what is shown; it has another name when a line comes, goes or changes hands."""
    return fingerprint(*(f"{row.id}{row.view}" for row in shown.rows), shown.next).hex()
