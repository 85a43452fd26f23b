"""A body that does not come is given up, and told so in its door's shape."""

import asyncio
from dataclasses import replace

import pytest

from adapter.jsonvalue import loads
from adapter.settings import Settings
from adapter.web.app import create_app
from adapter.web.asgi import asgi_app


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
