"""What a main thread waits for that is to be told to stop."""

import threading

_LOOK_UP_SECONDS = 0.5


class Signalled(threading.Event):
    """An event that a signal's handler sets.

    Any thread of the process may take a signal, but the main thread alone runs what is to be done
    about it, and nothing wakes it for that: it would wait for ever, and the process never stop. So
    it looks up twice a second.
    """

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set; see ``threading.Event.wait``."""
        if timeout is not None:
            return super().wait(timeout)
        while not super().wait(_LOOK_UP_SECONDS):
            pass
        return True
