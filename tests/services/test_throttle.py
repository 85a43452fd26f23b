"""How often a sender may come."""

import pytest

from adapter.clock import SECOND
from adapter.errors import RateLimited
from adapter.services.throttle import Bucket, Throttle
from tests.build import T0


def test_a_bucket_lets_through_a_seconds_worth_and_then_as_many_as_come():
    bucket = Bucket(2, now=0)

    assert [bucket.take(0), bucket.take(0), bucket.take(0)] == [0, 0, 0.5]
    assert [bucket.take(0.5), bucket.take(0.5)] == [0, 0.5]
    assert [bucket.take(100), bucket.take(100), bucket.take(100)] == [0, 0, 0.5]


def test_a_clock_that_goes_back_gives_nothing():
    bucket = Bucket(1, now=10)

    assert [bucket.take(10), bucket.take(5)] == [0, 1]


def test_a_sender_is_told_when_to_come_back():
    throttle = Throttle({"door": 1}, monotonic=lambda: 0.0)
    throttle.take("door", 1, T0)

    with pytest.raises(RateLimited) as refused:
        throttle.take("door", 1, T0)

    assert (refused.value.retry_after, refused.value.reset_at) == (1, T0 // SECOND + 1)


def test_each_sender_has_a_bucket_at_each_door_and_the_public_one_of_its_own():
    throttle = Throttle({"door": 1, "other": 1}, monotonic=lambda: 0.0)

    for door, source, public in [("door", 1, False), ("other", 1, False), ("door", 2, False),
                                 ("door", 1, True)]:  # fmt: skip
        throttle.take(door, source, T0, public=public)

    with pytest.raises(RateLimited):
        throttle.take("door", 1, T0, public=True)


@pytest.mark.parametrize("rates", [{}, {"door": 0}])
def test_without_a_rate_there_is_no_limit(rates):
    throttle = Throttle(rates, monotonic=lambda: 0.0)

    for _ in range(10):
        throttle.take("door", 1, T0)
