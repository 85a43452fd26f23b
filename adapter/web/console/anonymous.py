"""``/anonymous/<id>``: one anonymous id, its window, and taking its merge back (M12)."""

from urllib.parse import quote

from flask import Blueprint, request

from adapter.bootstrap import Services
from adapter.errors import NotFound
from adapter.services.activity_log import Filters
from adapter.web.console import access
from adapter.web.console.layout import Page, done, page
from adapter.web.console.paging import paging
from adapter.web.console.picture import draw
from adapter.web.reading import checked


def add(console: Blueprint, services: Services) -> None:
    """Add the page of an anonymous id, and the form that takes its merge back."""

    @console.get("/anonymous/<identifier:anonymous_id>")
    def anonymous(anonymous_id: str) -> Page:
        workspace, text = access.workspace(), checked(anonymous_id)
        stranger = services.profiles.stranger(workspace, text)
        if stranger is None:
            raise NotFound(f"the anonymous id {text[:80]!r} was never seen")
        filters = Filters(anonymous_id=text, start=request.args.get("start", ""))
        shown = services.activity_log.page(workspace, filters, {})
        return page(
            "anonymous.html",
            400 if shown.problems else 200,
            stranger=stranger,
            known=stranger.known,
            picture_drawn=draw(stranger.known, services.clock.now()),
            shown=shown,
            pages=paging(shown.next),
        )

    @console.post("/anonymous/<identifier:anonymous_id>/unmerge")
    @access.changes
    def unmerge(anonymous_id: str) -> Page:
        text = checked(anonymous_id)
        told = services.unmerging.unmerge(access.workspace(), text)
        gone = f", {told['expired']} had expired and are gone" if told["expired"] else ""
        sentence = f"Taken back: {told['count']} events of {text[:80]} are anonymous again{gone}."
        return done(f"/anonymous/{quote(text, safe='')}", sentence)
