"""The page of an anonymous id: whose it is, its events and its window, and what just missed."""

import pytest

from adapter.clock import DAY, MINUTE, SECOND, Instant, ManualClock
from adapter.rules.facts import AnonymousIdFact
from adapter.services.profiles import KnownId, Profiles
from adapter.web.console.picture import WIDTH, draw
from tests.build import T0, anonymous_event, apply, at, identify
from tests.web.console.conftest import sent
from tests.web.console.test_people import event

PAGE = "/anonymous/a-1"


def test_a_strangers_id_waits(writer, services):
    sent(services, event("m-1"))

    text = writer.get(PAGE).text

    assert "nobody has been identified with it" in text
    assert "1 waiting" in text
    assert "Seen m-1" in text


def test_m4_what_came_too_late_is_told_with_what_would_have_let_it_in(writer, services, clock):
    sent(services, {"type": "identify", "userId": "u", "anonymousId": "a-1", "messageId": "m-1"})
    clock.advance(5 * MINUTE + SECOND)
    sent(services, event("m-2"))

    text = writer.get(PAGE).text

    assert "Nearest miss" in text
    assert "merge_window_seconds: 301" in text
    assert "1 too late" in text


def test_k6_a_placeholder_is_told(writer, services):
    sent(services, event("m-1", "undefined"))

    assert "A placeholder that many share" in writer.get("/anonymous/undefined").text


def test_m8_a_claim_that_waits_is_told(writer, services):
    (tenant,) = services.store.workspaces()
    services.tenants.change_settings(tenant, {"merging": "off"})
    sent(services, {"type": "identify", "userId": "u", "anonymousId": "a-1", "messageId": "m-1"})

    assert "once merging is switched on" in writer.get(PAGE).text


def test_an_id_that_was_never_seen_is_404(writer):
    assert writer.get("/anonymous/never").status_code == 404


@pytest.mark.parametrize("anonymous_id", ["a/b", "a b", "ü", "x/unmerge", "a?b#c"])
def test_any_id_has_a_page_that_its_links_lead_to(writer, services, anonymous_id):
    sent(services, event("m-1", anonymous_id))
    path = writer.get("/").text.split('href="/anonymous/')[1].split('"')[0]

    assert "Seen m-1" in writer.get(f"/anonymous/{path}").text


def test_the_picture_keeps_the_order_of_what_it_shows(store):
    apply(store, anonymous_event("a", received_at=at(days=-20)))
    apply(store, anonymous_event("a", received_at=at(seconds=-1)))
    apply(store, identify("u", anonymous_id="a"))
    apply(store, anonymous_event("a", received_at=at(minutes=5)))
    apply(store, anonymous_event("a", received_at=at(minutes=5, us=1)))
    apply(store, anonymous_event("a", received_at=at(days=9)))
    (tenant,) = store.workspaces()

    drawn = draw(Profiles(store, ManualClock(at(days=9))).stranger(tenant, "a").known, at(days=9))

    places = [dot.x for dot in drawn.dots]
    assert places == sorted(places)
    assert [dot.kind for dot in drawn.dots] == ["merged"] * 3 + ["late"] * 2
    assert places[1] < drawn.assigned < places[2] == round(drawn.closes, 1) <= places[3]
    assert places[0] >= 0
    assert places[-1] <= WIDTH


def test_an_id_without_events_has_a_picture():
    fact = AnonymousIdFact(ref=1, person_id="p", assigned_at=T0)
    closes = Instant(T0 + 5 * MINUTE)
    known = KnownId(anonymous_id="a", fact=fact, opens=Instant(T0 - 30 * DAY), closes=closes)

    drawn = draw(known, closes)

    assert drawn.dots == []
    assert drawn.assigned < drawn.closes
