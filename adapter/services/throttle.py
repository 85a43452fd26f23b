"""How often a sender may come: a bucket of tokens for each credential at each door."""

import math
import threading
import time
from collections.abc import Callable, Mapping

from adapter.clock import SECOND, Instant
from adapter.errors import RateLimited


class Bucket:
    """Holds as many tokens as come in a second; every request takes one.

    Args:
        rate: tokens a second, and the most that it holds.
        now: seconds, by any clock.
    """

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: int, now: float) -> None:
        self._rate = rate
        self._tokens = float(rate)
        self._at = now

    def take(self, now: float) -> float:
        """Take a token; give 0, or after how many seconds there will be one."""
        self._tokens = min(self._rate, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate


class Throttle:
    """Refuses senders that come too often. Safe for use by many threads.

    Args:
        rates: requests a second by door; no limit where it is 0 or missing.
        monotonic: seconds that only grow; not the product's clock, which may stand still in a
            rehearsal and would never let anybody in again.
    """

    def __init__(
        self, rates: Mapping[str, int], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._rates = rates
        self._monotonic = monotonic
        self._buckets: dict[tuple[str, int, bool], Bucket] = {}
        self._lock = threading.Lock()

    def take(self, door: str, source_id: int, at: Instant, *, public: bool = False) -> None:
        """Let a request in.

        Only senders whose credential was checked have buckets, so strangers cannot make more.

        Args:
            door: its name.
            source_id: whose request it is.
            at: when it came, by the product's clock.
            public: it came by the public site id, whose users must not starve the others.

        Raises:
            RateLimited: telling when to come back.
        """
        rate = self._rates.get(door, 0)
        if not rate:
            return
        now = self._monotonic()
        key = (door, source_id, public)
        with self._lock:
            bucket = self._buckets.get(key)
            if bucket is None:
                bucket = self._buckets[key] = Bucket(rate, now)
            wait = bucket.take(now)
        if wait:
            seconds = max(1, math.ceil(wait))
            message = f"more than the limit of {rate} requests a second"
            raise RateLimited(message, seconds, reset_at=at // SECOND + seconds)
