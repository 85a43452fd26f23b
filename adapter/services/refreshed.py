"""What is read anew when it grows old, by a thread of its own: who asks never hangs with a store.

The event loop asks for what the directory holds at every request. A database that refuses says so
at once; one that hangs would hold the loop, and with it everybody, for as long as it hangs.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_FRESH_SECONDS = 1.0


class Refreshed(Generic[T]):
    """Something that is read anew once it is older than a second.

    Args:
        read: reads it.
        monotonic: seconds that only grow.
        patience: seconds to wait for a reading, once there was one; what was read before does
            meanwhile. None to read in the thread of whoever asks.
    """

    def __init__(
        self, read: Callable[[], T], monotonic: Callable[[], float], patience: float | None
    ) -> None:
        self._read = read
        self._monotonic = monotonic
        self._patience = patience
        self._lock = threading.Lock()
        self._reading: _Reading[T] | None = None
        self._known: list[T] = []
        self._fresh_until = float("-inf")

    def get(self) -> T:
        """Give it, at most a second old unless the store hangs.

        Raises:
            Exception: whatever reading it raised.
        """
        if self._monotonic() <= self._fresh_until:
            return self._known[0]
        if self._patience is None or not self._known:
            return self._keep(self._read(), self._monotonic())
        return self._refresh(self._patience)

    def forget(self) -> None:
        """Read it anew when next asked, and do without a reading that is under way."""
        with self._lock:
            self._reading = None
            self._fresh_until = float("-inf")

    def _refresh(self, patience: float) -> T:
        with self._lock:
            reading, began = self._reading, False
            if reading is None:
                reading = self._reading = _Reading(self._read, self._monotonic())
                began = True
        # Whoever comes while it hangs does not wait again.
        if not reading.done.wait(patience if began else 0):
            return self._known[0]
        with self._lock:
            if self._reading is reading:
                self._reading = None
        return self._keep(reading.result(), reading.at)

    def _keep(self, value: T, at: float) -> T:
        self._known = [value]
        self._fresh_until = at + _FRESH_SECONDS
        return value


class _Reading(Generic[T]):
    """One reading, in a thread of its own."""

    def __init__(self, read: Callable[[], T], at: float) -> None:
        self.at = at
        self.done = threading.Event()
        self._read = read
        self._value: list[T] = []
        self._error: Exception | None = None
        threading.Thread(target=self._run, name="refresh", daemon=True).start()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value[0]

    def _run(self) -> None:
        try:
            self._value.append(self._read())
        except Exception as error:  # noqa: BLE001 - raised where it is asked for
            self._error = error
        self.done.set()
