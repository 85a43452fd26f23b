"""What a door is: a way in that has paths, bounds, and a shape of its own for saying no.

A door's file (``web/doors``) reads like its contract. It never sees Flask: it is handed what was
sent, and gives a reply. Work that needs the store is a generator, written once and driven by a
thread that waits or by an event loop that does not.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import structlog

from adapter.bootstrap import Services
from adapter.clock import Instant
from adapter.doors.credentials import Headers
from adapter.errors import RequestError
from adapter.rules.decision import Outcome
from adapter.services.intake import Prepared
from adapter.settings import Settings
from adapter.web.replies import Reply, Shape, failure_of

_log = structlog.get_logger()


class Request(NamedTuple):
    """What was sent.

    Attributes:
        door: the name of the one it came to.
        path: raw: as it stands in the request, before percent-decoding (X5).
        query: raw, without its question mark.
        body: raw, as received (X1); a byte more than the door's limit if it was too large.
        received_at: taken once per request, before any queue or lock (X9).
        params: the parts of the path that its pattern names, each decoded once.
    """

    door: str
    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    received_at: Instant
    params: Mapping[str, str]


Work = Generator[Prepared, Sequence[Outcome], Reply]
"""The work on one request: yields what is to be committed, is sent the outcomes, gives a reply."""

Answer = Callable[[Services, Request], Reply | Work]
"""Answers a request; may raise any ``AdapterError``, which its door then shapes."""


class Route(NamedTuple):
    """Paths that are answered alike.

    Attributes:
        methods: HTTP; GET answers HEAD as well.
        pattern: segments parted by ``/``; ``{name}`` takes one that is not empty, and a last
            ``{name...}`` all that is left, if no other pattern fits.
    """

    methods: tuple[str, ...]
    pattern: str
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One way in.

    Attributes:
        name: in metrics, in the log, and beside what is kept of its requests.
        routes: its paths.
        prefixes: of paths that are its own even where it has no route: 404 in its shape.
        shape: how it says no.
        body_limit: most bytes of a body that matter, of which it is handed one more at most.
        browsers: pages of other sites may use it, so that preflights are answered (contracts 2.3).
    """

    name: str
    routes: tuple[Route, ...]
    shape: Shape
    body_limit: Callable[[Settings], int]
    prefixes: tuple[str, ...] = ()
    browsers: bool = False


class Sent(NamedTuple):
    """What a server hands over: a request that nobody has looked at yet."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes


class Entry(NamedTuple):
    """The door that a request has come to.

    Attributes:
        params: the named parts of the path, not yet decoded.
    """

    door: Door
    answer: Answer
    params: dict[str, str]


def work_on(services: Services, entry: Entry, sent: Sent) -> Work:
    """Answer a request in its door's shape; whatever happens, there is a reply (X3)."""
    door = entry.door
    try:
        params = {name: _decoded(part) for name, part in entry.params.items()}
        request = Request(door.name, *sent, services.clock.now(), params)
        answered = entry.answer(services, request)
        reply = answered if isinstance(answered, Reply) else (yield from answered)
    except Exception as error:  # noqa: BLE001 - whatever it is, its sender gets an answer
        failure = failure_of(error)
        reply = door.shape(failure)
        _log.info("request_refused", door=door.name, status=failure.status, code=failure.code)
    services.metrics.count_request(door.name, reply.status)
    return reply


def answer_waiting(services: Services, entry: Entry, sent: Sent) -> Reply:
    """Answer a request in this thread, waiting for the store; never raises."""
    work = work_on(services, entry, sent)
    try:
        prepared = next(work)
        while True:
            try:
                outcomes = services.intake.commit(prepared)
            except Exception as error:  # noqa: BLE001 - the work knows what to answer
                prepared = work.throw(error)
            else:
                prepared = work.send(outcomes)
    except StopIteration as done:
        reply: Reply = done.value
        return reply


def _decoded(part: str) -> str:
    """Decode a part of a path once, and never replace what is no text (contracts 3.3).

    Raises:
        RequestError: it is no UTF-8.
    """
    if "%" not in part and part.isascii():
        return part
    try:
        return unquote_to_bytes(part.encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise RequestError("the path is not UTF-8 when percent-decoded") from None
