"""How often somebody may try an app key that is wrong."""

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from adapter.clock import SECOND, Instant
from adapter.errors import RateLimited

MOST_FAILURES = 10
WITHIN_SECONDS = 60
_MOST_REMEMBERED = 10_000


class Attempts:
    """Counts failed logins by address. Safe for use by many threads.

    Args:
        monotonic: seconds that only grow; not the product's clock, which may stand still in a
            rehearsal and would never let anybody in again.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, address: str, at: Instant) -> None:
        """Let another attempt be made.

        Args:
            address: who tries.
            at: when, by the product's clock.

        Raises:
            RateLimited: too many failed; telling when to come back.
        """
        now = self._monotonic()
        with self._lock:
            failed = self._failures.get(address, deque())
            while failed and now - failed[0] > WITHIN_SECONDS:
                failed.popleft()
            wait = WITHIN_SECONDS - (now - failed[0]) if len(failed) >= MOST_FAILURES else 0.0
        if wait:
            seconds = max(1, math.ceil(wait))
            raise RateLimited(
                f"{MOST_FAILURES} attempts failed within a minute; try again in {seconds} s",
                seconds,
                reset_at=at // SECOND + seconds,
            )

    def failed(self, address: str) -> None:
        """Remember that an attempt failed; of very many addresses, the latest."""
        with self._lock:
            self._failures.setdefault(address, deque(maxlen=MOST_FAILURES)).append(
                self._monotonic()
            )
            self._failures.move_to_end(address)
            if len(self._failures) > _MOST_REMEMBERED:
                self._failures.popitem(last=False)
