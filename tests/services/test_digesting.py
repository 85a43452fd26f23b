"""Rules M11 and M8: one digest, whatever the store, and whenever merging was switched on."""

from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from adapter.clock import MINUTE, SECOND, Instant, ManualClock
from adapter.services.digesting import Digesting, digest_json
from adapter.services.sweeping import Sweeping
from adapter.services.tenants import Tenants
from adapter.store.memory.store import MemoryStore
from tests.build import T0, add_device, anonymous_event, apply, at, identify, with_workspace
from tests.store.test_histories import _histories, _message, _records

_SMALL_STEPS = st.sampled_from([0, 1, SECOND, 5 * MINUTE, 5 * MINUTE + 1])
_switched = st.lists(
    st.tuples(
        _SMALL_STEPS,
        st.one_of(st.booleans(), st.lists(_records, min_size=1, max_size=4)),
    ),
    min_size=1,
    max_size=8,
)
_numbers = count(1)
_CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def digest_of(store, workspace, now):
    (current,) = [each for each in store.workspaces() if each.id == workspace.id]
    return digest_json(current, Digesting(store, ManualClock(now)).digest(current))


@settings(max_examples=25, deadline=None, suppress_health_check=_CHECKS)
@given(history=_histories, swept=st.booleans())
def test_m11_random_histories_have_one_digest(sql_store, history, swept):
    memory = MemoryStore()
    name = f"digest-{next(_numbers)}"
    made = with_workspace(sql_store, name)
    # The reference has the same workspaces and sources, so that the same messages go to both.
    for known in sql_store.workspaces():
        with_workspace(memory, known.name)
    now = T0

    for entry in history:
        if isinstance(entry, dict):
            for store in (memory, sql_store):
                store.write(lambda tx, new=entry: tx.set_policy(made.id, new))
            continue
        step, records = entry
        now = Instant(now + step)
        batch = [_message(record, now, made.id) for record in records]
        for store in (memory, sql_store):
            apply(store, *batch)
    if swept:
        # A purge changes nothing that can be seen, in one store alone.
        Sweeping(sql_store, ManualClock(now), pause=lambda: None).sweep()

    told = [digest_of(store, made, now) for store in (memory, sql_store)]
    assert told[0] == told[1]


@settings(max_examples=80, deadline=None, suppress_health_check=_CHECKS)
@given(history=_switched)
def test_m8_merging_off_and_on_gives_the_digest_of_on_all_along(history):
    _switch_off_and_on(MemoryStore(), history)


@settings(max_examples=10, deadline=None, suppress_health_check=_CHECKS)
@given(history=_switched)
def test_m8_merging_off_and_on_gives_that_digest_on_every_database(sql_store, history):
    _switch_off_and_on(sql_store, history)


def _switch_off_and_on(switched, history):
    """Switch in one store; the other, in memory, has merging on all along."""
    always, name = MemoryStore(), f"switched-{next(_numbers)}"
    own = with_workspace(switched, name).id
    for known in switched.workspaces():
        with_workspace(always, known.name)
    clock = ManualClock(T0)
    tenants = Tenants(switched, clock)

    def switch(on):
        tenants.change_settings(tenants.workspace(name), {"merging": "on" if on else "off"})

    for step, entry in history:
        clock.advance(step)
        if isinstance(entry, bool):
            switch(entry)
            continue
        batch = [_message(record, clock.now(), own) for record in entry]
        for store in (always, switched):
            apply(store, *batch)
    switch(on=True)

    told = [digest_of(store, tenants.workspace(name), clock.now()) for store in (always, switched)]
    assert told[0]["parts"] == told[1]["parts"]
    assert told[0]["digest"] == told[1]["digest"]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"name": "Viewed Home"}, id="another name"),
        pytest.param({"data": '{"a":1}'}, id="other data"),
        pytest.param({"anonymous_id": "a2"}, id="another anonymous id"),
        pytest.param({"received_at": at(us=1)}, id="received a microsecond later"),
    ],
)
def test_m11_whatever_differs_shows(store, other):
    first = {"anonymous_id": "a1", "received_at": T0}
    digests = []
    for name, fields in (("one", first), ("two", {**first, **other})):
        workspace = with_workspace(store, name)
        apply(store, anonymous_event(**fields, workspace_id=workspace.id))
        digests.append(digest_of(store, workspace, at(minutes=1))["digest"])

    assert digests[0] != digests[1]


def test_m11_whose_an_event_is_shows(store):
    digests = []
    for name, claimed in (("one", "a1"), ("two", "a2")):
        workspace = with_workspace(store, name)
        place = {"workspace_id": workspace.id}
        apply(store, anonymous_event("a1", **place), anonymous_event("a2", **place))
        apply(store, identify(anonymous_id=claimed, **place))
        digests.append(digest_of(store, workspace, at(minutes=1))["parts"]["events"]["digest"])

    assert digests[0] != digests[1]


def test_m11_ids_drawn_anew_and_a_workspace_of_another_name_have_the_same_digest(store):
    digests = []
    for name in ("one", "two"):
        workspace = with_workspace(store, name)
        event = replace(anonymous_event("a1"), workspace_id=workspace.id, source_id=0)
        claim = identify(anonymous_id="a1", workspace_id=workspace.id)
        apply(store, event)
        apply(store, replace(claim, source_id=0))
        told = digest_of(store, workspace, at(minutes=1))
        digests.append((told["digest"], told["history"]))

    assert digests[0] == digests[1]


def test_r1_what_has_expired_is_no_part_of_the_digest(store):
    workspace = with_workspace(store)
    apply(store, anonymous_event())

    parts = [
        digest_of(store, workspace, now)["parts"]["events"]["rows"]
        for now in (at(days=30, us=-1), at(days=30))
    ]

    assert parts == [1, 0]


def test_m11_a_device_is_part_of_the_digest(store):
    digests = []
    for name, token in (("one", "t1"), ("two", "t2")):
        workspace = with_workspace(store, name)
        apply(store, add_device(token=token, workspace_id=workspace.id))
        digests.append(digest_of(store, workspace, at(minutes=1))["parts"]["people"]["digest"])

    assert digests[0] != digests[1]
