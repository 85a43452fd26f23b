"""The whole web app on a store in memory."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from adapter.bootstrap import build_services, load_mappings
from adapter.clock import ManualClock
from adapter.services.credentials import hash_of
from adapter.settings import Settings
from adapter.store.memory import MemoryStore
from adapter.web.app import create_app
from tests.build import T0, source, workspace
from tests.web.sending import APP_KEY, Sender

MAPPINGS = load_mappings(Path(__file__).parents[2] / "mappings")


@pytest.fixture
def clock():
    return ManualClock(T0)


@pytest.fixture
def services(clock):
    store = MemoryStore()
    store.create_workspace(replace(workspace(), app_key_hash=hash_of(APP_KEY)), source())
    return build_services(settings=Settings(), store=store, clock=clock, mappings=MAPPINGS)


@pytest.fixture(params=[True, False], ids=["fast path", "through Flask"])
def app_of(request):
    """Makes the app of some services, either way."""
    return partial(create_app, fast_path=request.param)


@pytest.fixture
def sender(services, app_of):
    return Sender(app_of(services).test_client())


@pytest.fixture
def sender_with(services, app_of):
    """Gives a sender whose source differs from the usual in some fields."""

    def make(**changes):
        (usual,) = services.store.sources()
        services.store.update_source(replace(usual, **changes))
        return Sender(app_of(services).test_client())

    return make
