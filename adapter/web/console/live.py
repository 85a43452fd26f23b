"""``/live``: rings when the log has grown, as server-sent events, on the server's event loop.

A ring says that there is something new and nothing else: the page asks for its lines itself, with
its own filters. Who waits for a ring holds no thread; one look a second tells all who wait in a
workspace, and nobody looks where nobody waits.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from adapter.bootstrap import Services
from adapter.errors import StoreBusy
from adapter.model.workspaces import Workspace
from adapter.web.console.sessions import SESSION, recognised

PATH = "/live"
MOST_WAITING = 200
"""Browsers that wait at once; more are told to come back, and look every half minute meanwhile."""

_LOOK_SECONDS = 1.0
_BEAT_SECONDS = 15.0
"""How often something is sent anyway, so that proxies keep a silent connection open."""
_LONGEST_SECONDS = 900.0
"""Then the browser connects again, with its session checked anew."""

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
_RING = b"data: news\n\n"
_BEAT = b": still here\n\n"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Live:
    """Answers ``/live``; belongs to one event loop."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._waiting: defaultdict[int, set[asyncio.Event]] = defaultdict(set)
        self._looking: dict[int, asyncio.Task[None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    def stop(self) -> None:
        """Let all go who listen, so that the server can end; from any thread."""
        self._stopping = True
        if self._loop is not None:
            # A loop that has closed has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._ring_all)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ring until the browser goes away, or has listened long enough."""
        self._loop = asyncio.get_running_loop()
        known = await asyncio.to_thread(recognised, self._services, _session(scope))
        if known is None:
            await _refuse(send, 401)
            return
        if self._stopping or sum(map(len, self._waiting.values())) >= MOST_WAITING:
            await _refuse(send, 503)
            return
        bell = asyncio.Event()
        self._wait(known.workspace, bell)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await self._ring_until_gone(bell, receive, send)
        finally:
            self._waiting[known.workspace.id].discard(bell)
        await send({"type": "http.response.body", "body": b""})

    async def _ring_until_gone(self, bell: asyncio.Event, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_disconnected(receive))
        loop = asyncio.get_running_loop()
        until = loop.time() + _LONGEST_SECONDS
        try:
            await _say(send, _BEAT)
            while not (gone.done() or self._stopping) and loop.time() < until:
                rung = asyncio.ensure_future(bell.wait())
                await asyncio.wait(
                    {rung, gone}, timeout=_BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                rung.cancel()
                if not gone.done():
                    await _say(send, _RING if bell.is_set() else _BEAT)
                bell.clear()
        finally:
            gone.cancel()

    def _ring_all(self) -> None:
        for bells in self._waiting.values():
            for bell in bells:
                bell.set()

    def _wait(self, workspace: Workspace, bell: asyncio.Event) -> None:
        self._waiting[workspace.id].add(bell)
        if workspace.id not in self._looking:
            looking = asyncio.create_task(self._look(workspace))
            self._looking[workspace.id] = looking

    async def _look(self, workspace: Workspace) -> None:
        """Look while somebody waits, and ring for all when the newest line is another one."""
        try:
            newest, again = await self._newest(workspace), False
            while self._waiting[workspace.id]:
                await asyncio.sleep(_LOOK_SECONDS)
                before, newest = newest, await self._newest(workspace, newest)
                # Once more a look later: of two requests at once, the older may be written last.
                if newest != before or again:
                    for bell in self._waiting[workspace.id]:
                        bell.set()
                again = newest != before
        finally:
            del self._looking[workspace.id]

    async def _newest(self, workspace: Workspace, otherwise: str = "") -> str:
        with contextlib.suppress(StoreBusy):
            return await asyncio.to_thread(self._services.activity_log.newest, workspace)
        return otherwise


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})


async def _refuse(send: Send, status: int) -> None:
    headers = [(b"content-length", b"0"), (b"cache-control", b"no-store"), (b"retry-after", b"30")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _session(scope: Scope) -> str:
    """Read the session of a request that Flask never sees."""
    cookies: SimpleCookie = SimpleCookie()
    for name, value in scope["headers"]:
        if name.lower() == b"cookie":
            with contextlib.suppress(CookieError):
                cookies.load(value.decode("latin-1"))
    return cookies[SESSION].value if SESSION in cookies else ""
