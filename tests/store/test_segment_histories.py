"""Rule C6: membership kept by increments equals a full recomputation, whatever happens."""

from dataclasses import replace
from itertools import count

from hypothesis import HealthCheck, given, settings, strategies as st

from adapter.clock import DAY, HOUR, Instant, ManualClock
from adapter.errors import NotFound
from adapter.model.segments import AllOf, AnyOf, Not
from adapter.services.erasing import Erasing, read_named
from adapter.services.tenants import Tenants
from adapter.services.unmerging import Unmerging
from adapter.store.memory.store import MemoryStore
from tests.build import (
    T0,
    anonymous_event,
    delete_person,
    identified_event,
    identify,
    merge_people,
    suppress_person,
    unsuppress_person,
    with_workspace,
)
from tests.segmenting import Kept, expected_members, has, performed, segment

_PEOPLE = st.sampled_from(["u-1", "one@example.com", "two@example.com"])
_ANONYMOUS = st.sampled_from(["a", "b"])
_NAMES = st.sampled_from(["Ordered", "Ordered", "Viewed", "Other"])
_DATA = st.sampled_from(['{"n":1}', '{"n":2}', '{"n":2,"to":"one@example.com"}'])
_PLANS = st.sampled_from(["pro", "free", None])
_LATE = st.sampled_from([0, 0, 0, -HOUR, -3 * DAY, -4 * DAY])
_STEPS = st.sampled_from([0, 1, HOUR, DAY, DAY + 1, 2 * DAY, -HOUR])

_records = st.one_of(
    st.tuples(st.just("event"), _ANONYMOUS, _NAMES, _DATA, _LATE),
    st.tuples(st.just("event"), _ANONYMOUS, _NAMES, _DATA, _LATE),
    st.tuples(st.just("identify"), _PEOPLE, _PLANS, st.one_of(st.none(), _ANONYMOUS)),
    st.tuples(st.just("identify"), _PEOPLE, _PLANS, _ANONYMOUS),
    st.tuples(st.just("identified"), _PEOPLE, _NAMES, _LATE),
    st.tuples(st.just("identified"), _PEOPLE, _NAMES, _LATE),
    st.tuples(st.just("join"), _PEOPLE, _PEOPLE),
    st.tuples(st.sampled_from(["identify", "delete", "suppress", "unsuppress"]), _PEOPLE),
)
_histories = st.lists(
    st.one_of(
        *[st.tuples(_STEPS, st.lists(_records, min_size=2, max_size=8))] * 6,
        *[st.tuples(st.just("unmerge"), _ANONYMOUS)] * 2,
        st.tuples(st.just("erase"), st.one_of(_PEOPLE, _ANONYMOUS)),
        st.tuples(st.just("merging"), st.sampled_from(["on", "off"])),
        st.tuples(st.just("file"), st.integers(0, 2)),
        st.tuples(st.just("upkeep"), st.just(0)),
    ),
    min_size=3,
    max_size=12,
)
_TWICE = performed("Ordered", at_least=2)
_LATELY = performed("Viewed", within=DAY)
_SECOND = performed("Ordered", where=lambda asked: asked["properties"]["n"] == 2)
FILES = [
    [
        segment(AllOf((_TWICE, Not(_LATELY))), "twice"),
        segment(AnyOf((has(plan="pro"), performed("Ordered", at_least=2, within=2 * DAY))), "pro"),
        segment(_SECOND, "second"),
    ],
    [segment(Not(AnyOf((_TWICE, has(plan="free")))), "twice"), segment(_LATELY, "lately")],
    [],
]
_numbers = count(1)


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=_histories)
def test_c6_m12_p5_p6_increments_come_to_what_a_full_recomputation_does(store, history):
    play(store, history)


@settings(max_examples=120)
@given(history=_histories)
def test_c6_m12_p5_p6_increments_in_memory_come_to_what_a_full_recomputation_does(history):
    play(MemoryStore(), history)


def play(store, history):
    """Play a history, and compare who is in which segment after each step."""
    workspace = with_workspace(store, f"history-{next(_numbers)}", reuse="same_person")
    kept, now, latest = Kept(store, *FILES[0], only=workspace.id), T0, T0
    for kind, given_now in history:
        if kind == "unmerge":
            unmerge(store, workspace, given_now, latest, kept)
        elif kind == "erase":
            erase(store, workspace, given_now, latest)
        elif kind == "merging":
            tenants = Tenants(store, ManualClock(latest), in_force=lambda: kept.in_force)
            tenants.change_settings(workspace, {"merging": given_now})
        elif kind == "file":
            kept.redefine(*FILES[given_now])
        elif kind == "upkeep":
            kept.upkeep_at(latest)
        else:
            now = Instant(now + kind)
            latest = max(latest, now)
            kept.run(*(_message(record, now, workspace.id) for record in given_now))
    for later in (latest, Instant(latest + HOUR), Instant(latest + 3 * DAY)):
        kept.upkeep_at(later)
        expected = expected_members(store, kept.in_force, later, workspace.id)
        found = {
            name: set(store.memberships.members(workspace.id, name))
            for name in kept.in_force.segmentation(workspace.id).segments
        }
        assert found == {name: expected.get(name, set()) for name in found}


def unmerge(store, workspace, anonymous_id, now, kept):
    try:
        unmerging = Unmerging(store, ManualClock(now), lambda: kept.in_force)
        unmerging.unmerge(workspace, anonymous_id)
    except NotFound:
        pass


def erase(store, workspace, whom, now):
    kind = "anonymous_ids" if len(whom) == 1 else "people"
    erasing = Erasing(store, ManualClock(now), pause=lambda: None)
    erasing.erase(workspace, read_named(workspace, **{kind: [whom]}))


def _message(record, now, workspace_id):
    kind, *fields = record
    return replace(_MAKERS[kind](now, *fields), workspace_id=workspace_id)


def _identify(now, person, plan="pro", anonymous_id=None):
    return identify(person, anonymous_id=anonymous_id, received_at=now, plan=plan)


def _event(now, anonymous_id, name, data, late):
    return anonymous_event(
        anonymous_id, name=name, data=data, received_at=now, occurred_at=Instant(now + late)
    )


def _identified(now, person, name, late):
    event = identified_event(person, name=name, received_at=now, occurred_at=Instant(now + late))
    return replace(event, data='{"n":2}')


_MAKERS = {
    "event": _event,
    "identify": _identify,
    "identified": _identified,
    "join": lambda now, one, other: merge_people(one, other, received_at=now),
    "delete": lambda now, who: delete_person(who, received_at=now),
    "suppress": lambda now, who: suppress_person(who, received_at=now),
    "unsuppress": lambda now, who: unsuppress_person(who, received_at=now),
}
