"""The worker: one thread claims and settles, others send (L5).

What has been sent is settled together with the next claim, in one transaction, so the busier it is
the more deliveries share one. A request that takes longer than a second counts no more against the
limit of all: whoever hangs holds up its own endpoint only.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import structlog

from adapter.errors import AdapterError
from adapter.model.deliveries import Endpoint, EndpointKey
from adapter.outbox import Settled
from adapter.services.deliver import Deliver, Parcel, went_well
from adapter.services.flow import Flow

_MOST_THREADS = 512
_SLOW_SECONDS = 1.0
_EXPIRE_EVERY_SECONDS = 60.0

_log = structlog.get_logger()


class Worker:
    """Delivers until it is told to stop.

    Args:
        deliver: claims, sends and settles.
        threads: most requests that are under way for less than a second.
        poll_seconds: how often it looks for what is due, unless it is woken.
        monotonic: seconds that only grow.
    """

    def __init__(
        self,
        deliver: Deliver,
        *,
        threads: int,
        poll_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._deliver = deliver
        self._threads = threads
        self._poll_seconds = poll_seconds
        self._monotonic = monotonic
        self._flows: dict[EndpointKey, Flow] = {}
        self._under_way: dict[Future[list[Settled]], tuple[Parcel, float]] = {}
        self._done: deque[Future[list[Settled]]] = deque()
        self._unsettled: list[Settled] = []
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._room = 0
        self._expire_at = 0.0
        self._executor = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="send")
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to deliver, in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="worker", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look for what is due now rather than at the next poll."""
        self._woken.set()

    def stop(self) -> None:
        """Claim nothing more; wait until what is under way has ended and is settled."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    def run(self) -> None:
        """Deliver until stopped."""
        while True:
            stopping = self._stopping.is_set()
            self._woken.clear()
            self._collect()
            moved = self._step(stopping=stopping)
            if stopping and not (self._under_way or self._unsettled):
                break
            if not moved:
                self._woken.wait(self._poll_seconds)
        self._executor.shutdown()

    def _step(self, *, stopping: bool) -> bool:
        """Settle, claim and begin to send; tell whether there may be more to do at once."""
        try:
            self._expire()
            self._room = 0 if stopping else self._threads - self._quick()
            parcels = self._deliver.exchange(self._unsettled, self._room_for)
        except AdapterError as error:
            # What came of the requests is kept, and settled by the next step.
            _log.error("outbox_unavailable", code=error.code, message=error.message)
            return False
        self._unsettled = []
        for parcel in parcels:
            self._begin(parcel)
        return bool(self._done)

    def _room_for(self, key: EndpointKey, endpoint: Endpoint) -> int:
        flow = self._flows.setdefault(key, Flow(endpoint.concurrency))
        room = min(flow.room(self._monotonic()), self._room)
        self._room -= room
        return room

    def _quick(self) -> int:
        """Count the requests that have not been under way for long."""
        since = self._monotonic() - _SLOW_SECONDS
        return sum(began > since for _, began in self._under_way.values())

    def _begin(self, parcel: Parcel) -> None:
        self._flows[parcel.key].begin()
        future = self._executor.submit(self._deliver.send, parcel)
        self._under_way[future] = (parcel, self._monotonic())
        future.add_done_callback(self._end)

    def _end(self, future: "Future[list[Settled]]") -> None:
        self._done.append(future)
        self._woken.set()

    def _collect(self) -> None:
        """Take in what has been sent."""
        now = self._monotonic()
        while self._done:
            future = self._done.popleft()
            parcel, _ = self._under_way.pop(future)
            settled: Sequence[Settled] = future.result()
            self._unsettled += settled
            self._flows[parcel.key].end(now, well=went_well(settled))

    def _expire(self) -> None:
        now = self._monotonic()
        if now >= self._expire_at:
            self._expire_at = now + _EXPIRE_EVERY_SECONDS
            self._deliver.expire()
