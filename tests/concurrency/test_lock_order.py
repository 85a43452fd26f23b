"""Rule M10: nobody waits in a circle; what no message names is locked in its order all the same."""

import threading

import pytest

from adapter.store.open import open_store
from tests.build import (
    apply,
    delete_person,
    identify,
    merge_people,
    suppress_person,
    with_workspace,
)
from tests.concurrency.troubles import Troubles, deadlocks

_ROUNDS = 10


def _signed_up(nth):
    """Somebody with an id, an address and an anonymous id, and somebody else."""
    email = f"{nth}@example.com"
    return [identify(f"u-{nth}", anonymous_id=f"a-{nth}", email=email), identify(f"v-{nth}")]


def _again(nth):
    return identify(f"{nth}@example.com", anonymous_id=f"a-{nth}", plan="pro")


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param(lambda nth: delete_person(f"u-{nth}"), id="a deletion"),
        pytest.param(lambda nth: suppress_person(f"u-{nth}"), id="a suppression"),
        pytest.param(lambda nth: merge_people(f"v-{nth}", f"u-{nth}"), id="a join"),
        pytest.param(lambda nth: identify(f"u-{nth}", email=f"{nth}@example.org"), id="a change"),
    ],
)
def test_m10_an_identify_by_another_name_is_no_deadlock(postgres_url, beside):
    store = open_store(postgres_url)
    troubles = Troubles(store, pauses=0.5)
    with_workspace(store)
    failures = []

    def run(barrier, message):
        troubles.begin(str(message))
        barrier.wait()
        try:
            apply(store, message)
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            failures.append(error)

    for nth in range(_ROUNDS):
        apply(store, *_signed_up(nth))
        barrier = threading.Barrier(2)
        racers = [
            threading.Thread(target=run, args=(barrier, message))
            for message in (_again(nth), beside(nth))
        ]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
    store.close()

    assert failures == []
    assert deadlocks(postgres_url) == 0
