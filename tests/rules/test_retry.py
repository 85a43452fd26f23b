"""Rule L5: when a delivery is tried again, and when it is given up."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from adapter.clock import DAY, HOUR, SECOND, Instant
from adapter.model.deliveries import (
    MOST_ATTEMPTS,
    Delivered,
    DeliveryState,
    GiveUp,
    TryAgain,
)
from adapter.model.reasons import Reason
from adapter.rules.retry import LONGEST_ASKED, settlement, wait_after
from tests.build import T0, delivery

FAILED = TryAgain(Reason.FAILED_STATUS)
draws = st.floats(0, 1, exclude_max=True)


def settle(outcome, draw=0.5, now=T0, **fields):
    return settlement(outcome, replace(delivery(), **fields), now=now, draw=draw)


def test_l5_what_was_taken_is_delivered():
    assert settle(Delivered(), attempt=16).state is DeliveryState.DELIVERED


def test_l5_what_will_never_work_is_dead_with_its_reason():
    done = settle(GiveUp(Reason.ENDPOINT_GONE), attempt=1)

    assert (done.state, done.reason) == (DeliveryState.DEAD, Reason.ENDPOINT_GONE)


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(1, 5), (2, 15), (3, 45), (4, 135), (8, 10_935), (9, 14_400), (15, 14_400)],
)
def test_l5_waits_grow_threefold_up_to_four_hours(attempt, seconds):
    done = settle(FAILED, attempt=attempt)

    assert (done.state, done.due_at - T0) == (DeliveryState.PENDING, seconds * SECOND)


@given(draw=draws)
def test_l5_the_jitter_is_a_fifth_either_way(draw):
    assert 4 * SECOND <= wait_after(1, draw) <= 6 * SECOND


def test_l5_all_tries_together_span_a_day_even_with_the_shortest_waits():
    assert sum(wait_after(attempt, 0.0) for attempt in range(1, MOST_ATTEMPTS)) > DAY


def test_l5_the_last_try_that_fails_is_the_end():
    done = settle(FAILED, attempt=MOST_ATTEMPTS)

    assert (done.state, done.reason) == (DeliveryState.DEAD, Reason.ATTEMPTS_USED_UP)


def test_l5_an_operators_retry_begins_with_the_short_waits():
    done = settle(FAILED, attempt=17, last_attempt=32)

    assert done.due_at - T0 == 5 * SECOND


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        pytest.param(HOUR, HOUR, id="longer than our wait"),
        pytest.param(SECOND, 5 * SECOND, id="shorter: our wait holds, or the tries are soon gone"),
        pytest.param(400 * DAY, LONGEST_ASKED, id="longer than anybody may ask"),
    ],
)
def test_l5_an_endpoint_is_left_alone_as_long_as_it_asks(asked, waits):
    done = settle(TryAgain(Reason.FAILED_STATUS, asked), attempt=1)

    assert done.due_at - T0 == waits


@pytest.mark.parametrize(
    ("left", "state"),
    [(5 * SECOND + 1, DeliveryState.PENDING), (5 * SECOND, DeliveryState.DEAD)],
    ids=["expires just after its next try", "expires with its next try"],
)
def test_l5_what_would_be_due_after_its_end_is_dead(left, state):
    done = settle(FAILED, attempt=1, expires_at=Instant(T0 + left))

    assert done.state is state
    if state is DeliveryState.DEAD:
        assert done.reason is Reason.DELIVERY_EXPIRED
