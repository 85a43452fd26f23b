"""M12: a merge is taken back exactly, and its anonymous id stays used up."""

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from adapter.clock import DAY, MINUTE, SECOND, Instant, ManualClock
from adapter.errors import NotFound
from adapter.jsonvalue import loads
from adapter.model.deliveries import DeliveryState
from adapter.model.reasons import Reason
from adapter.rules.decision import Decision
from adapter.rules.identifiers import read_identifier
from adapter.services.unmerging import Unmerging
from adapter.store.memory.store import MemoryStore
from tests.build import (
    T0,
    anonymous_event,
    apply,
    at,
    delivery,
    identified_event,
    identify,
    log,
    merge_people,
    with_workspace,
)


@pytest.fixture(autouse=True)
def _workspace(store):
    with_workspace(store)


def unmerge(store, anonymous_id="a", *, now=T0):
    (workspace, *_) = store.workspaces()
    return Unmerging(store, ManualClock(now)).unmerge(workspace, anonymous_id)


def person(store, identifier="u1"):
    return store.find_person(1, read_identifier(identifier))


def test_m12_what_merged_before_and_in_the_window_is_anonymous_again(store):
    apply(store, anonymous_event("a", message_id="before"), identified_event("u1"))
    apply(store, identify("u1", anonymous_id="a", received_at=at(seconds=1)))
    apply(store, anonymous_event("a", message_id="in the window", received_at=at(seconds=2)))

    told = unmerge(store, now=at(seconds=3))

    assert (told["anonymous_id"], told["count"], told["expired"]) == ("a", 2, 0)
    assert told["cio_id"] == person(store).person_id
    back = log(store, type="event", view="anonymous", now=at(seconds=3))
    assert [(row.event_id, row.reason) for row in back] == [
        ("before", Reason.AWAITING_IDENTIFY),
        ("in the window", Reason.AWAITING_IDENTIFY),
    ]
    assert [row.was_anonymous for row in back] == [False, False]
    assert len(log(store, type="event", view="identified")) == 1
    assert [store.find_key(1, key).home for key in ("before", "in the window")] == ["anonymous"] * 2


def test_m12_it_is_logged_with_the_person_and_the_id(store):
    apply(store, anonymous_event("a"), identify("u1", anonymous_id="a"))

    unmerge(store, now=at(days=1))

    (line,) = log(store, type="anon_unmerge")
    assert (line.reason, line.anonymous_id) == (Reason.UNMERGED, "a")
    assert line.person_id == person(store).person_id
    assert loads(line.data) == {"count": 1, "expired": 0, "anonymous_id": "a"}


def test_m12_the_id_stays_used_up_inside_the_window_and_for_every_claim(store):
    apply(store, identify("u1", anonymous_id="a"))

    unmerge(store)

    apply(store, anonymous_event("a", message_id="later", received_at=at(seconds=1)))
    apply(store, identify("u1", anonymous_id="a"), identify("u2", anonymous_id="a"))
    (later,) = log(store, event_id="later", now=at(seconds=1))
    assert (later.view, later.reason) == ("anonymous", Reason.ANONYMOUS_ID_USED_UP)
    assert len(log(store, type="claim_refused")) == 2
    fact = store.find_anonymous_id(1, "a")
    assert (fact.used_up, fact.person_id, fact.assigned_at) == (True, None, None)


@pytest.mark.parametrize(
    ("received_at", "count", "expired"),
    [
        pytest.param(at(us=1), 1, 0, id="one microsecond before its end"),
        pytest.param(at(), 0, 1, id="exactly at its end"),
    ],
)
def test_m12_events_that_have_expired_are_gone(store, received_at, count, expired):
    apply(store, anonymous_event("a", received_at=received_at))
    apply(store, identify("u1", anonymous_id="a", received_at=at(seconds=1)))

    told = unmerge(store, now=at(days=30))

    assert (told["count"], told["expired"]) == (count, expired)
    assert len(log(store, type="event", now=at(days=30))) == count


def test_m12_other_ids_of_the_person_keep_what_they_merged(store):
    apply(store, anonymous_event("a"), anonymous_event("b"))
    apply(store, identify("u1", anonymous_id="b"))
    apply(store, identify("u1", anonymous_id="a", received_at=at(seconds=1)))
    assert person(store).attributes["anonymous_id"].value == "a"

    unmerge(store, "a", now=at(seconds=2))

    assert person(store).attributes["anonymous_id"].value == "b"
    (kept,) = log(store, type="event", view="identified")
    assert kept.anonymous_id == "b"


def test_m12_a_person_left_without_ids_has_no_such_attribute(store):
    apply(store, identify("u1", anonymous_id="a"))

    unmerge(store)

    assert set(person(store).attributes) == {"id"}


def test_m12_events_that_went_on_to_a_joined_person_are_found(store):
    apply(store, anonymous_event("a"), identify("u2", anonymous_id="a"), identify("u1"))
    apply(store, merge_people("u1", "u2"))

    assert unmerge(store)["count"] == 1
    assert [row.view for row in log(store, type="event")] == ["anonymous"]


def test_m12_an_event_that_waited_for_another_reason_has_that_one_again(store):
    store.write(lambda transaction: transaction.set_policy(1, {"reuse": "same_person"}))
    apply(store, identify("u1", anonymous_id="a"))
    apply(store, anonymous_event("a", message_id="late", received_at=at(minutes=6)))
    apply(store, identify("u1", anonymous_id="a", received_at=at(minutes=7)))
    assert [row.view for row in log(store, event_id="late")] == ["identified"]

    unmerge(store, now=at(minutes=8))

    (late,) = log(store, event_id="late", now=at(minutes=8))
    assert (late.view, late.reason) == ("anonymous", Reason.WINDOW_CLOSED)


def test_m12_deliveries_not_yet_sent_are_withdrawn(store):
    event = anonymous_event("a")
    apply(store, event, identify("u1", anonymous_id="a"))
    person_id = person(store).person_id
    waiting = replace(delivery(person_id=person_id), record=event.id)
    sent = replace(delivery(2), record=event.id, state=DeliveryState.DELIVERED)
    other = delivery(3, person_id=person_id)
    made = Decision(deliveries=[waiting, sent, other])
    store.write(lambda transaction: transaction.commit(made, []))

    unmerge(store, now=at(seconds=1))

    states = [store.outbox.find_delivery(1, each.id).state for each in (waiting, sent, other)]
    assert states == ["cancelled", "delivered", "pending"]
    withdrawn = store.outbox.find_delivery(1, waiting.id)
    assert (withdrawn.reason, withdrawn.settled_at) == (Reason.UNMERGED, at(seconds=1))


@pytest.mark.parametrize("assigned", [False, True], ids=["never seen", "taken back before"])
def test_m12_an_id_of_nobody_cannot_be_taken_back(store, assigned):
    if assigned:
        apply(store, identify("u1", anonymous_id="a"))
        unmerge(store)

    with pytest.raises(NotFound, match="assigned to nobody"):
        unmerge(store)


_STEPS = st.sampled_from([0, 1, SECOND, 5 * MINUTE, 5 * MINUTE + 1, DAY, 29 * DAY])
_HISTORIES = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), _STEPS, st.sampled_from([0, -DAY, -4 * DAY])),
    max_size=12,
)


@settings(max_examples=150)
@given(before=_HISTORIES, after=_HISTORIES, retention_days=st.sampled_from([1, 30]))
def test_m12_unmerging_leaves_what_was_never_merged(before, after, retention_days):
    """But for the lines of the merge itself, and for the id, which is used up."""
    never, merged = MemoryStore(), MemoryStore()
    for store in (never, merged):
        with_workspace(store, retention_seconds=retention_days * DAY // SECOND)
    now = T0
    for anonymous_id, event in [*_events(before), ("a", None), *_events(after)]:
        step, late = event or (0, 0)
        now = Instant(now + step)
        if event is None:
            claim = identify("u1", received_at=now)
            apply(never, claim)
            apply(merged, _claiming(claim, anonymous_id))
            continue
        message = anonymous_event(anonymous_id, received_at=now, occurred_at=Instant(now + late))
        apply(never, message)
        apply(merged, message)

    unmerge(merged, now=now)

    assert _shown(merged, now) == _shown(never, now)
    assert person(merged).attributes == person(never).attributes


def _events(history):
    return [(anonymous_id, (step, late)) for anonymous_id, step, late in history]


def _claiming(message, anonymous_id):
    return type(message)(
        **{name: getattr(message, name) for name in message.__dataclass_fields__}
        | {"anonymous_id": anonymous_id}
    )


def _shown(store, now):
    """Everything of the events but why one waits: the id was assigned when some arrived."""
    return [
        (row.id, row.view, row.person_id, row.was_anonymous, row.processed_at, row.trigger)
        for row in log(store, now=now, type="event")
    ]
