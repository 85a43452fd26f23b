"""``/live``: rings when the log grows, for those who may look, and for a bounded number of them."""

import asyncio

import pytest

from adapter.web.console import live
from adapter.web.console.live import Live
from adapter.web.console.sessions import SESSION
from tests.web.console.conftest import sent
from tests.web.console.test_people import event


class Listener:
    """A browser that listens.

    Attributes:
        status: of the answer.
    """

    def __init__(self, session):
        self.scope = {"headers": [(b"cookie", f"other=1; {SESSION}={session}".encode())]}
        self.status = None
        self._said = asyncio.Queue()
        self._gone = asyncio.Event()

    async def send(self, message):
        self.status = message.get("status", self.status)
        await self._said.put(message.get("body", b""))

    async def receive(self):
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def hears(self, text):
        while await self._said.get() != text:
            pass

    def leave(self):
        self._gone.set()


@pytest.fixture
def session(writer):
    return writer.client.get_cookie(SESSION).value


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(live, "_LOOK_SECONDS", 0.01)


def test_all_who_listen_hear_that_the_log_has_grown(services, session):
    async def listen():
        lives = Live(services)
        listeners = [Listener(session), Listener(session)]
        answers = [
            asyncio.create_task(lives.answer(each.scope, each.receive, each.send))
            for each in listeners
        ]
        for each in listeners:
            await each.hears(live._BEAT)
        sent(services, event("m-1"))
        for each in listeners:
            await each.hears(live._RING)
            each.leave()
        await asyncio.gather(*answers)
        await asyncio.gather(*lives._looking.values())
        return [each.status for each in listeners]

    assert asyncio.run(asyncio.wait_for(listen(), 30)) == [200, 200]


def test_without_a_session_nothing_is_heard(services):
    async def listen():
        listener = Listener("none")
        await Live(services).answer(listener.scope, listener.receive, listener.send)
        return listener.status

    assert asyncio.run(listen()) == 401


def test_no_more_than_so_many_listen_at_once(services, session, monkeypatch):
    monkeypatch.setattr(live, "MOST_WAITING", 1)

    async def listen():
        lives = Live(services)
        first, second = Listener(session), Listener(session)
        waiting = asyncio.create_task(lives.answer(first.scope, first.receive, first.send))
        await first.hears(live._BEAT)
        await lives.answer(second.scope, second.receive, second.send)
        first.leave()
        await waiting
        third = Listener(session)
        again = asyncio.create_task(lives.answer(third.scope, third.receive, third.send))
        await third.hears(live._BEAT)
        third.leave()
        await again
        return first.status, second.status, third.status

    assert asyncio.run(asyncio.wait_for(listen(), 30)) == (200, 503, 200)
