"""Racers: each performs one request of a history, and all begin at once."""

import multiprocessing
import threading
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from adapter.services.ingest import Ingest
from adapter.store.open import open_store
from tests.concurrency.campaigns import IN_FORCE
from tests.concurrency.requests import Place, Request, perform
from tests.concurrency.troubles import Troubles

_PATIENCE_SECONDS = 120


def race_in_threads(
    places: Sequence[Place], requests: Sequence[Request], troubles: Troubles, seed: str
) -> list[str]:
    """Perform requests at the same time, in turn at each of the places; tell what failed."""
    barrier = threading.Barrier(len(requests), timeout=_PATIENCE_SECONDS)
    failures: list[str] = []

    def run(nth: int, request: Request) -> None:
        troubles.begin(f"{seed} {nth}")
        try:
            barrier.wait()
            perform(request, places[nth % len(places)])
        except Exception:  # noqa: BLE001 - told by the test's own thread
            failures.append(traceback.format_exc())

    threads = [threading.Thread(target=run, args=each) for each in enumerate(requests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


class Team:
    """Racers in processes of their own, each with a store and an ingest of its own.

    Args:
        database_url: where they race.
        size: how many there are; a history has no more requests that overlap.
        failures: share of their statements that fail in passing.
    """

    def __init__(self, database_url: str, size: int, failures: float) -> None:
        spawn = multiprocessing.get_context("spawn")
        # The children attach to it as they start, so it must live as long as they do.
        self._barrier = spawn.Barrier(size, timeout=_PATIENCE_SECONDS)
        self._ends: list[Connection] = []
        self._processes = []
        for _ in range(size):
            ours, theirs = spawn.Pipe()
            told = (database_url, failures, self._barrier, theirs)
            process = spawn.Process(target=_serve, args=told, daemon=True)
            process.start()
            self._ends.append(ours)
            self._processes.append(process)

    def race(self, place: Place, requests: Sequence[Request], seed: str) -> list[str]:
        """Perform requests at the same time; tell what failed."""
        idle = [None] * (len(self._ends) - len(requests))
        for nth, (end, request) in enumerate(zip(self._ends, (*requests, *idle), strict=True)):
            end.send((place.workspace, request, f"{seed} {nth}"))
        return [failure for end in self._ends if (failure := end.recv())]

    def close(self) -> None:
        """Let them go."""
        for end in self._ends:
            end.send(None)
        for process in self._processes:
            process.join(_PATIENCE_SECONDS)


def _serve(database_url: str, failures: float, barrier: Any, end: Connection) -> None:
    store = open_store(database_url)
    troubles = Troubles(store, failures=failures)
    ingest = Ingest(store, in_force=lambda: IN_FORCE)
    while (told := end.recv()) is not None:
        workspace, request, seed = told
        place = Place(store, workspace, ingest)
        barrier.wait()
        end.send(_performed(request, place, troubles, seed))
    ingest.close()
    store.close()


def _performed(request: Request | None, place: Place, troubles: Troubles, seed: str) -> str:
    """Perform a request, if there is one; give what failed, "" for nothing."""
    if request is None:
        return ""
    troubles.begin(seed)
    try:
        perform(request, place)
    except Exception:  # noqa: BLE001 - told by the test's own process
        return traceback.format_exc()
    return ""
