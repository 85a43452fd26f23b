"""Days on PostgreSQL: made when needed, whichever day that is and whoever else makes them."""

import threading

import psycopg
import pytest

from adapter.clock import parse_instant
from adapter.store.open import open_store
from adapter.store.partitions import partition_name
from tests.build import T0, anonymous_event, apply, at, invite_event, log, with_workspace


def partitions(url, table):
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass",
            [table],
        )
        return sorted(name for (name,) in rows)


def test_a_day_is_named_by_its_date():
    assert partition_name("received", 20_512) == "received_20260228"


def test_a_day_and_the_next_three_are_made_for_the_first_row(postgres_url):
    store = open_store(postgres_url)
    with_workspace(store)

    apply(store, anonymous_event())

    days = ["20260301", "20260302", "20260303", "20260304"]
    for table in ("anonymous_events", "invite_events", "received"):
        assert partitions(postgres_url, table) == [f"{table}_{day}" for day in days]
    store.close()


def test_days_made_ahead_are_there_before_any_row(postgres_url):
    store = open_store(postgres_url)

    store.make_days(T0)
    store.make_days(at(days=1))

    days = ["20260301", "20260302", "20260303", "20260304", "20260305"]
    assert partitions(postgres_url, "received") == [f"received_{day}" for day in days]
    store.close()


@pytest.mark.parametrize("text", ["1971-02-03T00:00:00Z", "2026-02-28T23:59:59Z", "2100-01-01"])
def test_a_clock_may_jump_anywhere(postgres_url, text):
    store = open_store(postgres_url)
    with_workspace(store)
    apply(store, anonymous_event())

    there = parse_instant(text)
    apply(store, anonymous_event(received_at=there), invite_event(received_at=there))

    assert [row.received_at for row in log(store, now=there) if row.received_at == there] == [
        there
    ] * 2
    store.close()


def test_processes_may_make_the_same_day_at_once(postgres_url):
    stores = [open_store(postgres_url) for _ in range(4)]
    with_workspace(stores[0])
    barrier = threading.Barrier(len(stores))
    failures = []

    def run(number):
        try:
            barrier.wait()
            for day in range(8):
                apply(stores[number], anonymous_event(f"anon-{number}", received_at=at(days=day)))
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(stores))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert len(log(stores[0], now=at(days=8))) == 8 * len(stores)
    for store in stores:
        store.close()


def test_a_day_that_was_dropped_is_made_anew(postgres_url):
    store = open_store(postgres_url)
    with_workspace(store)
    apply(store, anonymous_event())
    with psycopg.connect(postgres_url) as connection:
        connection.execute("DROP TABLE anonymous_events_20260301")

    apply(store, anonymous_event())

    assert len(log(store)) == 1
    store.close()
