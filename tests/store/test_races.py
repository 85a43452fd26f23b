"""Rule M10: whatever runs at the same time, no event slips between ingest and identify."""

import multiprocessing
import threading
from collections import Counter

from adapter.store.open import open_store
from tests.build import log, with_workspace
from tests.store.racers import RACERS, anonymous_ids, race, race_alone, sent_message_ids

_PATIENCE_SECONDS = 120


def test_m10_no_event_slips_through_between_threads_on_sqlite(sqlite_url):
    store = open_store(sqlite_url)
    with_workspace(store)
    barrier = threading.Barrier(RACERS)
    failures = []

    def run(racer):
        try:
            race(store, racer, barrier)
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            failures.append(error)
            barrier.abort()

    threads = [threading.Thread(target=run, args=(racer,)) for racer in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    check(store)
    store.close()


def test_m10_no_event_slips_through_between_processes_on_postgresql(postgres_url):
    store = open_store(postgres_url)
    with_workspace(store)
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(RACERS, timeout=_PATIENCE_SECONDS)
    processes = [
        spawn.Process(target=race_alone, args=(postgres_url, racer, barrier))
        for racer in range(RACERS)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(_PATIENCE_SECONDS)

    assert [process.exitcode for process in processes] == [0] * RACERS
    check(store)
    store.close()


def check(store):
    ids = list(anonymous_ids())
    owners = {name: store.find_anonymous_id(1, name).person_id for name in ids}
    events = log(store, type="event")
    assignments = [row for row in log(store) if row.reason == "assigned"]

    assert Counter(row.anonymous_id for row in assignments) == Counter(ids)
    assert Counter(row.event_id for row in events) == Counter(sent_message_ids())
    assert [row for row in events if row.view == "anonymous"] == []
    assert [row for row in events if row.person_id != owners[row.anonymous_id]] == []
