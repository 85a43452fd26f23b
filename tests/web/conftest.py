"""The whole web app on a store in memory."""

from dataclasses import replace
from pathlib import Path

import pytest

from adapter.bootstrap import build_services, load_mappings
from adapter.clock import ManualClock
from adapter.services.credentials import hash_of
from adapter.settings import Settings
from adapter.store.memory.store import MemoryStore
from tests.build import T0, source, workspace
from tests.web.sending import API_KEY, APP_KEY, SITE_ID, Sender
from tests.web.serving import client_to

MAPPINGS = load_mappings(Path(__file__).parents[2] / "mappings")


@pytest.fixture
def clock():
    return ManualClock(T0)


def new_services(clock, store=None):
    """Make services on a store of their own, with the tenant whose credentials the tests know."""
    store = store or MemoryStore()
    tenant = replace(
        workspace(),
        site_id=SITE_ID,
        api_key_hash=hash_of(API_KEY),
        app_key_hash=hash_of(APP_KEY),
    )
    store.create_workspace(tenant, source())
    return build_services(settings=Settings(), store=store, clock=clock, mappings=MAPPINGS)


@pytest.fixture
def services(clock):
    services = new_services(clock)
    yield services
    services.close()


@pytest.fixture(params=["hot path", "through Flask"])
def sender_to(request):
    """Gives a sender to the app of some services, either way."""

    def make(services):
        return Sender(client_to(services, hot_path=request.param == "hot path"))

    return make


@pytest.fixture
def sender(services, sender_to):
    return sender_to(services)


@pytest.fixture
def sender_with(services, sender_to):
    """Gives a sender whose source differs from the usual in some fields."""

    def make(**changes):
        (usual,) = services.store.sources()
        services.tenants.update_source(replace(usual, **changes))
        return sender_to(services)

    return make
