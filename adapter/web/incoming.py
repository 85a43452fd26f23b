"""Reading what a server hands over, within bounds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from adapter.doors.credentials import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_MOST_DISCARDED = 64_000_000
_PIECE = 1_000_000
_LONGEST_LENGTH = 18


def raw_path(environ: "WSGIEnvironment") -> str:
    """Give the path of a request as it was sent, each byte a character (X5)."""
    target: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    path = target.partition("?")[0]
    return path if path.startswith("/") else quote(environ["PATH_INFO"], encoding="latin-1")


def read_body(environ: "WSGIEnvironment", limit: int) -> bytes:
    """Read the raw body of a request (X1).

    What lies beyond the limit is read too, and thrown away: a sender whose connection closes while
    it still sends never sees the answer, and tries again for hours.

    Args:
        environ: of the request.
        limit: most bytes that matter.

    Returns:
        At most one byte more than the limit, by which the caller knows it was too much.
    """
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal() and len(length) <= _LONGEST_LENGTH:
        expected = int(length)
    elif environ.get("wsgi.input_terminated"):
        expected = limit + _MOST_DISCARDED  # chunked: it ends where it ends
    else:
        return b""
    stream = environ["wsgi.input"]
    body: bytes = stream.read(min(expected, limit + 1))
    left = min(expected - len(body), _MOST_DISCARDED) if len(body) > limit else 0
    while left > 0:
        discarded = stream.read(min(left, _PIECE))
        left = left - len(discarded) if discarded else 0
    return body


class Room:
    """Room for the bodies of requests under way, so that a storm of them fills no memory.

    Used on one event loop.

    Args:
        limit: bytes.
    """

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._limit = limit

    def take(self, headers: Headers, most: int) -> int | None:
        """Take room for a body before it is read.

        Args:
            headers: tell how long it is; what does not tell may be as long as it is kept.
            most: bytes of it that would be kept.

        Returns:
            How much was taken, to be given back; None if there is too little.
        """
        length = headers.get("Content-Length")
        if length is None:
            taken = most if headers.get("Transfer-Encoding") else 0
        else:
            known = length.isdecimal() and len(length) <= _LONGEST_LENGTH
            taken = min(int(length), most) if known else most
        # One alone always fits.
        if taken > self._left and self._left < self._limit:
            return None
        self._left -= taken
        return taken

    def give_back(self, taken: int) -> None:
        """Give back what was taken."""
        self._left += taken


class TimeLimit:
    """Gives up bodies that do not come in time, with one timer for all of them.

    A timer for each would cost more than reading it: most bodies are there already. Used on one
    event loop.

    Args:
        seconds: that a body may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[asyncio.Task[Any], float] = {}  # the first to begin comes first
        self._ticking = False

    def begin(self, task: asyncio.Task[Any]) -> None:
        """Cancel a task when its time is over, unless it ends before."""
        loop = task.get_loop()
        self._until[task] = until = loop.time() + self._seconds
        if not self._ticking:
            self._ticking = True
            loop.call_at(until, self._tick, loop)

    def end(self, task: asyncio.Task[Any]) -> bool:
        """Look after a task no longer; tell whether it ended in time."""
        return self._until.pop(task, None) is not None

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._ticking = False
        now = loop.time()
        for task in [task for task, until in self._until.items() if until <= now]:
            self.end(task)
            task.cancel()
        for until in self._until.values():
            self._ticking = True
            loop.call_at(until, self._tick, loop)
            return


async def receive_body(
    receive: Callable[[], Awaitable[Any]], limit: int, time_limit: TimeLimit
) -> bytes | None:
    """Read the raw body of an ASGI request; bounds and result as of :func:`read_body`.

    Returns:
        None if it did not come in time.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine runs in one
    time_limit.begin(task)
    try:
        message = await receive()
        body: bytes = message.get("body", b"")
        left = limit + _MOST_DISCARDED - len(body)
        while message.get("more_body") and left > 0:
            message = await receive()
            piece: bytes = message.get("body", b"")
            left -= len(piece)
            body += piece[: limit + 1 - len(body)]
    except asyncio.CancelledError:
        if time_limit.end(task) or task.uncancel():
            raise  # somebody else wants it to end
        return None
    time_limit.end(task)
    return body[: limit + 1]
