"""``/people/<identifier>``: one person, and what an operator may do to them."""

from urllib.parse import quote

from flask import Blueprint, request

from adapter.bootstrap import Services
from adapter.errors import NotFound, Problem, RequestError
from adapter.rules.identifiers import is_junk_person_id
from adapter.services.activity_log import Filters
from adapter.services.erasing import read_named
from adapter.services.profiles import Profile
from adapter.web.console import access
from adapter.web.console.layout import Page, done, page
from adapter.web.console.paging import paging
from adapter.web.console.picture import draw
from adapter.web.reading import checked

_SHOWN_DELIVERIES = "10"


def add(console: Blueprint, services: Services) -> None:
    """Add the page of a person, and the form that erases them."""

    @console.get("/people/<identifier:identifier>")
    def person(identifier: str) -> Page:
        return _person(services, _find(services, checked(identifier)))

    @console.post("/people/<identifier:identifier>/erase")
    @access.changes
    def erase(identifier: str) -> Page:
        profile = _find(services, checked(identifier))
        if request.form.get("confirm", "").strip() not in profile.identifiers.values():
            problem = Problem("not_confirmed", "type one of the person's identifiers to confirm")
            return _person(services, profile, problem)
        workspace = access.workspace()
        named = read_named(workspace, people=[f"cio_{profile.person.person_id}"])
        counts = services.erasing.erase(workspace, named).counts
        return done("/", f"Erased: {counts['people']} person, {counts['events']} events.")


def _find(services: Services, identifier: str) -> Profile:
    if is_junk_person_id(identifier):
        raise RequestError(f"{identifier[:40]!r} names nobody")
    profile = services.profiles.person(access.workspace(), identifier)
    if profile is None:
        raise NotFound(f"nobody is known by {identifier[:80]!r}")
    return profile


def _person(services: Services, profile: Profile, problem: Problem | None = None) -> Page:
    workspace = access.workspace()
    own = f"cio_{profile.person.person_id}"
    filters = Filters(person=own, start=request.args.get("start", ""))
    shown = services.activity_log.page(workspace, filters, {})
    asked = {"customer_id": own, "limit": _SHOWN_DELIVERIES}
    return page(
        "person.html",
        400 if problem or shown.problems else 200,
        profile=profile,
        own=own,
        here_path=f"/people/{quote(own, safe='')}",
        pictures={
            known.anonymous_id: draw(known, services.clock.now())
            for known in profile.anonymous_ids
            if known.events
        },
        deliveries=services.deliveries.page(workspace, asked)["deliveries"],
        segments=services.reading_segments.of_customer(workspace, own, {})["segments"],
        shown=shown,
        pages=paging(shown.next),
        problem=problem,
    )
