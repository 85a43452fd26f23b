"""Rule M10: no relationship slips between a stranger's group call and the identify beside it."""

import threading

from adapter.clock import Instant
from adapter.ids import cio_object_id_of
from tests.build import apply, delete_object, identify, relate, relation, with_workspace

PAIRS = 60


def together(*runs):
    """Run at the same time; tell what failed."""
    barrier, failures = threading.Barrier(len(runs)), []

    def guarded(run):
        try:
            barrier.wait()
            run()
        except Exception as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_m10_every_strangers_relationship_is_carried_over(sql_store):
    with_workspace(sql_store)

    def relating():
        for n in range(PAIRS):
            apply(sql_store, relate(relation(f"a-{n}", stranger=True)))

    def identifying():
        for n in reversed(range(PAIRS)):
            apply(sql_store, identify(f"u-{n}", anonymous_id=f"a-{n}"))

    together(relating, identifying)

    cio_object_id = cio_object_id_of("1", "o-1")
    assert sql_store.strangers(1, cio_object_id, after=Instant(0)) == []
    assert len(sql_store.relationships(1, cio_object_id=cio_object_id, limit=1_000)) == PAIRS


def test_m10_nothing_is_carried_over_to_an_object_that_is_gone(sql_store):
    with_workspace(sql_store)
    names = [f"o-{n}" for n in range(PAIRS)]
    strangers = [relation(f"a-{n}", name, stranger=True) for n, name in enumerate(names)]
    apply(sql_store, relate(*strangers[: PAIRS // 2]), relate(*strangers[PAIRS // 2 :]))

    def identifying():
        for n in range(PAIRS):
            apply(sql_store, identify(f"u-{n}", anonymous_id=f"a-{n}"))

    def deleting():
        for name in reversed(names):
            apply(sql_store, delete_object(name))

    together(identifying, deleting)

    gone = [cio_object_id_of("1", name) for name in names]
    assert sql_store.find_objects(1, gone) == {}
    left = [sql_store.relationships(1, cio_object_id=one) for one in gone]
    assert [rows for rows in left if rows] == []
