"""What the server runs: doors answered on its event loop, all else by Flask in threads.

A thread for each waiting request costs more than the request: with 64 of them the interpreter's
lock changes hands all the time. What comes to a door needs neither a thread of its own nor Flask's
routing and context, so it is answered here, by the same work that Flask drives; what comes to no
door goes on to Flask. ``ADAPTER_HOT_PATH=false`` sends all of it there: same answers, tested.

ASGI rather than granian's own interface, which would tell the path decoded only (X5).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from a2wsgi import WSGIMiddleware

from adapter.bootstrap import Services
from adapter.errors import BodyTooSlow, Overloaded
from adapter.web.committed import Committed
from adapter.web.console.live import PATH as LIVE_PATH, Live
from adapter.web.door import Request, Sent, answer_waiting, work_on
from adapter.web.doors.table import ROUTING
from adapter.web.incoming import Room, TimeLimit, receive_body
from adapter.web.replies import CORS, JSON_TYPE, Reply

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


class _Names(dict[str, bytes]):
    """Names of headers as ASGI writes them; doors ask for a few of them, again and again."""

    def __missing__(self, name: str) -> bytes:
        self[name] = written = name.lower().encode()
        return written


_NAMES = _Names()
_COMMON = [(_NAMES[name], value.encode()) for name, value in CORS.items()]
_JSON = [*_COMMON, (b"content-type", JSON_TYPE.encode())]


class _Headers:
    """The headers of an ASGI request, found without regard to case."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self._pairs = dict(pairs)

    def get(self, key: str, /) -> str | None:
        """Give a header's value, None if the request lacks it."""
        value = self._pairs.get(_NAMES[key])
        return None if value is None else value.decode("latin-1")


def asgi_app(app: "WSGIApplication", services: Services, live: Live | None = None) -> Asgi:
    """Answer what comes to a door here and let the WSGI application answer all else.

    Args:
        app: Flask's.
        services: the use cases; their settings tell whether to, and how many threads Flask gets.
        live: rings for the console's pages; only whoever stops it needs to give it.
    """
    settings = services.settings
    committed = Committed(services.intake)
    room = Room(settings.bodies_limit)
    time_limit = TimeLimit(settings.body_timeout)
    flask: Asgi = WSGIMiddleware(_as_sent(app), workers=settings.threads)  # type: ignore[assignment, arg-type]
    live = live or Live(services)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], _raw_path(scope)
        entry = ROUTING.find(method, path) if settings.hot_path else None
        if entry is None:
            if scope["path"] == LIVE_PATH and method == "GET":
                await live.answer(scope, receive, send)
            else:
                await flask(scope, _as_coroutine(receive), send)
            return
        headers = _Headers(scope["headers"])
        limit = entry.door.body_limit(settings)
        taken = room.take(headers, limit)
        if taken is None:
            # What it sends is read, lest it never see the answer, and thrown away.
            entry, limit = entry._replace(answer=_no_room), 0
        try:
            body = await receive_body(receive, limit, time_limit)
            if body is None:
                entry, body = entry._replace(answer=_too_slow), b""
            sent = Sent(method, path, scope["query_string"].decode("latin-1"), headers, body)
            if len(body) > _LARGE or (len(body) > _LARGE_ZIPPED and _is_zipped(sent)):
                reply = await asyncio.to_thread(answer_waiting, services, entry, sent)
            else:
                reply = await committed.drive(work_on(services, entry, sent))
            content = reply.content()
            await send(_start(reply, len(content)))
            await send({"type": "http.response.body", "body": b"" if method == "HEAD" else content})
        finally:
            room.give_back(taken or 0)

    return answer


def _as_coroutine(receive: Receive) -> Receive:
    """Await what the server gives: its own awaitables are none that a thread can wait for."""

    async def received() -> Any:
        return await receive()

    return received


def _is_zipped(sent: Sent) -> bool:
    return bool(sent.headers.get("Content-Encoding"))


def _too_slow(_services: Services, _request: Request) -> Reply:
    raise BodyTooSlow


def _no_room(_services: Services, _request: Request) -> Reply:
    raise Overloaded("too many bytes of other requests are under way")


def _raw_path(scope: Scope) -> str:
    """Give the path as it was sent, each byte a character (X5)."""
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"]) if raw is None else raw.decode("latin-1")


def _start(reply: Reply, length: int) -> dict[str, Any]:
    headers = (
        _JSON
        if reply.content_type == JSON_TYPE
        else [*_COMMON, (b"content-type", reply.content_type.encode())]
    )
    headers = [*headers, (b"content-length", b"%d" % length)]
    for name, value in reply.headers.items():
        headers.append((_NAMES[name], value.encode()))
    return {"type": "http.response.start", "status": reply.status, "headers": headers}


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
