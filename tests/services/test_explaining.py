"""Explain tells the nearest miss of an event, an anonymous id and a person (A3)."""

import pytest
from click.testing import CliRunner

from adapter.cli import main
from adapter.clock import ManualClock
from adapter.errors import NotFound
from adapter.jsonvalue import loads
from adapter.services.explaining import Explaining
from adapter.services.tenants import Tenants
from adapter.store.open import open_store
from tests.build import (
    anonymous_event,
    apply,
    at,
    delete_person,
    identified_event,
    identify,
    with_workspace,
)

LATE = at(minutes=5, seconds=42.3)
SENTENCE = (
    "received 42.3 s after the window closed; it would have merged under `reuse: same_person`, "
    "or `merge_window_seconds: 343`"
)


@pytest.fixture
def desk(store):
    """Give a workspace, a clock, and what explains."""
    workspace = with_workspace(store)
    clock = ManualClock(at(hours=1))
    explaining = Explaining(store, clock)
    explaining.clock, explaining.workspace = clock, workspace
    return explaining


def visit(store):
    """One event is early, one just misses the window; the person comes again in between."""
    apply(store, identify("u1", anonymous_id="a1"))
    apply(store, identify("u1", anonymous_id="a1", received_at=at(minutes=2)))
    apply(store, anonymous_event("a1", message_id="late", received_at=LATE))
    apply(store, anonymous_event("a1", message_id="later", received_at=at(minutes=30)))


def missed(story):
    miss = story["nearest_miss"]
    return None if miss is None else (miss["missed"], miss["by_seconds"], miss["settings"])


def test_a3_an_event_that_just_missed_the_window(desk, store):
    visit(store)

    story = desk.event(desk.workspace, "late")

    assert missed(story) == ("merge", 42.3, {"merge_window_seconds": 343, "reuse": "same_person"})
    assert story["nearest_miss"]["sentence"] == SENTENCE


def test_a3_an_anonymous_id_tells_its_nearest_event(desk, store):
    visit(store)

    assert missed(desk.anonymous_id(desk.workspace, "a1"))[:2] == ("merge", 42.3)


def test_a3_a_person_is_told_of_the_event_that_just_missed_them(desk, store):
    visit(store)

    assert missed(desk.person(desk.workspace, "u1", None))[:2] == ("merge", 42.3)


def test_a3_a_person_who_came_second_is_told_by_how_much(desk, store):
    apply(store, identify("u1", anonymous_id="a1"))
    apply(store, identify("u2", anonymous_id="a1", message_id="m2", received_at=at(seconds=3)))

    expected = ("assignment", 3.0, {})
    assert missed(desk.event(desk.workspace, "m2")) == expected
    assert missed(desk.person(desk.workspace, "u2", None)) == expected
    assert missed(desk.anonymous_id(desk.workspace, "a1")) == expected


def test_a3_an_event_that_waits_is_told_until_when(desk, store):
    apply(store, anonymous_event("a1", message_id="m1"))

    miss = desk.event(desk.workspace, "m1")["nearest_miss"]

    assert miss["sentence"].endswith("one before 2026-03-31T10:00:00.000000Z will claim it")


def test_r1_an_event_that_has_expired_is_told_by_how_much(desk, store):
    apply(store, anonymous_event("a1", message_id="m1"))
    desk.clock.set(at(days=30, minutes=1))

    story = desk.event(desk.workspace, "m1")

    assert (story["reason"], missed(story)) == (
        "expired",
        ("merge", 60.0, {"retention_seconds": 2_592_061}),
    )


def test_c3_an_event_too_old_to_trigger_is_told_by_how_much(desk, store):
    apply(store, identified_event("u1", message_id="m1", occurred_at=at(hours=-73)))

    assert missed(desk.event(desk.workspace, "m1"))[:2] == ("trigger", 3600.0)


def test_m8_what_merging_off_holds_back_says_so(desk, store):
    workspace = with_workspace(store, "off", merging=False)
    place = {"workspace_id": workspace.id}
    apply(store, anonymous_event("a1", message_id="m1", **place))
    apply(store, identify("u1", anonymous_id="a1", message_id="m2", **place))

    assert missed(desk.event(workspace, "m1")) == ("merge", None, {"merging": True})
    assert missed(desk.event(workspace, "m2")) == ("assignment", None, {"merging": True})
    Tenants(store, desk.clock).change_settings(workspace, {"merging": "on"})
    assert missed(desk.event(workspace, "m1")) is None
    assert missed(desk.event(workspace, "m2")) is None


def test_p6_what_went_with_its_person_missed_nothing(desk, store):
    apply(store, identified_event("u1", message_id="m1"), delete_person("u1"))

    assert missed(desk.event(desk.workspace, "m1")) is None
    with pytest.raises(NotFound):
        desk.person(desk.workspace, "u1", None)


@pytest.mark.parametrize("words", [["late"], ["--anonymous-id", "a1"], ["--person", "u1"]])
def test_explain_prints_the_nearest_miss(database_url, tmp_path, words):
    clock = tmp_path / "clock"
    clock.write_text("2026-03-01T11:00:00Z")
    store = open_store(database_url)
    with_workspace(store)
    visit(store)
    store.close()
    place = ["--database-url", database_url, "--rehearsal-clock", str(clock)]

    told = CliRunner().invoke(main, ["explain", *words, *place])
    shown = CliRunner().invoke(main, ["explain", *words, *place, "--json"])

    assert f"nearest miss: {SENTENCE}" in told.stdout
    assert loads(shown.stdout)["nearest_miss"]["sentence"] == SENTENCE
