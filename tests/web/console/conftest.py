"""The console on a store in memory, as a browser that keeps cookies meets it."""

import re
from dataclasses import replace

import pytest
from werkzeug.test import Client

from adapter.bootstrap import build_services
from adapter.clock import ManualClock
from adapter.doors.segment import parse
from adapter.doors.times import Stamp
from adapter.jsonvalue import dumps
from adapter.services.credentials import hash_of
from adapter.settings import Settings
from adapter.store.memory.store import MemoryStore
from adapter.web.app import create_app
from adapter.web.console.csrf import COOKIE
from adapter.web.console.sessions import SESSION
from tests.build import T0, source, workspace
from tests.web.conftest import MAPPINGS
from tests.web.sending import APP_KEY

READ_KEY = "read-key-of-the-tests"
_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


class Browser:
    """Asks for pages, keeps cookies and sends forms with the token that its pages bear."""

    def __init__(self, services):
        self.client = Client(create_app(services))

    def at(self, services):
        """Give the same browser before another process."""
        other = Browser(services)
        for name in (SESSION, COOKIE):
            cookie = self.client.get_cookie(name)
            other.client.set_cookie(name, cookie.value)
        return other

    def get(self, path, **options):
        return self.client.get(path, **options)

    def post(self, path, **fields):
        found = _TOKEN.search(self.get("/login").text)
        return self.client.post(path, data={"csrf": found[1], **fields})

    def log_in(self, key):
        answer = self.post("/login", app_key=key, next="/")
        assert answer.status_code == 303, answer.text
        return self


@pytest.fixture
def clock():
    return ManualClock(T0)


@pytest.fixture
def store():
    store = MemoryStore()
    keys = {"app_key_hash": hash_of(APP_KEY), "read_key_hash": hash_of(READ_KEY)}
    store.create_workspace(replace(workspace(), **keys), source())
    return store


@pytest.fixture
def services_with(store, clock, closing_later):
    """Give services on the store with other settings: those of another process, say."""

    def make(**settings):
        return closing_later(
            build_services(
                settings=Settings(**settings), store=store, clock=clock, mappings=MAPPINGS
            )
        )

    return make


@pytest.fixture
def services(services_with):
    return services_with()


@pytest.fixture
def stranger(services):
    """Give a browser that has not logged in."""
    return Browser(services)


@pytest.fixture
def writer(services):
    return Browser(services).log_in(APP_KEY)


@pytest.fixture
def reader(services):
    return Browser(services).log_in(READ_KEY)


def sent(services, payload):
    """Have a webhook with this payload come in now."""
    source = services.tenants.default_source()
    body = dumps(payload).encode()
    stamp = Stamp(services.clock.now())
    services.intake.receive(
        source, door="segment_webhook", body=body, batch=parse(body, stamp), received_at=stamp.now
    )
