"""M10, P6, R4: whoever is deleted meanwhile leaves no event behind, and no id to the next."""

import threading

from tests.build import (
    anonymous_event,
    apply,
    at,
    delete_person,
    identify,
    log,
    suppress_person,
    with_workspace,
)

_ROUNDS = 12
_EVENTS = 4


def _racers(number):
    """Give what each racer of a round sends, one transaction after another."""
    visitor, anonymous_id = f"u-{number}", f"anon-{number}"
    leave = suppress_person if number % 2 else delete_person
    return [
        [anonymous_event(anonymous_id, received_at=at(seconds=n)) for n in range(_EVENTS)],
        [identify(visitor, anonymous_id=anonymous_id), anonymous_event(anonymous_id)],
        [leave(visitor)],
        [identify(f"next-{number}", anonymous_id=anonymous_id)],
    ]


def test_r4_who_goes_while_they_are_identified_leaves_nothing_behind(sql_store):
    with_workspace(sql_store)
    failures = []

    def run(barrier, messages):
        try:
            barrier.wait()
            for message in messages:
                apply(sql_store, message)
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            failures.append(error)

    for number in range(_ROUNDS):
        apply(sql_store, identify(f"u-{number}"))
        racers = _racers(number)
        barrier = threading.Barrier(len(racers))
        threads = [threading.Thread(target=run, args=(barrier, racer)) for racer in racers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert failures == []
    lines = log(sql_store, now=at(hours=1))
    assert [row for row in lines if row.person_id and "id" not in row.identifiers] == []
    for number in range(_ROUNDS):
        _check(sql_store, f"anon-{number}", lines)


def _check(store, anonymous_id, lines):
    fact = store.find_anonymous_id(1, anonymous_id)
    events = [row for row in lines if row.anonymous_id == anonymous_id and row.type == "event"]
    owners = {row.person_id for row in events}
    if fact.used_up:
        assert fact.person_id is None
        assert owners <= {None}
    else:
        assert owners <= {fact.person_id}
        assert len(events) == _EVENTS + 1
