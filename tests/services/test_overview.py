"""L4, A1: what the overview shows, counted by the hour on every store."""

import re

import pytest
from sqlalchemy import event

from adapter.clock import DAY, HOUR, ManualClock
from adapter.model.deliveries import Delivered, GiveUp
from adapter.model.reasons import Reason
from adapter.rules.decision import Decision, Fate, Measure
from adapter.services.overview import DAYS, HOURS, Overviews
from adapter.store.open import open_store
from tests.build import (
    T0,
    anonymous_event,
    apply,
    at,
    delivery,
    identified_event,
    identify,
    unapplicable,
    with_workspace,
)
from tests.services.sending import Post, RecordingSender


@pytest.fixture
def workspace(store):
    return with_workspace(store)


def overview(store, workspace, now=T0):
    return Overviews(store, ManualClock(now)).overview(workspace)


def test_a1_merges_and_merged_events_are_counted_in_the_hour_of_the_merge(store, workspace):
    for number in range(3):
        apply(store, anonymous_event("a", received_at=at(hours=-2, seconds=number)))
    apply(store, identify("u1", anonymous_id="a", received_at=at(hours=-1)))
    apply(store, anonymous_event("a", received_at=at(hours=-1, minutes=4)))

    day = overview(store, workspace).day

    assert day.of(Measure.ANONYMOUS)[-4:] == [0, 3, 1, 0]
    assert day.of(Measure.MERGES)[-4:] == [0, 0, 2, 0]
    assert day.of(Measure.MERGED)[-4:] == [0, 0, 4, 0]
    assert day.share == 1.0
    assert day.merging[-4:] == [None, 0.0, 4.0, None]


def test_a1_an_identified_event_is_no_strangers(store, workspace):
    apply(store, identified_event("u1"))

    day = overview(store, workspace).day

    assert day.total(Measure.ANONYMOUS) == 0
    assert day.share is None
    assert day.total(Fate.STORED) == 1


def test_l4_a_day_has_the_last_24_hours_and_a_month_the_last_30_days(store, workspace):
    for hours in (0, -23, -24, -25 * 24, -40 * 24):
        apply(store, identified_event("u1", received_at=at(hours=hours)))

    shown = overview(store, workspace)

    assert (len(shown.day.begins), shown.day.step) == (HOURS, HOUR)
    assert (len(shown.month.begins), shown.month.step) == (DAYS, DAY)
    assert (shown.day.of(Fate.STORED)[0], shown.day.of(Fate.STORED)[-1]) == (1, 1)
    assert shown.day.total(Fate.STORED) == 2
    assert shown.month.of(Fate.STORED)[-1] == 1
    assert shown.month.total(Fate.STORED) == 4


def test_l4_what_the_ledger_does_not_tell_of_is_the_imbalance(store, workspace):
    assert overview(store, workspace).imbalance == 0

    apply(store, unapplicable(), identified_event("u1"))

    # Nobody counted them at a door.
    assert overview(store, workspace).imbalance == 2


def test_l4_hours_that_are_over_are_read_again_after_a_while(store, workspace):
    seconds = [0.0]
    overviews = Overviews(store, ManualClock(T0), monotonic=lambda: seconds[0])
    apply(store, identified_event("u1", received_at=at(hours=-5)))
    assert overviews.overview(workspace).day.total(Fate.STORED) == 1

    apply(store, identified_event("u1", received_at=at(hours=-5)))
    apply(store, identified_event("u1", received_at=at(minutes=-59)))
    assert overviews.overview(workspace).day.total(Fate.STORED) == 2

    seconds[0] = 61.0
    assert overviews.overview(workspace).day.total(Fate.STORED) == 3


def test_l4_another_workspace_is_not_counted(store, workspace):
    other = with_workspace(store, "other")
    apply(store, anonymous_event("a"))

    assert overview(store, other).day.counts == {}


def test_l4_measures_are_no_fates(store, workspace):
    apply(store, anonymous_event("a"), identify("u1", anonymous_id="a"))

    assert {row.fate for row in store.ledger(workspace.id)} == {Fate.STORED}
    assert store.door_counts(workspace.id) == {}


def test_l5_deliveries_are_counted_by_endpoint_when_queued_and_when_settled(store):
    sender = RecordingSender()
    sender.outcome_of = lambda each: (
        GiveUp(Reason.ENDPOINT_GONE) if each.body == '{"nth":2}' else Delivered()
    )
    post = Post(store=store, sender=sender)
    (workspace,) = store.workspaces()
    post.put(*(delivery(nth) for nth in (1, 2, 3)))
    post.clock.advance(HOUR)

    post.deliver.run_once()

    day = overview(store, workspace, post.clock.now()).day
    name = delivery().endpoint
    assert day.sent(name, Measure.QUEUED)[-2:] == [3, 0]
    assert day.sent(name, Measure.DELIVERED)[-2:] == [0, 2]
    assert day.sent(name, Measure.DEAD)[-2:] == [0, 1]
    assert day.sent("campaigns/other", Measure.DEAD) == [0] * HOURS


def test_l4_hours_are_found_by_the_ledgers_key(sqlite_url):
    store = open_store(sqlite_url)
    workspace = with_workspace(store)
    said = []
    event.listen(store._reader, "before_cursor_execute", lambda *told: said.append(told[2:4]))

    store.hours(workspace.id, T0 // HOUR)

    (asked,) = [each for each in said if re.search("FROM ledger", each[0])]
    with store._reader.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", asked[1]).all()
    store.close()
    assert any(
        "SEARCH ledger USING" in row[3] and "source_id=? AND hour>?" in row[3] for row in plan
    )


def test_an_empty_decision_counts_nothing(store, workspace):
    store.write(lambda transaction: transaction.commit(Decision(), ()))

    assert store.hours(workspace.id, 0) == []
