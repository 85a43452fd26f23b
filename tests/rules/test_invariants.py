"""The rules against their own definition: random histories, owners derived from scratch."""

from hypothesis import given, settings, strategies as st

from adapter.clock import DAY, MINUTE, SECOND, Instant
from adapter.store.memory.store import MemoryStore
from tests.build import T0, anonymous_event, apply, identify, log, with_workspace

PEOPLE = ("p@example.com", "q@example.com")
IDS = ("a", "b", "null")
STEPS = st.sampled_from([0, 1, SECOND, 299 * SECOND, 5 * MINUTE, DAY, 29 * DAY, 30 * DAY])
EVENT = st.tuples(st.just("event"), st.sampled_from(IDS), st.integers(0, 40), STEPS)
IDENTIFY = st.tuples(st.just("identify"), st.sampled_from(IDS), st.sampled_from(PEOPLE), STEPS)
HISTORIES = st.lists(st.one_of(EVENT, IDENTIFY), max_size=25)


def owners_by_definition(history):
    """M1-M5, R1, K6 and L1 said once more, as plainly as possible: who owns which message id."""
    events, claims, now = {}, {}, T0
    for what, anonymous_id, value, step in history:
        now += step
        if what == "event":
            events.setdefault(f"m{value}", (anonymous_id, now))
        elif anonymous_id != "null":
            claims.setdefault(anonymous_id, (value, now))
    owners = {}
    for message_id, (anonymous_id, received_at) in events.items():
        owner, assigned_at = claims.get(anonymous_id, (None, 0))
        if owner and assigned_at - 30 * DAY < received_at <= assigned_at + 5 * MINUTE:
            owners[message_id] = owner
        elif received_at > now - 30 * DAY:
            owners[message_id] = None
    return owners, Instant(now)


def messages_of(history):
    now = T0
    for what, anonymous_id, value, step in history:
        now = Instant(now + step)
        if what == "event":
            yield anonymous_event(anonymous_id, message_id=f"m{value}", received_at=now)
        else:
            yield identify(value, anonymous_id=anonymous_id, received_at=now)


def owners_in(store, now):
    rows = log(store, now=now, type="event")
    assert len({row.event_id for row in rows}) == len(rows)
    return {row.event_id: row.identifiers.get("email") for row in rows}


@given(HISTORIES, st.integers(1, 6))
@settings(max_examples=300, deadline=None)
def test_m1_to_m5_every_event_has_the_owner_that_the_rules_define(history, batch):
    store = MemoryStore()
    with_workspace(store)
    messages = list(messages_of(history))

    for start in range(0, len(messages), batch):
        apply(store, *messages[start : start + batch])

    expected, now = owners_by_definition(history)
    assert owners_in(store, now) == expected


@given(HISTORIES)
@settings(max_examples=100, deadline=None)
def test_l1_sending_everything_twice_changes_nothing(history):
    store = MemoryStore()
    with_workspace(store)
    messages = list(messages_of(history))
    _, now = owners_by_definition(history)
    apply(store, *messages)
    once = log(store, now=now, type="event")

    apply(store, *messages)

    assert log(store, now=now, type="event") == once


@given(HISTORIES)
@settings(max_examples=100, deadline=None)
def test_a1_the_counts_of_the_log_add_up_to_the_events_that_merged(history):
    store = MemoryStore()
    with_workspace(store)
    apply(store, *messages_of(history))

    _, now = owners_by_definition(history)
    merged = [row for row in log(store, now=now, type="event") if row.was_anonymous]
    lines = log(store, now=now, type="anon_merge")
    counted = sum(int(row.data.split(":")[1].split(",")[0]) for row in lines)
    assert counted == len(merged)
