"""Rule R2: what has expired is purged, in bounded steps, and nothing else is."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest

from adapter.clock import DAY, HOUR, ManualClock
from adapter.ids import new_id
from adapter.outbox import DeliveryQuery
from adapter.rules.decision import Fate
from adapter.services.sweeping import Sweeping
from adapter.store.open import open_store
from adapter.sweepable import Expiring
from tests.build import (
    T0,
    anonymous_event,
    apply,
    at,
    delivery,
    identified_event,
    identify,
    invite_event,
    log,
    with_workspace,
)
from tests.services.sending import Post, endpoint
from tests.store.test_received import body

LATER = at(days=40)
EVERYTHING_OLD = {
    Expiring.ANONYMOUS_EVENTS,
    Expiring.INVITE_EVENTS,
    Expiring.RECEIVED,
}


@pytest.fixture
def clock():
    return ManualClock(LATER)


@pytest.fixture
def breaths():
    return []


@pytest.fixture
def sweeping(store, clock, breaths):
    with_workspace(store)
    return Sweeping(store, clock, pause=lambda: breaths.append(1))


def left(store, table):
    return store.oldest(table, 1)


def test_r2_what_has_expired_is_purged_and_what_is_alive_stays(store, sweeping):
    apply(store, anonymous_event(), invite_event(), received=[body()])
    apply(store, anonymous_event(received_at=at(days=30)), received=[body(at(days=30))])

    sweeping.sweep()

    assert left(store, Expiring.ANONYMOUS_EVENTS) == at(days=30)
    assert left(store, Expiring.RECEIVED) == at(days=30)
    assert left(store, Expiring.INVITE_EVENTS) is None


def test_r3_a_persons_events_and_their_message_ids_stay(store, sweeping):
    apply(store, anonymous_event("a1", message_id="m1"), identified_event(message_id="m2"))
    apply(store, identify(anonymous_id="a1", received_at=at(seconds=1)))

    sweeping.sweep()

    events = [row for row in log(store, now=LATER) if row.type == "event"]
    assert {row.event_id for row in events} == {"m1", "m2"}
    assert all(store.find_key(1, key) for key in ("m1", "m2"))


def test_r4_an_assignment_outlives_its_events_and_an_unclaimed_id_does_not(store, sweeping):
    apply(store, anonymous_event("claimed"), anonymous_event("stranger"))
    apply(store, identify(anonymous_id="claimed"))

    sweeping.sweep()

    assert store.find_anonymous_id(1, "claimed").person_id is not None
    assert store.find_anonymous_id(1, "stranger") is None


def test_l1_a_message_id_outlives_its_event_by_a_day(store, sweeping, clock):
    apply(store, anonymous_event(message_id="m1"))

    clock.set(at(days=31))
    sweeping.sweep()
    kept = store.find_key(1, "m1")
    clock.set(at(days=31, hours=1))
    sweeping.sweep()

    assert kept is not None
    assert store.find_key(1, "m1") is None


def test_l1_a_message_id_lives_from_when_it_came_whatever_its_record_says(store, sweeping, clock):
    old = anonymous_event(message_id="m1", received_at=at(days=-29))
    apply(store, replace(old, id=new_id(T0)))

    clock.set(at(days=3))
    sweeping.sweep()

    assert store.find_key(1, "m1") is not None


def test_l1_an_id_that_was_forgotten_may_be_sent_again(store, sweeping):
    apply(store, anonymous_event(message_id="m1"))
    sweeping.sweep()

    (outcome,) = apply(store, anonymous_event(message_id="m1", received_at=LATER))

    assert outcome.fate is Fate.STORED


def test_r2_a_row_waits_an_hour_for_requests_under_way(store, sweeping, clock):
    apply(store, invite_event())

    clock.set(at(days=30, hours=1, us=-1))
    sweeping.sweep()

    assert left(store, Expiring.INVITE_EVENTS) == T0


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_r2_whatever_the_hour_it_is_gone_within_a_day(store, sweeping, clock, hour):
    received_at = at(hours=hour)
    apply(store, anonymous_event(received_at=received_at), received=[body(received_at)])

    clock.set(received_at + 31 * DAY - HOUR)
    sweeping.sweep()

    assert {left(store, table) for table in EVERYTHING_OLD} == {None}


def test_r2_steps_are_bounded_and_ingest_gets_its_turn_between_them(store, sweeping, breaths):
    apply(store, *(invite_event() for _ in range(10)))
    # The boundary day is not dropped whole, so that rows are deleted one by one everywhere.
    swept = sweeping.sweep(step=3)

    assert left(store, Expiring.INVITE_EVENTS) is None
    assert swept.rows[Expiring.INVITE_EVENTS] + swept.days > 0
    assert len(breaths) >= len(Expiring)


def test_r2_no_step_deletes_more_than_it_may(store, sweeping):
    apply(store, *(invite_event() for _ in range(10)))

    steps = [store.sweep(Expiring.INVITE_EVENTS, 1, LATER, limit=4) for _ in range(4)]

    assert steps == [4, 4, 2, 0]


def test_r2_each_workspace_has_its_own_retention(store, sweeping):
    longer = with_workspace(store, "longer", retention_seconds=90 * 86_400)
    apply(store, invite_event(), anonymous_event(workspace_id=longer.id))

    sweeping.sweep()

    assert store.oldest(Expiring.ANONYMOUS_EVENTS, longer.id) == T0
    assert left(store, Expiring.INVITE_EVENTS) is None


def test_r2_the_lag_tells_how_long_the_oldest_row_has_been_expired(store, sweeping, clock):
    apply(store, invite_event())
    clock.set(at(days=30, minutes=10))

    swept = sweeping.sweep()

    assert swept.lag[Expiring.INVITE_EVENTS] == HOUR // 6
    assert swept.lag[Expiring.QUARANTINE] == 0


def test_m5_an_id_that_was_forgotten_starts_anew(store, sweeping):
    apply(store, anonymous_event("stranger"))
    sweeping.sweep()
    apply(store, anonymous_event("other", received_at=LATER))
    apply(store, anonymous_event("stranger", received_at=LATER))
    apply(store, identify(anonymous_id="stranger", received_at=LATER))

    merged = [row for row in log(store, now=LATER) if row.was_anonymous]
    assert [row.anonymous_id for row in merged] == ["stranger"]


def test_r2_a_day_that_somebody_reads_is_dropped_the_next_time(postgres_url, clock):
    store = open_store(postgres_url)
    with_workspace(store)
    apply(store, invite_event())
    sweeping = Sweeping(store, clock, pause=lambda: None)

    with psycopg.connect(postgres_url) as reader:
        reader.execute("SELECT count(*) FROM invite_events")
        beside = sweeping.sweep()
    after = sweeping.sweep()

    assert beside.days == 0
    assert beside.rows[Expiring.INVITE_EVENTS] == 1
    assert after.days > 0
    store.close()


def test_r2_a_sqlite_file_gives_its_room_back(sqlite_url, clock):
    store = open_store(sqlite_url)
    with_workspace(store)
    apply(store, *(anonymous_event(data=f'{{"a": "{"x" * 2000}"}}') for _ in range(2_000)))
    before = pages(sqlite_url)

    Sweeping(store, clock, pause=lambda: None).sweep()

    assert pages(sqlite_url) < before / 2
    store.close()


def pages(url):
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return connection.execute("PRAGMA page_count").fetchone()[0]


def test_l5_deliveries_are_kept_for_90_days_once_they_are_settled(store, sweeping, clock):
    """Those that wait stay, and so does what was started (C4)."""
    post = Post(endpoint(), endpoint("campaigns/other"), store=store)
    post.put(*(delivery(nth) for nth in (1, 2)), delivery(3, endpoint="campaigns/gone"))
    post.clock.set(at(hours=1))
    post.deliver.run_once()

    clock.set(at(days=90, minutes=59))
    assert sweeping.sweep().rows[Expiring.DELIVERIES] == 0
    clock.set(at(days=90, minutes=61))
    assert sweeping.sweep(step=1).rows[Expiring.DELIVERIES] == 2

    (waiting,) = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
    assert (waiting.id, waiting.settled_at) == (delivery(3).id, None)
    assert [store.outbox.attempts(1, delivery(nth).id) for nth in (1, 2)] == [[], []]
