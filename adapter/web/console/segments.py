"""``/segments``: the segments in force, how far they are worked out, and who is in them (C6)."""

from flask import Blueprint, request

from adapter.bootstrap import Services
from adapter.jsonvalue import storable
from adapter.web.console import access
from adapter.web.console.layout import Page, page
from adapter.web.console.paging import paging


def add(console: Blueprint, services: Services) -> None:
    """Add the list, and the page of each segment."""

    @console.get("/segments")
    def segments() -> Page:
        found = services.reading_segments.segments(access.workspace(), {})["segments"]
        return page("segments.html", segments=found)

    @console.get("/segments/<identifier:segment_id>")
    def segment(segment_id: str) -> Page:
        workspace, name = access.workspace(), storable(segment_id)
        found = services.reading_segments.segment(workspace, name)["segment"]
        params = {"start": request.args.get("start", "")}
        members = services.reading_segments.membership(workspace, name, params)
        return page(
            "segment.html",
            segment=found,
            members=members["identifiers"],
            pages=paging(members["next"]),
        )
