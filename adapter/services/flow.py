"""How much of one endpoint may be under way: careful at first, more while it goes well.

An endpoint begins with one request at a time, may have twice as many after each that succeeds, and
half as many after each that fails. After several failures in a row its circuit opens: nothing is
sent for a while, then one request tries whether it is well again. So an endpoint that hangs or is
down holds few threads, and its deliveries keep their tries.
"""

_FAILURES_TO_OPEN = 5
_FIRST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 300.0


class Flow:
    """One endpoint's; used by one thread.

    Args:
        most: requests at a time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = 1
        self._under_way = 0
        self._failures = 0
        self._paused_until = 0.0

    def room(self, now: float) -> int:
        """Tell how many more requests may begin; seconds of a clock that only grows."""
        if now < self._paused_until:
            return 0
        return max(0, self._limit - self._under_way)

    @property
    def is_open(self) -> bool:
        """Tell whether it failed too often in a row."""
        return self._failures >= _FAILURES_TO_OPEN

    def begin(self) -> None:
        """A request begins."""
        self._under_way += 1

    def end(self, now: float, *, well: bool) -> None:
        """A request has ended: well if the endpoint answered and is not overloaded."""
        self._under_way -= 1
        if well:
            self._failures = 0
            self._limit = min(self._most, self._limit * 2)
            return
        self._failures += 1
        self._limit = max(1, self._limit // 2)
        if self.is_open:
            self._limit = 1
            doublings = min(self._failures - _FAILURES_TO_OPEN, 10)
            pause = min(_FIRST_PAUSE_SECONDS * 2**doublings, _LONGEST_PAUSE_SECONDS)
            self._paused_until = now + pause
