"""M1-M7, A1, R1, C2: who gets the events of a stranger, on the reference store."""

from dataclasses import replace

import pytest

from adapter.model.reasons import Reason
from adapter.store.memory.store import MemoryStore
from tests.build import (
    T0,
    anonymous_event,
    apply,
    at,
    identified_event,
    identify,
    log,
    with_workspace,
)

# contracts 6.2: the identify is received at T0.
WINDOW = [
    pytest.param(at(days=-30, us=1), Reason.MERGED, id="a microsecond before it expires"),
    pytest.param(at(days=-30), None, id="exactly 30 days old"),
    pytest.param(at(days=-30, seconds=-1), None, id="older than 30 days"),
    pytest.param(at(seconds=-1), Reason.MERGED, id="a second before the identify"),
    pytest.param(at(), Reason.MERGED, id="at the same instant, before it"),
]
LATE = [
    pytest.param(at(), Reason.MERGED_IN_WINDOW, id="at the same instant, after it"),
    pytest.param(at(seconds=299.999), Reason.MERGED_IN_WINDOW, id="just inside the window"),
    pytest.param(at(seconds=300), Reason.MERGED_IN_WINDOW, id="last instant of the window"),
    pytest.param(at(seconds=300, us=1), Reason.WINDOW_CLOSED, id="first instant after the window"),
    pytest.param(at(seconds=300.001), Reason.WINDOW_CLOSED, id="a millisecond late"),
]


def store_with(**settings):
    store = MemoryStore()
    with_workspace(store, **settings)
    return store


def reasons(store, now=T0):
    return {row.event_id: row.reason for row in log(store, now=now) if row.event_id}


@pytest.mark.parametrize(("received_at", "reason"), WINDOW)
def test_m2_an_identify_claims_what_is_alive(received_at, reason):
    store = store_with()

    apply(store, anonymous_event(message_id="e", received_at=received_at))
    apply(store, identify(anonymous_id="anon-1", received_at=at()))

    assert reasons(store).get("e") == reason


@pytest.mark.parametrize(("received_at", "reason"), LATE)
def test_m3_m4_the_window_is_inclusive_at_its_end(received_at, reason):
    store = store_with()

    apply(store, identify(anonymous_id="anon-1", received_at=at()))
    apply(store, anonymous_event(message_id="e", received_at=received_at))

    assert reasons(store, now=received_at)["e"] == reason


@pytest.mark.parametrize(
    ("hours", "trigger"),
    [
        pytest.param(71, Reason.MAY_TRIGGER, id="71 h"),
        pytest.param(72, Reason.MAY_TRIGGER, id="exactly 72 h"),
        pytest.param(72.001, Reason.OLDER_THAN_TRIGGER_WINDOW, id="over 72 h"),
        pytest.param(-1, Reason.MAY_TRIGGER, id="in the future"),
    ],
)
@pytest.mark.parametrize("stored_first", [True, False])
def test_c2_a_merged_event_may_trigger_up_to_72_hours_old(hours, trigger, stored_first):
    store = store_with()
    event = anonymous_event(message_id="e", occurred_at=at(hours=-hours))
    claim = identify(anonymous_id="anon-1")

    for message in (event, claim) if stored_first else (claim, event):
        apply(store, message)

    (row,) = log(store, event_id="e")
    assert row.trigger == trigger


def test_m1_m5_an_anonymous_id_is_assigned_for_good():
    store = store_with()
    apply(store, anonymous_event(message_id="before"))
    apply(store, identify("first@example.com", anonymous_id="anon-1"))

    apply(store, identify("second@example.com", anonymous_id="anon-1", received_at=at(seconds=9)))

    assert store.find_anonymous_id(1, "anon-1").assigned_at == at()
    (event,) = log(store, event_id="before")
    assert event.identifiers["email"] == "first@example.com"
    refused = log(store, type="claim_refused")
    assert [(row.identifiers["email"], row.reason) for row in refused] == [
        ("second@example.com", Reason.ANONYMOUS_ID_ALREADY_ASSIGNED)
    ]


@pytest.mark.parametrize(
    ("reuse", "identify_reason", "event_reason"),
    [
        pytest.param(
            "never",
            Reason.ANONYMOUS_ID_ALREADY_ASSIGNED_TO_SAME_PERSON,
            Reason.WINDOW_CLOSED,
            id="never",
        ),
        pytest.param(
            "same_person", Reason.REASSIGNED_TO_SAME_PERSON, Reason.MERGED, id="same person"
        ),
    ],
)
def test_m6_the_same_person_again(reuse, identify_reason, event_reason):
    store = store_with(reuse=reuse)
    apply(store, identify(anonymous_id="anon-1"))
    apply(store, anonymous_event(message_id="late", received_at=at(minutes=6)))

    again = identify(anonymous_id="anon-1", received_at=at(minutes=7))
    (outcome,) = apply(store, again)

    assert outcome.reasons[0] == identify_reason
    assert reasons(store, now=at(minutes=7))["late"] == event_reason


def test_m7_a_person_holds_many_ids_and_shows_the_newest():
    store = store_with()

    for number in (1, 2, 3):
        claim = identify(anonymous_id=f"anon-{number}", received_at=at(minutes=number))
        apply(store, claim)

    person = store.find_person(1, identify().person)
    assert person.attributes["anonymous_id"].value == "anon-3"


def test_m9_a_merged_event_keeps_all_it_had():
    store = store_with()
    event = anonymous_event(message_id="e", occurred_at=at(hours=-1), data='{"a":1}')
    apply(store, event)

    apply(store, identify(anonymous_id="anon-1", received_at=at(minutes=1)))

    (row,) = log(store, event_id="e", now=at(minutes=1))
    assert (row.id, row.name, row.data) == (event.id, event.name, event.data)
    assert (row.occurred_at, row.received_at) == (event.occurred_at, event.received_at)
    assert (row.anonymous_id, row.was_anonymous) == ("anon-1", True)
    assert row.processed_at == at(minutes=1)


def test_a1_a_merge_logs_count_oldest_and_id_once():
    store = store_with()
    apply(store, anonymous_event(occurred_at=at(hours=-2)), anonymous_event())

    apply(store, identify(anonymous_id="anon-1"))

    (merge,) = log(store, type="anon_merge")
    oldest = at(hours=-2) // 1_000_000
    assert merge.data == f'{{"count":2,"oldest":{oldest},"anonymous_id":"anon-1"}}'


def test_a1_a_merge_of_nothing_is_not_logged_but_assigns():
    store = store_with()

    apply(store, identify(anonymous_id="anon-1"))

    assert log(store, type="anon_merge") == []
    assert store.find_anonymous_id(1, "anon-1").person_id is not None


def test_a1_arrivals_in_the_window_are_logged_per_request():
    store = store_with()
    apply(store, identify(anonymous_id="anon-1"))

    first = [anonymous_event(request="r1", received_at=at(seconds=1)) for _ in range(3)]
    second = [anonymous_event(request="r2", received_at=at(seconds=2)) for _ in range(2)]
    apply(store, *first, *second)

    merges = log(store, type="anon_merge", now=at(minutes=1))
    assert [row.data[:10] for row in merges] == ['{"count":3', '{"count":2']


def test_one_batch_equals_one_request_after_another():
    messages = [
        anonymous_event("a", message_id="1"),
        identify("x@example.com", anonymous_id="a", message_id="2"),
        anonymous_event("a", message_id="3"),
        identify("y@example.com", anonymous_id="a", message_id="4"),
        identified_event("x@example.com", message_id="5"),
        anonymous_event("b", message_id="6"),
        identify("y@example.com", anonymous_id="b", message_id="7"),
    ]
    together, apart = store_with(), store_with()

    apply(together, *messages)
    for message in messages:
        apply(apart, message)

    assert log(together) == log(apart)


def test_a2_an_event_that_merges_moves_from_one_view_to_the_other():
    store = store_with()
    apply(store, anonymous_event(message_id="e"))
    before = [row.view for row in log(store, event_id="e")]

    apply(store, identify(anonymous_id="anon-1"))

    assert (before, [row.view for row in log(store, event_id="e")]) == (
        ["anonymous"],
        ["identified"],
    )


def test_r1_exactly_30_days_old_is_seen_by_nobody():
    store = store_with()
    apply(store, anonymous_event(message_id="e"))

    assert len(log(store, now=at(days=30, us=-1))) == 1
    assert log(store, now=at(days=30)) == []


def test_r3_a_persons_events_do_not_expire():
    store = store_with()
    apply(store, anonymous_event(message_id="e"), identify(anonymous_id="anon-1"))

    assert len(log(store, now=at(days=400), event_id="e")) == 1


@pytest.mark.parametrize("stored_first", [True, False])
def test_c8_what_is_replayed_without_triggers_triggers_nothing(stored_first):
    store = store_with()
    event = anonymous_event(message_id="e", notes=(Reason.TRIGGERS_OFF,))
    claim = replace(identify(anonymous_id="anon-1"), notes=(Reason.TRIGGERS_OFF,))

    for message in (event, claim) if stored_first else (claim, event):
        apply(store, message)

    (row,) = log(store, event_id="e")
    assert row.trigger == Reason.TRIGGERS_OFF
