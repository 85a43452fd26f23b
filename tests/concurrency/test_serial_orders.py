"""Rule M10: whatever overlaps, the outcome is that of some order one after another."""

import os
from contextlib import contextmanager

import pytest

from adapter.services.ingest import Ingest
from adapter.store.open import open_store
from tests.build import with_workspace
from tests.concurrency.campaigns import IN_FORCE, keep_segments
from tests.concurrency.histories import draw_history
from tests.concurrency.pictures import differences, picture, serial_pictures
from tests.concurrency.racers import Team, race_in_threads
from tests.concurrency.requests import Place, perform
from tests.concurrency.troubles import Troubles, deadlocks

HISTORIES = int(os.environ.get("ADAPTER_TEST_HISTORIES", "40"))
"""How many each test races; thousands take minutes."""

_FIRST = int(os.environ.get("ADAPTER_TEST_FIRST_HISTORY", "0"))
_TEAM = 4


def check(store, race, name):
    """Race histories, each in a workspace of its own, and find an order that explains each."""
    failures = []
    for number in range(_FIRST, _FIRST + HISTORIES):
        seed = f"{name} {number}"
        history = draw_history(seed, most=_TEAM)
        place = Place(store, with_workspace(store, f"race-{number}", **history.settings))
        keep_segments(store, place.workspace.id)
        for request in history.before:
            perform(request, place)
        assert race(place, history.together, seed) == [], seed
        failures += unexplained(place, history, seed)
    assert failures == []


def unexplained(place, history, seed):
    """Tell how an outcome differs from that of every order; nothing if it is that of one."""
    found = picture(place, history)
    told = [seed, str(history)]
    for expected in serial_pictures(history, place.workspace.name):
        if found == expected:
            return []
        told += ["an order:", *differences(found, expected)]
    return ["\n".join(told)]


@contextmanager
def racing(database_url, *, ingests, failures):
    """Give a store, and what races in threads on it: by ingests of its own, or directly."""
    store = open_store(database_url)
    troubles = Troubles(store, failures=failures)
    served = [Ingest(store, in_force=lambda: IN_FORCE) for _ in range(ingests)]

    def race(place, requests, seed):
        places = [Place(store, place.workspace, ingest) for ingest in served] or [place]
        return race_in_threads(places, requests, troubles, seed)

    yield store, race, troubles
    for ingest in served:
        ingest.close()
    store.close()
    assert deadlocks(database_url) == 0


@pytest.mark.parametrize("ingests", [0, 2], ids=["directly", "by-ingests"])
def test_m10_threads_come_out_as_in_some_order(database_url, ingests):
    with racing(database_url, ingests=ingests, failures=0.0) as (store, race, _):
        check(store, race, f"threads {ingests}")


def test_m10_failures_that_pass_are_tried_again_and_change_nothing(database_url):
    with racing(database_url, ingests=0, failures=0.02) as (store, race, troubles):
        check(store, race, "troubles")

    assert troubles.failed > 0


def test_m10_processes_come_out_as_in_some_order(postgres_url):
    store = open_store(postgres_url)
    team = Team(postgres_url, _TEAM, failures=0.01)
    try:
        check(store, team.race, "processes")
    finally:
        team.close()
        store.close()
    assert deadlocks(postgres_url) == 0
