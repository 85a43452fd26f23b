"""A body that does not come is given up, and told so in its door's shape."""

import asyncio
from dataclasses import replace

import pytest

from adapter.jsonvalue import loads
from adapter.settings import Settings
from adapter.web.app import create_app
from adapter.web.asgi import asgi_app
from adapter.web.incoming import TimeLimit, receive_body


@pytest.mark.parametrize(
    ("path", "code"),
    [("/v1/track", lambda body: body["code"]), ("/api/v1/events", lambda body: body["meta"])],
)
def test_a_body_that_does_not_come_is_408(services, path, code):
    # No time at all: whatever has not come when it is asked for comes too late.
    services = replace(services, settings=replace(Settings(), body_timeout=0))
    app = asgi_app(create_app(services), services)
    heard = []

    async def receive():
        await asyncio.Event().wait()

    async def send(message):
        heard.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    asyncio.run(app(scope, receive, send))

    start, body = heard
    assert start["status"] == 408
    assert code(loads(body["body"]))


async def nothing():
    await asyncio.Event().wait()


async def at_once():
    return {"type": "http.request", "body": b"{}", "more_body": False}


def test_one_time_limit_gives_up_each_body_that_does_not_come_and_no_other():
    time_limit = TimeLimit(0)

    async def run():
        bodies = [receive_body(each, 10, time_limit) for each in (nothing, at_once, nothing)]
        return await asyncio.gather(*bodies)

    assert asyncio.run(run()) == [None, b"{}", None]
    assert asyncio.run(run()) == [None, b"{}", None], "nor is it worn out by then"


def test_who_is_told_to_end_while_a_body_comes_does_end():
    async def run():
        reading = asyncio.ensure_future(receive_body(nothing, 10, TimeLimit(3_600)))
        await asyncio.sleep(0)
        reading.cancel()
        await reading

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())
