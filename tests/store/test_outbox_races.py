"""Rule L5: whoever claims at the same time, each delivery goes to one of them."""

import threading
from collections import Counter

import pytest

from adapter.clock import DAY, MINUTE, Instant
from adapter.store.open import open_store
from tests.build import T0, delivery, with_workspace
from tests.store.claiming import put, settled, wanted


@pytest.mark.parametrize("ordered", [False, True], ids=["any order", "in order"])
def test_l5_eight_claimants_claim_each_delivery_once(database_url, ordered):
    """Style 9, trap 3: a plain subquery claimed 2,960 of 2,000 twice."""
    put_in = open_store(database_url)
    with_workspace(put_in)
    count = 400
    put(put_in, *(delivery(nth, endpoint=f"campaigns/{nth % 3}") for nth in range(count)))
    keys = [(1, f"campaigns/{nth}") for nth in range(3)]
    taken, orders = Counter(), {key: [] for key in keys}
    failures = []
    lock = threading.Lock()
    start = threading.Barrier(8)

    def run():
        store = open_store(database_url)
        now = Instant(T0 + MINUTE)
        asked = [wanted(7, key=key, ordered=ordered, until=Instant(now + DAY)) for key in keys]
        mine = []
        start.wait()
        try:
            while store.outbox.due(keys, now) or mine:
                mine = store.outbox.exchange([settled(each) for each in mine], asked, now)
                with lock:
                    for each in mine:
                        taken[each.id] += 1
                        orders[1, each.endpoint].append(each.id)
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            failures.append(error)
        finally:
            store.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    put_in.close()

    assert failures == []
    assert (len(taken), set(taken.values())) == (count, {1})
    if ordered:
        assert all(ids == sorted(ids) for ids in orders.values())
