"""The log as people look through it: each filter finds what passes it, however far down (A2)."""

import pytest

from adapter.clock import ManualClock
from adapter.services import activity_log
from adapter.services.activity_log import PAGE, ActivityLog, Filters
from adapter.store.memory.store import MemoryStore
from tests.build import (
    anonymous_event,
    apply,
    at,
    identified_event,
    identify,
    invite_event,
    unapplicable,
    with_workspace,
)

NOW = at(hours=1)

FILTERS = [
    (("view", "identified"),),
    (("view", "anonymous"),),
    (("type", "event"),),
    (("type", "anon_merge"),),
    (("name", "Rare"),),
    (("name", "Never"),),
    (("reason", "awaiting_identify"),),
    (("reason", "merged"),),
    (("source", "demo"),),
    (("type", "event"), ("reason", "invite")),
]


@pytest.fixture
def tenant(store):
    """Give the workspace; its log has 120 page views of strangers before all else."""
    tenant = with_workspace(store)
    apply(store, *(anonymous_event(f"s-{n}", message_id=f"s-{n}") for n in range(120)))
    apply(store, anonymous_event("a", message_id="m-1", name="Rare", received_at=at(minutes=1)))
    apply(store, invite_event(message_id="m-2", received_at=at(minutes=2)))
    apply(store, identified_event("u-1", message_id="m-3", received_at=at(minutes=3)))
    apply(store, unapplicable(message_id="m-4", received_at=at(minutes=4)))
    apply(store, identify("u-2", anonymous_id="a", message_id="m-5", received_at=at(minutes=5)))
    return tenant


def read(store, tenant, **filters):
    """Read all pages; give the lines, and how many pages there were."""
    log = ActivityLog(store, ManualClock(NOW))
    sources = {source.slug: source for source in store.sources()}
    lines, pages, start = [], 0, ""
    while True:
        page = log.page(tenant, Filters(start=start, **filters), sources)
        assert page.problems == ()
        lines += page.rows
        pages += 1
        start = page.next
        if not start:
            return lines, pages


def test_a_page_is_full_and_the_next_goes_on(store, tenant):
    whole, pages = read(store, tenant)

    assert len({line.id for line in whole}) == len(whole)
    assert [line.id for line in whole] == sorted((line.id for line in whole), reverse=True)
    assert pages == len(whole) // PAGE + 1


@pytest.mark.parametrize("look", [7, 10_000])
def test_a_filter_finds_what_passes_it_however_little_is_looked_at(
    store, tenant, monkeypatch, look
):
    monkeypatch.setattr(activity_log, "_LOOK", look)
    whole, _ = read(store, tenant)

    found = {tuple(filters): read(store, tenant, **dict(filters))[0] for filters in FILTERS}

    slugs = {source.id: source.slug for source in store.sources()}
    assert found == {
        filters: [line for line in whole if passes(line, dict(filters), slugs)]
        for filters in FILTERS
    }


def passes(line, filters, slugs):
    """Tell whether a line passes filters, told by name."""
    said = {name: getattr(line, name, None) for name in filters}
    return said | ({"source": slugs.get(line.source_id)} if "source" in filters else {}) == filters


def test_a2_a_merged_event_is_in_the_view_of_people_at_once(store, tenant):
    identified, _ = read(store, tenant, view="identified", name="Rare")
    anonymous, _ = read(store, tenant, view="anonymous", name="Rare")

    assert [line.was_anonymous for line in identified] == [True]
    assert anonymous == []


def test_a_person_and_a_time_narrow_the_log_too(store, tenant):
    whole, _ = read(store, tenant)

    of_one, _ = read(store, tenant, person="u-1")
    before, _ = read(store, tenant, until="2026-03-01T10:03:00Z")

    assert {line.identifiers["id"] for line in of_one} == {"u-1"}
    assert read(store, tenant, person="nobody") == ([], 1)
    assert before == [line for line in whole if line.received_at < at(minutes=3)]
    assert before != whole


def test_a_page_that_found_little_says_how_far_it_looked(sql_store, monkeypatch):
    tenant = with_workspace(sql_store)
    for minute in range(40):
        apply(sql_store, anonymous_event(f"s-{minute}", received_at=at(minutes=minute)))
    monkeypatch.setattr(activity_log, "_LOOK", 4)

    page = ActivityLog(sql_store, ManualClock(NOW)).page(tenant, Filters(name="Never"), {})

    assert page.rows == []
    assert page.next
    assert page.looked_until == at(minutes=40 - 1 - 4 * 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [("view", "odd"), ("type", "odd"), ("reason", "odd"), ("source", "odd"), ("until", "today"),
     ("start", "odd")],
)  # fmt: skip
def test_a_wrong_filter_is_named(name, value):
    store = MemoryStore()
    tenant = with_workspace(store)

    page = ActivityLog(store, ManualClock(NOW)).page(tenant, Filters(**{name: value}), {})

    assert [problem.pointer for problem in page.problems] == [f"/{name}"]
    assert value in page.problems[0].message
    assert page.rows == []
