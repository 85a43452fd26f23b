"""Bodies under way take room; a storm of large ones is turned away before memory is full."""

import asyncio
from dataclasses import replace

import pytest

from adapter.jsonvalue import loads
from adapter.settings import Settings
from adapter.web.app import create_app
from adapter.web.asgi import asgi_app
from adapter.web.incoming import Room

_CHUNKED = {"Transfer-Encoding": "chunked"}


def of(length):
    return {"Content-Length": length}


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        pytest.param(of("30"), 30, id="as long as it is said to be"),
        pytest.param(of("999"), 50, id="at most what would be kept"),
        pytest.param(of("9" * 5000), 50, id="the most for a mad length"),
        pytest.param(of("many"), 50, id="the most for no number"),
        pytest.param(_CHUNKED, 50, id="the most where the length is not told"),
        pytest.param({}, 0, id="none without a body"),
    ],
)
def test_a_body_takes_room(headers, taken):
    assert Room(100).take(headers, most=50) == taken


def test_what_does_not_fit_beside_others_gets_no_room_until_they_are_done():
    room = Room(100)
    first = room.take(of("80"), most=500)

    assert room.take(of("30"), most=500) is None
    assert room.take(of("20"), most=500) == 20
    room.give_back(first)
    assert room.take(of("30"), most=500) == 30


def test_one_alone_always_fits():
    assert Room(10).take(of("30"), most=50) == 30


def test_who_finds_no_room_is_told_to_come_again(services):
    services = replace(services, settings=replace(Settings(), bodies_limit=10))
    app = asgi_app(create_app(services), services)

    async def run():
        slow, quick = Exchange(), Exchange()
        holding = asyncio.create_task(app(scope("30"), slow.receive, slow.send))
        await slow.asked.wait()
        await quick.body.put({"type": "http.request", "body": b"{" * 30})
        await app(scope("30"), quick.receive, quick.send)
        holding.cancel()
        return quick.heard

    start, body = asyncio.run(run())
    assert start["status"] == 503
    assert (b"retry-after", b"1") in start["headers"]
    assert loads(body["body"])["code"] == "overloaded"


class Exchange:
    """One request, whose body comes when it is put there."""

    def __init__(self):
        self.asked = asyncio.Event()
        self.body = asyncio.Queue()
        self.heard = []

    async def receive(self):
        self.asked.set()
        return await self.body.get()

    async def send(self, message):
        self.heard.append(message)


def scope(length):
    return {
        "type": "http",
        "method": "POST",
        "path": "/v1/track",
        "raw_path": b"/v1/track",
        "query_string": b"",
        "headers": [(b"content-length", length.encode())],
    }
