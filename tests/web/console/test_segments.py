"""Who is in which segment, in the console (C6)."""

import pytest

from adapter.bootstrap import build_services
from adapter.cli.replay import into_services
from adapter.jsonvalue import dumps
from adapter.settings import Settings
from tests.web.conftest import MAPPINGS
from tests.web.console.conftest import Browser
from tests.web.sending import APP_KEY

HOSTILE = "<script>alert(1)</script>"
FILE = """\
segments:
  - id: buyers
    name: Buyers
    description: ordered at least once
    who: {performed: {event: Ordered, at_least: 1}}
  - id: pro
    who: {attributes: 'traits.plan = "pro"'}
"""


@pytest.fixture
def services(store, clock, tmp_path, closing_later):
    (tmp_path / "segments.yaml").write_text(FILE)
    return closing_later(
        build_services(
            settings=Settings(), store=store, clock=clock, mappings=MAPPINGS, campaigns_in=tmp_path
        )
    )


@pytest.fixture
def looking(services):
    return Browser(services).log_in(APP_KEY)


def order(services, person):
    call = {"type": "track", "event": "Ordered", "userId": person, "messageId": f"m-{person}"}
    into_services(services, services.tenants.default_source())(dumps(call).encode(), None)


def test_c6_segments_are_listed_with_how_far_they_are_worked_out(services, looking):
    order(services, "u1")
    assert "0% worked out" in looking.get("/segments").text

    services.segment_upkeep.run()

    text = looking.get("/segments").text
    assert '<a href="/segments/buyers">Buyers</a>' in text
    assert '<a href="/segments/pro">pro</a>' in text
    assert "worked out" not in text
    assert '<td class="number">1</td>' in text


def test_c6_a_segment_shows_who_is_in_it_page_by_page(services, looking):
    services.segment_upkeep.run()
    for number in range(60):
        order(services, f"u{number:02}")

    first = looking.get("/segments/buyers").text
    assert first.count("<tr data-row>") == 50
    older = first.split('" rel="next"')[0].rsplit('href="', 1)[1]
    assert looking.get(older.replace("&amp;", "&")).text.count("<tr data-row>") == 10


def test_c6_nobody_is_told_of_as_nobody(services, looking):
    services.segment_upkeep.run()

    assert "Nobody meets its conditions." in looking.get("/segments/pro").text


def test_without_a_file_the_page_says_what_to_write(services_with):
    looking = Browser(services_with()).log_in(APP_KEY)

    assert "No segment is in force" in looking.get("/segments").text


@pytest.mark.parametrize("name", ["none", "%00", HOSTILE])
def test_a_segment_that_is_not_there_is_not_found(looking, name):
    answer = looking.get(f"/segments/{name}")

    assert answer.status_code == 404
    assert HOSTILE not in answer.text


def test_hostile_people_are_shown_as_text(services, looking):
    services.segment_upkeep.run()
    order(services, HOSTILE)

    text = looking.get("/segments/buyers").text

    assert "&lt;script&gt;" in text
    assert HOSTILE not in text


def test_c6_the_page_of_a_person_names_the_segments_they_are_in(services, looking):
    services.segment_upkeep.run()
    order(services, "u1")

    text = looking.get("/people/u1").text

    assert 'href="/segments/buyers">Buyers</a>' in text
    assert "/segments/pro" not in text
