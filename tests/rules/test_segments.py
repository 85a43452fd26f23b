"""Rule C6 on every store: who is in which segment, from the moment that events are theirs."""

import pytest

from adapter.clock import DAY, ManualClock
from adapter.model.messages import EventKind
from adapter.model.reasons import Reason
from adapter.model.segments import AllOf, Not
from adapter.services.tenants import Tenants
from adapter.services.unmerging import Unmerging
from tests.build import (
    T0,
    anonymous_event,
    at,
    delete_person,
    identified_event,
    identify,
    invite_event,
    log,
    merge_people,
    suppress_person,
    with_workspace,
)
from tests.segmenting import Kept, has, performed, segment

PERSON = "person@example.com"
VIEWED = performed("Viewed Pricing")
MET, UNMET = "segment_conditions_met", "segment_conditions_unmet"


@pytest.fixture(autouse=True)
def _workspace(store):
    with_workspace(store)


def viewed(number=1, **fields):
    return anonymous_event(message_id=f"m-{number}", **fields)


def ordered(person=PERSON, **fields):
    return identified_event(person, **fields)


def test_c6_a_strangers_event_puts_nobody_into_a_segment(store):
    kept = Kept(store, segment(VIEWED))
    kept.run(viewed())

    assert (kept.members(), kept.lines()) == (set(), [])


@pytest.mark.parametrize("merges", ["stored", "in the batch", "on arrival"])
def test_c6_merged_events_count_from_the_moment_of_merging(store, merges):
    kept = Kept(store, segment(VIEWED))
    batches = {
        "stored": [[viewed()], [identify(anonymous_id="anon-1")]],
        "in the batch": [[viewed(), identify(anonymous_id="anon-1")]],
        "on arrival": [[identify(anonymous_id="anon-1")], [viewed()]],
    }
    for batch in batches[merges]:
        kept.run(*batch)

    assert kept.members() == {PERSON}
    assert kept.lines() == [("enter", "keen", MET)]


def test_c6_an_invite_puts_nobody_into_a_segment(store):
    kept = Kept(store, segment(performed("Invited")))
    kept.run(identify("friend@example.com"), invite_event("friend@example.com"))

    assert kept.members() == set()


@pytest.mark.parametrize(("times", "member"), [(2, False), (3, True), (4, True)])
def test_c6_at_least_so_many_are_asked_for(store, times, member):
    kept = Kept(store, segment(performed(at_least=3)))
    for number in range(times):
        kept.run(ordered(message_id=f"m-{number}"))

    assert kept.members() == ({PERSON} if member else set())


def test_c6_a_repeat_counts_once(store):
    kept = Kept(store, segment(performed(at_least=2)))
    kept.run(ordered(message_id="m-1"))
    kept.run(ordered(message_id="m-1"))

    assert kept.members() == set()


def test_c6_kind_name_and_properties_of_the_event_count(store):
    dear = performed(where=lambda asked: asked["properties"].get("total", 0) > 10)
    page = performed("Ordered", kind=EventKind.PAGE)
    kept = Kept(store, segment(dear, "dear"), segment(page, "page"), segment(performed("X"), "x"))
    kept.run(ordered(), anonymous_event("a", name="Ordered", data='{"total":10}'))
    kept.run(identify(PERSON, anonymous_id="a"))
    assert [kept.members(name) for name in ("dear", "page", "x")] == [set()] * 3

    kept.run(anonymous_event("a", name="Ordered", data='{"total":11}', received_at=at(minutes=1)))
    assert [kept.members(name) for name in ("dear", "page", "x")] == [{PERSON}, set(), set()]


def test_c6_attributes_count_as_they_change(store):
    kept = Kept(store, segment(has(plan="pro")))
    for minute, plan in enumerate(("free", "pro", "pro", None)):
        kept.run(identify(PERSON, plan=plan, received_at=at(minutes=minute)))

    assert kept.members() == set()
    assert kept.lines() == [("enter", "keen", MET), ("leave", "keen", UNMET)]


def test_c6_who_did_not_do_it_is_in_a_segment_until_they_do(store):
    kept = Kept(store, segment(AllOf((has(plan="pro"), Not(performed())))))
    kept.run(identify(PERSON, plan="pro"))
    assert kept.members() == {PERSON}

    kept.run(ordered(received_at=at(minutes=1)))
    assert kept.members() == set()


@pytest.mark.parametrize(
    ("later", "member"),
    [
        pytest.param({"days": 7}, True, id="exactly the period"),
        pytest.param({"days": 7, "us": 1}, False, id="a microsecond more"),
    ],
)
def test_c6_a_period_ends_by_itself_its_edge_included(store, later, member):
    kept = Kept(store, segment(performed(within=7 * DAY)))
    kept.run(ordered())
    kept.upkeep_at(at(**later))

    assert kept.members() == ({PERSON} if member else set())
    ended = [] if member else [("leave", "keen", "segment_period_passed")]
    assert kept.lines() == [("enter", "keen", MET), *ended]


def test_c6_a_period_asks_for_the_newest(store):
    kept = Kept(store, segment(performed(at_least=2, within=7 * DAY)))
    for day in (0, 3, 5):
        kept.run(ordered(received_at=at(days=day), message_id=f"{day}"))
    kept.upkeep_at(at(days=10))
    assert kept.members() == {PERSON}

    kept.upkeep_at(at(days=10, us=1))
    assert kept.members() == set()


def test_c6_what_time_changed_is_told_at_its_own_moment_before_what_comes_next(store):
    kept = Kept(store, segment(performed(within=7 * DAY)))
    kept.run(ordered())
    kept.run(ordered(received_at=at(days=9)))

    assert kept.lines(now=at(days=9)) == [
        ("enter", "keen", MET),
        ("leave", "keen", "segment_period_passed"),
        ("enter", "keen", MET),
    ]
    left = next(row for row in log(store, now=at(days=9)) if row.type == "segment_leave")
    assert left.received_at == at(days=7, us=1)


def test_c6_not_having_done_it_lately_begins_by_itself(store):
    kept = Kept(store, segment(Not(performed(within=DAY))))
    kept.run(ordered())
    assert kept.members() == set()

    kept.upkeep_at(at(days=1, us=1))
    assert kept.members() == {PERSON}


def test_c6_events_that_happened_long_ago_count_and_are_outside_of_a_period(store):
    kept = Kept(store, segment(performed(), "ever"), segment(performed(within=DAY), "lately"))
    kept.run(ordered(occurred_at=at(days=-2)))

    assert (kept.members("ever"), kept.members("lately")) == ({PERSON}, set())


def test_c6_p5_joined_people_have_done_what_either_did(store):
    kept = Kept(store, segment(performed(at_least=2)), segment(Not(performed()), "idle"))
    kept.run(ordered("a@example.com"), ordered("b@example.com"), identify("c@example.com"))
    assert (kept.members(), kept.members("idle")) == (set(), {"c@example.com"})

    kept.run(merge_people("a@example.com", "b@example.com"))
    kept.run(merge_people("c@example.com", "a@example.com", received_at=at(minutes=1)))

    assert kept.members("keen") == {"c@example.com"}
    assert kept.members("idle") == set()
    assert kept.lines()[-2:] == [
        ("leave", "idle", "people_merged"),
        ("enter", "keen", "people_merged"),
    ]


@pytest.mark.parametrize("leave", [delete_person, suppress_person])
def test_c6_p6_who_is_gone_is_in_no_segment(store, leave):
    kept = Kept(store, segment(performed()))
    kept.run(ordered())
    kept.run(leave(PERSON, received_at=at(minutes=1)))

    assert store.memberships.count(1, "keen") == 0
    assert store.memberships.progress(1, kept.in_force.segmentation(1).edition).done == 0


def test_c6_m12_events_taken_back_do_not_count_any_more(store):
    kept = Kept(store, segment(VIEWED), segment(Not(VIEWED), "idle"))
    kept.run(viewed(), identify(anonymous_id="anon-1"))
    workspace = store.workspaces()[0]
    Unmerging(store, ManualClock(at(minutes=1)), lambda: kept.in_force).unmerge(workspace, "anon-1")

    assert (kept.members(), kept.members("idle")) == (set(), {PERSON})
    assert kept.lines()[-2:] == [("enter", "idle", "unmerged"), ("leave", "keen", "unmerged")]


def test_c6_m8_merging_switched_on_later_counts_what_waited(store):
    kept = Kept(store, segment(VIEWED))
    store.write(lambda tx: tx.set_policy(1, {"merging": False}))
    kept.run(viewed(), identify(anonymous_id="anon-1"))
    assert kept.members() == set()

    tenants = Tenants(store, ManualClock(at(days=1)), in_force=lambda: kept.in_force)
    tenants.change_settings(store.workspaces()[0], {"merging": "on"})
    assert kept.members() == {PERSON}
    assert kept.lines() == [("enter", "keen", MET)]


def test_c6_somebody_new_is_in_segments_that_ask_for_nothing_done(store):
    kept = Kept(store, segment(Not(performed())))
    kept.run(identify("a@example.com"), ordered("b@example.com"))

    assert kept.members() == {"a@example.com"}
    assert kept.lines() == [("enter", "keen", MET)]


def test_c6_other_workspaces_have_segments_of_their_own(store):
    with_workspace(store, "other")
    kept = Kept(store, segment(performed()))
    kept.run(ordered(workspace_id=2))

    assert (kept.members(), kept.members(workspace_id=2)) == (set(), {PERSON})


def test_c6_without_segments_nothing_is_kept(store):
    kept = Kept(store)
    kept.run(ordered())

    assert store.memberships.progress(1, "").done == 0
    assert kept.decisions[0].standings == {}


def test_c6_a_new_file_is_worked_out_for_everybody_and_its_changes_are_told(store):
    kept = Kept(store)
    kept.run(ordered("a@example.com"), ordered("b@example.com"), identify("c@example.com"))
    kept.redefine(segment(performed()))
    assert kept.upkeep_at(T0) == 3

    assert kept.members() == {"a@example.com", "b@example.com"}
    assert kept.lines() == [("enter", "keen", "segment_redefined")] * 2
    kept.redefine(segment(Not(performed()), "idle"))
    kept.upkeep_at(T0)
    assert (kept.members(), kept.members("idle")) == (set(), {"c@example.com"})
    assert kept.lines().count(("leave", "keen", "segment_redefined")) == 2


def test_c6_who_is_met_before_a_new_file_is_worked_out_is_worked_out_at_once(store):
    kept = Kept(store, segment(performed()))
    kept.run(ordered())
    kept.redefine(segment(performed(at_least=2)))
    kept.run(ordered(received_at=at(minutes=1)))

    assert kept.members() == {PERSON}
    assert kept.lines() == [
        ("enter", "keen", MET),
        ("leave", "keen", "segment_redefined"),
        ("enter", "keen", MET),
    ]


def test_c6_what_a_server_with_an_older_file_stores_is_not_lost(store):
    new, old = Kept(store), Kept(store)
    new.run(ordered("a@example.com"), identify("b@example.com"))
    new.redefine(segment(performed(at_least=2)))
    new.upkeep_at(T0)
    old.run(
        ordered("a@example.com", received_at=at(minutes=1)),
        ordered("b@example.com", received_at=at(minutes=1)),
        ordered("c@example.com", received_at=at(minutes=1)),
    )
    new.run(ordered("b@example.com", received_at=at(minutes=2)))
    new.upkeep_at(at(minutes=20))

    assert new.members() == {"a@example.com", "b@example.com"}


def test_c6_segments_switched_off_and_on_again_count_what_happened_meanwhile(store):
    kept = Kept(store, segment(performed(at_least=2)))
    kept.run(ordered())
    kept.redefine()
    kept.run(ordered(received_at=at(minutes=1)))
    assert store.memberships.count(1, "keen") == 0

    kept.redefine(segment(performed(at_least=2)))
    kept.upkeep_at(at(minutes=20))
    assert kept.members() == {PERSON}


def test_c6_c8_what_is_replayed_without_triggers_counts(store):
    kept = Kept(store, segment(VIEWED))
    kept.run(viewed(notes=(Reason.TRIGGERS_OFF,)), identify(anonymous_id="anon-1"))

    assert kept.members() == {PERSON}
