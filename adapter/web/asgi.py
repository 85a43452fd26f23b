"""What the server runs: doors answered on its event loop, all else by Flask in threads.

A thread for each waiting request costs more than the request: with 64 of them the interpreter's
lock changes hands all the time. What comes to a door needs neither a thread of its own nor Flask's
routing and context, so it is answered here, by the same work that Flask drives; what comes to no
door goes on to Flask. ``ADAPTER_HOT_PATH=false`` sends all of it there: same answers, tested.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from a2wsgi import WSGIMiddleware

from adapter.bootstrap import Services
from adapter.errors import BodyTooSlow, Overloaded
from adapter.rules.decision import Outcome
from adapter.services.ingest import Ticket
from adapter.services.intake import Prepared
from adapter.web.console.live import PATH as LIVE_PATH, Live
from adapter.web.door import Entry, Request, Sent, Work, answer_waiting, work_on
from adapter.web.doors.table import ROUTING
from adapter.web.incoming import Room, receive_body
from adapter.web.replies import CORS, Reply

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_LARGE = 100_000
"""Bytes of a body that is worth a thread: parsing it would hold up all others on the loop."""

_LARGE_ZIPPED = 5_000
"""The same of a zipped body, which may inflate to a great deal."""

_COMMON = [(name.lower().encode(), value.encode()) for name, value in CORS.items()]


class _Headers:
    """The headers of an ASGI request, found without regard to case."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._pairs = dict(pairs)

    def get(self, key: str, /) -> str | None:
        """Give a header's value, None if the request lacks it."""
        value = self._pairs.get(_as_sent_name(key))
        return None if value is None else value.decode("latin-1")


@cache
def _as_sent_name(name: str) -> bytes:
    """Write a header's name as ASGI does; doors ask for a few of them, again and again."""
    return name.lower().encode()


def asgi_app(app: "WSGIApplication", services: Services, live: Live | None = None) -> Asgi:
    """Answer what comes to a door here and let the WSGI application answer all else.

    Args:
        app: Flask's.
        services: the use cases; their settings tell whether to, and how many threads Flask gets.
        live: rings for the console's pages; only whoever stops it needs to give it.
    """
    settings = services.settings
    committed = _Committed(services)
    room = Room(settings.bodies_limit)
    flask: Asgi = WSGIMiddleware(_as_sent(app), workers=settings.threads)  # type: ignore[assignment, arg-type]
    live = live or Live(services)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == LIVE_PATH and scope["method"] == "GET":
            await live.answer(scope, receive, send)
            return
        entry = _entry(scope) if settings.hot_path else None
        if entry is None:
            await flask(scope, _as_coroutine(receive), send)
            return
        headers = _Headers(scope["headers"])
        limit = entry.door.body_limit(settings)
        taken = room.take(headers, limit)
        if taken is None:
            # What it sends is read, lest it never see the answer, and thrown away.
            entry, limit = entry._replace(answer=_no_room), 0
        try:
            body = await _receive(receive, limit)
            if body is None:
                entry, body = entry._replace(answer=_too_slow), b""
            query = scope["query_string"].decode("latin-1")
            sent = Sent(scope["method"], _raw_path(scope), query, headers, body)
            if len(body) > _LARGE or (len(body) > _LARGE_ZIPPED and _is_zipped(sent)):
                reply = await asyncio.to_thread(answer_waiting, services, entry, sent)
            else:
                reply = await _drive(work_on(services, entry, sent), committed)
            await _respond(reply, send, with_body=sent.method != "HEAD")
        finally:
            room.give_back(taken or 0)

    async def _receive(receive: Receive, limit: int) -> bytes | None:
        try:
            async with asyncio.timeout(settings.body_timeout):
                return await receive_body(receive, limit)
        except TimeoutError:
            return None

    return answer


def _as_coroutine(receive: Receive) -> Receive:
    """Await what the server gives: its own awaitables are none that a thread can wait for."""

    async def received() -> Any:
        return await receive()

    return received


async def _drive(work: Work, committed: "_Committed") -> Reply:
    """Drive a door's work, waiting for the store without holding a thread."""
    try:
        prepared = next(work)
        while True:
            try:
                outcomes = await committed.outcomes(prepared)
            except Exception as error:  # noqa: BLE001 - the work knows what to answer
                prepared = work.throw(error)
            else:
                prepared = work.send(outcomes)
    except StopIteration as done:
        reply: Reply = done.value
        return reply


class _Committed:
    """Waits on the event loop for commits that another thread makes.

    A group's tickets are woken one by one; the loop is told once.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._durable: deque[asyncio.Future[None]] = deque()
        self._told = False

    async def outcomes(self, prepared: Prepared) -> Sequence[Outcome]:
        """Have a request decided and committed; give its outcomes once they are durable."""
        loop = asyncio.get_running_loop()
        durable: asyncio.Future[None] = loop.create_future()
        tickets: list[Ticket] = []

        def wake(ticket: Ticket) -> None:
            tickets.append(ticket)
            self._durable.append(durable)
            if not self._told:
                self._told = True
                # A loop that has closed has nobody left who waits.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(self._settle)

        self._services.intake.submit(prepared, wake)
        await durable
        return tickets[0].result()

    def _settle(self) -> None:
        # First, so that whoever comes while the rest is settled tells the loop again.
        self._told = False
        while self._durable:
            future = self._durable.popleft()
            if not future.done():
                future.set_result(None)


def _is_zipped(sent: Sent) -> bool:
    return bool(sent.headers.get("Content-Encoding"))


def _too_slow(_services: Services, _request: Request) -> Reply:
    raise BodyTooSlow


def _no_room(_services: Services, _request: Request) -> Reply:
    raise Overloaded("too many bytes of other requests are under way")


def _entry(scope: Scope) -> Entry | None:
    return ROUTING.find(scope["method"], _raw_path(scope))


def _raw_path(scope: Scope) -> str:
    """Give the path as it was sent, each byte a character (X5)."""
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"]) if raw is None else raw.decode("latin-1")


async def _respond(reply: Reply, send: Send, *, with_body: bool) -> None:
    content = reply.content()
    own = [(_as_sent_name(name), value.encode()) for name, value in reply.headers.items()]
    kind = (b"content-type", reply.content_type.encode())
    length = (b"content-length", str(len(content)).encode())
    start = {
        "type": "http.response.start",
        "status": reply.status,
        "headers": [*_COMMON, *own, kind, length],
    }
    await send(start)
    await send({"type": "http.response.body", "body": content if with_body else b""})


def _as_sent(app: "WSGIApplication") -> "WSGIApplication":
    """Tell Flask the path as it was sent (X5), and that bodies without a length do end."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        raw = environ["asgi.scope"].get("raw_path")
        if raw is not None:
            # What was decoded for ASGI has lost the bytes that are no UTF-8.
            environ["PATH_INFO"] = unquote_to_bytes(raw).decode("latin-1")
            environ["RAW_URI"] = raw.decode("latin-1")
        environ["wsgi.input_terminated"] = True
        return app(environ, start_response)

    return answer
