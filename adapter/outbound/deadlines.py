"""Ends requests that take too long as a whole.

A socket's own time-out starts anew with every byte, so whoever sends one byte now and then could
hold a request for days. One thread watches all requests under way and hangs up on those whose time
is over; the thread that waits for the answer then finds the connection closed.
"""

import contextlib
import heapq
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Watch:
    """One request under way; its connection tells the socket it uses."""

    __slots__ = ("_lock", "_socket", "over")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.over = False

    def uses(self, used: socket.socket | None) -> None:
        """Tell which socket to hang up; the time may be over already."""
        with self._lock:
            self._socket = used
            if self.over:
                self._hang_up()

    def end(self) -> None:
        """The time is over."""
        with self._lock:
            self.over = True
            self._hang_up()

    def _hang_up(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Not the TLS socket's own method, which takes the reading thread's state away.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class Deadlines:
    """Watches requests, in a thread that is started by the first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._heap: list[tuple[float, int, Watch]] = []
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watch(self, seconds: float) -> Iterator[Watch]:
        """Watch a request for so long."""
        watch = Watch()
        entry = (time.monotonic() + seconds, next(self._numbers), watch)
        with self._changed:
            heapq.heappush(self._heap, entry)
            if self._heap[0] is entry:
                self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
        try:
            yield watch
        finally:
            # It stays in the heap until its time, without a socket to hang up.
            watch.uses(None)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._heap:
                    self._changed.wait()
                left = self._heap[0][0] - time.monotonic()
                if left > 0:
                    self._changed.wait(left)
                    continue
                _, _, watch = heapq.heappop(self._heap)
            watch.end()
