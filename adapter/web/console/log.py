"""``/``: the activity log, with its tabs and filters, kept fresh while it is looked at."""

from dataclasses import fields

from flask import Blueprint, request

from adapter.bootstrap import Services
from adapter.jsonvalue import storable
from adapter.model.activities import TITLES
from adapter.model.reasons import Reason
from adapter.services.activity_log import VIEWS, Filters
from adapter.web.console import access
from adapter.web.console.layout import Page, is_part, page
from adapter.web.console.paging import link, paging

SEEN = "seen"
"""Parameter: the newest line that was shown before; what is newer is marked."""

_MOST_CHARACTERS = 1_000


def add(console: Blueprint, services: Services) -> None:
    """Add the log."""

    @console.get("/")
    def log() -> Page:
        workspace, filters = access.workspace(), _filters()
        sources = {source.slug: source for source in services.directory.sources_of(workspace)}
        shown = services.activity_log.page(workspace, filters, sources)
        newest = shown.rows[0].id if shown.rows else ""
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
            again=None if filters.start or shown.problems else _again(filters, newest),
        )


def _filters() -> Filters:
    given = {each.name: request.args.get(each.name, "").strip() for each in fields(Filters)}
    return Filters(**{name: storable(text[:_MOST_CHARACTERS]) for name, text in given.items()})


def _tab(filters: Filters, view: str) -> str:
    """Link to a view, narrowed as this one is."""
    return link({"view": view, **filters.asked()}, "/")


def _again(filters: Filters, newest: str) -> str:
    """Link to the same lines as they will be."""
    return link({"view": filters.view, **filters.asked(), SEEN: newest or "-"}, "/")
