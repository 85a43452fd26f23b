"""Rule L5 on every store: deliveries are claimed once at a time, settled, listed, tried again."""

import pytest

from adapter.clock import SECOND, Instant
from adapter.model.deliveries import (
    MOST_ATTEMPTS,
    DeliveryState,
    GiveUp,
    TryAgain,
)
from adapter.model.reasons import Reason
from adapter.outbox import DeliveryQuery
from tests.build import T0, apply, at, delivery, identify, merge_people, with_workspace
from tests.store.claiming import DELIVERED, KEY, UNTIL, claim, put, settled, wanted

FAILED = TryAgain(Reason.FAILED_STATUS)


@pytest.fixture(autouse=True)
def _workspace(store):
    with_workspace(store)


def settle(store, *claimed, outcome=DELIVERED, now=T0):
    store.outbox.exchange([settled(each, outcome, now) for each in claimed], (), now)


def find(store, nth=1):
    return store.outbox.find_delivery(1, delivery(nth).id)


def test_l5_what_was_put_in_comes_out_whole(store):
    given = delivery(person_id="p", recipient="r@example.com", path="/x", body='{"a":"\\u00e9"}')
    put(store, given)

    assert find(store) == given


def test_l5_a_claim_takes_what_is_due_longest_and_counts_a_try(store):
    put(store, delivery(1, due_at=at(seconds=-1)), delivery(2, due_at=at(seconds=-2)))
    put(store, delivery(3, due_at=at(seconds=-3)), delivery(4, due_at=at(us=1)))

    claimed = claim(store, wanted(2))

    assert [(each.id, each.attempt, each.leased_until) for each in claimed] == [
        (delivery(3).id, 1, UNTIL),
        (delivery(2).id, 1, UNTIL),
    ]


def test_l5_what_is_leased_goes_to_nobody_else_until_the_lease_ends(store):
    put(store, delivery())
    claim(store)

    assert claim(store, now=Instant(UNTIL - 1)) == []
    (again,) = claim(store, wanted(until=at(minutes=2)), now=UNTIL)
    assert (again.id, again.attempt) == (delivery().id, 2)


def test_l5_a_claim_takes_nothing_of_other_endpoints_and_workspaces(store):
    put(store, delivery(1, endpoint="campaigns/other"), delivery(2, workspace_id=2))

    assert claim(store) == []


def test_l5_due_tells_where_there_is_something_to_claim(store):
    other, later = (1, "campaigns/other"), (1, "campaigns/later")
    put(store, delivery(1), delivery(2, endpoint=other[1]))
    put(store, delivery(3, endpoint=later[1], due_at=at(us=1)))
    claim(store, wanted(key=other))

    assert store.outbox.due([KEY, other, later, (2, KEY[1])], T0) == [KEY]
    assert store.outbox.due([], T0) == []


def test_l5_what_was_delivered_is_done(store):
    put(store, delivery())
    settle(store, *claim(store))

    done = find(store)
    assert (done.state, done.reason) == (DeliveryState.DELIVERED, Reason.DELIVERED)
    assert (done.settled_at, done.leased_until) == (at(seconds=1), 0)
    assert claim(store, now=at(days=1)) == []


def test_l5_what_failed_waits_and_is_claimed_again(store):
    put(store, delivery())
    settle(store, *claim(store), outcome=FAILED)

    waiting = find(store)
    assert (waiting.state, waiting.due_at) == (DeliveryState.PENDING, at(seconds=5))
    assert waiting.settled_at is None
    assert claim(store, now=at(seconds=5, us=-1)) == []
    assert [each.attempt for each in claim(store, now=at(seconds=5))] == [2]


def test_l5_whoever_has_lost_the_lease_changes_nothing(store):
    put(store, delivery())
    (first,) = claim(store)
    (second,) = claim(store, wanted(until=at(minutes=9)), now=UNTIL)

    settle(store, first, outcome=GiveUp(Reason.ENDPOINT_GONE))

    assert find(store) == second
    settle(store, second)
    assert find(store).state is DeliveryState.DELIVERED
    assert [each.number for each in store.outbox.attempts(1, first.id)] == [1, 2]


def test_l5_every_try_is_kept(store):
    put(store, delivery())
    for number in range(2):
        now = at(minutes=number)
        settle(store, *claim(store, wanted(until=at(days=1)), now=now), outcome=FAILED, now=now)

    tries = store.outbox.attempts(1, delivery().id)

    assert [(each.number, each.at, each.status) for each in tries] == [
        (1, T0, 500),
        (2, at(minutes=1), 500),
    ]
    assert {(each.reason, each.excerpt, each.duration) for each in tries} == {
        (Reason.FAILED_STATUS, "no", SECOND)
    }


def test_l5_settling_and_claiming_share_a_transaction(store):
    put(store, delivery(1), delivery(2))
    claimed = claim(store, wanted(1))

    (second,) = store.outbox.exchange([settled(each) for each in claimed], [wanted(5)], T0)

    assert second.id == delivery(2).id
    assert find(store, 1).state is DeliveryState.DELIVERED


def test_l5_of_a_queue_in_order_only_the_head_is_claimed(store):
    put(store, *(delivery(nth, due_at=at(seconds=-nth)) for nth in (3, 1, 2)))

    claimed = claim(store, wanted(2, ordered=True))

    assert [each.id for each in claimed] == [delivery(1).id, delivery(2).id]


@pytest.mark.parametrize("outcome", [FAILED, None], ids=["waits", "is leased"])
def test_l5_a_queue_in_order_stands_still_while_its_head_is_not_free(store, outcome):
    put(store, delivery(1), delivery(2))
    claimed = claim(store, wanted(1, ordered=True))
    if outcome:
        settle(store, *claimed, outcome=outcome)

    assert claim(store, wanted(5, ordered=True)) == []
    assert len(claim(store, wanted(5, ordered=True, until=at(days=1)), now=UNTIL)) == 2


def test_l5_a_queue_in_order_goes_on_past_what_is_dead(store):
    put(store, delivery(1), delivery(2))
    settle(store, *claim(store, wanted(1, ordered=True)), outcome=GiveUp(Reason.ENDPOINT_GONE))

    assert [each.id for each in claim(store, wanted(5, ordered=True))] == [delivery(2).id]


def test_l5_a_dead_letter_can_be_tried_again_with_all_its_tries(store):
    put(store, delivery(1, attempt=MOST_ATTEMPTS - 1), delivery(2))
    for each in claim(store):
        settle(store, each, outcome=FAILED if each.id == delivery(1).id else DELIVERED)

    store.outbox.revive([find(store, 1), find(store, 2)], now=at(hours=1), until=at(days=4))

    revived = find(store, 1)
    assert (revived.state, revived.due_at) == (DeliveryState.PENDING, at(hours=1))
    assert (revived.expires_at, revived.settled_at) == (at(days=4), None)
    assert revived.last_attempt - revived.attempt == MOST_ATTEMPTS
    assert find(store, 2).state is DeliveryState.DELIVERED


def test_l5_what_is_past_its_end_expires_unless_it_is_being_tried(store):
    put(store, *(delivery(nth, expires_at=at(minutes=nth)) for nth in (1, 2, 3)))
    claim(store, wanted(1, until=at(minutes=5)))

    assert store.outbox.expire(at(minutes=2)) == 1

    states = {nth: (find(store, nth).state, find(store, nth).reason) for nth in (1, 2, 3)}
    dead = (DeliveryState.DEAD, Reason.DELIVERY_EXPIRED)
    pending = (DeliveryState.PENDING, None)
    assert states == {1: pending, 2: dead, 3: pending}
    assert find(store, 2).settled_at == at(minutes=2)


def test_l5_the_backlog_is_counted_by_endpoint(store):
    put(store, delivery(1, due_at=at(seconds=-7)), delivery(2), delivery(3, endpoint="campaigns/b"))
    settle(store, *claim(store, wanted(key=(1, "campaigns/b"))))

    (row,) = store.outbox.backlog(T0)

    assert (row.key, row.pending, row.lag) == (KEY, 2, 7 * SECOND)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, [4, 3, 2, 1]),
        ({"limit": 2}, [4, 3]),
        ({"before": delivery(3).id}, [2, 1]),
        ({"state": "delivered"}, [4]),
        ({"endpoint": "campaigns/other"}, [2]),
        ({"event_id": "m-3"}, [3]),
        ({"person_id": "p"}, [1]),
        ({"record": delivery(2).record}, [2]),
    ],
)
def test_l5_deliveries_are_listed_newest_first(store, asked, found):
    put(store, delivery(1, person_id="p"), delivery(2, endpoint="campaigns/other"), delivery(3))
    put(store, delivery(4, endpoint="campaigns/b"), delivery(5, workspace_id=2))
    settle(store, *claim(store, wanted(key=(1, "campaigns/b"))))

    listed = store.outbox.deliveries(DeliveryQuery(workspace_id=1, **asked))

    assert [each.id for each in listed] == [delivery(nth).id for nth in found]


def test_p5_the_deliveries_of_a_person_follow_a_merge(store):
    apply(store, identify("a@example.com"), identify("b@example.com"))
    cio_ids = {
        name: store.find_person(1, identify(name).person).person_id
        for name in ("a@example.com", "b@example.com")
    }
    put(store, delivery(person_id=cio_ids["b@example.com"]))

    apply(store, merge_people("a@example.com", "b@example.com"))

    assert find(store).person_id == cio_ids["a@example.com"]
