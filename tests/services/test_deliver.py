"""Rule L5: what is due is claimed, sent and settled, each try with its line."""

import pytest
from structlog.testing import capture_logs

from adapter.clock import SECOND
from adapter.model.deliveries import Delivered, DeliveryState, GiveUp, TryAgain
from adapter.model.reasons import Reason
from tests.build import T0, at, delivery, log
from tests.services.sending import Post, RecordingSender, endpoint

FAILED = TryAgain(Reason.FAILED_STATUS)


def test_l5_what_is_due_is_sent_and_done():
    post = Post()
    post.put(delivery(1), delivery(2), delivery(3, due_at=at(hours=1)))

    assert post.deliver.run_once() == 2

    states = [post.find(nth).state for nth in (1, 2, 3)]
    assert states == [DeliveryState.DELIVERED, DeliveryState.DELIVERED, DeliveryState.PENDING]
    assert post.deliver.run_once() == 0


def test_l5_what_fails_is_sent_again_under_the_same_id_once_it_is_due():
    post = Post()
    post.put(delivery())
    post.sender.outcome_of = lambda _: FAILED
    post.deliver.run_once()
    post.deliver.run_once()
    post.clock.advance(5 * SECOND)
    post.sender.outcome_of = lambda _: Delivered()
    post.deliver.run_once()

    assert [ids for _, ids in post.sender.sent] == [[delivery().id]] * 2
    assert post.find().state is DeliveryState.DELIVERED


def test_l5_who_claims_and_dies_leaves_a_lease_that_ends():
    post = Post()
    post.put(delivery())
    post.deliver.exchange((), lambda *_: 1)
    assert post.deliver.run_once() == 0

    post.clock.advance(20 * SECOND)

    assert post.deliver.run_once() == 1
    assert post.find().attempt == 2


def test_l5_operations_for_one_endpoint_go_in_batches_in_order():
    post = Post(endpoint(ordered=True, batch=2))
    post.put(*(delivery(nth) for nth in (1, 2, 3)))

    post.deliver.run_once()

    ids = [delivery(nth).id for nth in (1, 2, 3)]
    assert [sent for _, sent in post.sender.sent] == [ids[:2], ids[2:]]


def test_l5_without_its_secrets_an_endpoint_waits_and_the_log_says_so_once():
    post = Post()
    post.put(delivery())
    post.sender.missing = {"campaigns/onboarding": ["HOOK_SECRET"]}

    with capture_logs() as lines:
        post.deliver.run_once()
        post.deliver.run_once()

    assert post.find().state is DeliveryState.PENDING
    assert [(line["event"], line["missing"]) for line in lines] == [
        ("endpoint_lacks_secrets", ["HOOK_SECRET"])
    ]


def test_l5_an_endpoint_that_is_configured_no_more_keeps_what_it_has():
    post = Post()
    post.put(delivery())
    post.endpoints = {}

    assert post.deliver.run_once() == 0
    assert post.find().state is DeliveryState.PENDING


@pytest.mark.parametrize(
    ("outcome", "word", "state"),
    [
        (Delivered(), "delivered", "delivered"),
        (FAILED, "try_again", "pending"),
        (GiveUp(Reason.ENDPOINT_GONE), "give_up", "dead"),
    ],
)
def test_l5_each_try_has_one_line_one_count_and_one_row(outcome, word, state):
    post = Post()
    post.put(delivery())
    post.sender.outcome_of = lambda _: outcome

    with capture_logs() as lines:
        post.deliver.run_once()

    (line,) = lines
    told = {name: line[name] for name in ("event", "delivery_id", "attempt", "outcome", "state")}
    assert told == {
        "event": "delivery_attempted",
        "delivery_id": delivery().id,
        "attempt": 1,
        "outcome": word,
        "state": state,
    }
    (row,) = post.store.outbox.attempts(1, delivery().id)
    assert (row.outcome, row.at, row.excerpt) == (word, T0, "said")
    assert f'outcome="{word}"' in post.metrics.exposition().decode()
    assert not any(delivery().body in str(value) for value in line.values())


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (Delivered(), [("sent_webhook", "delivered")]),
        (GiveUp(Reason.ENDPOINT_GONE), [("failed_webhook", "endpoint_gone")]),
        (FAILED, []),
    ],
)
def test_l5_the_activity_log_says_what_became_of_a_campaigns_delivery(outcome, shown):
    post = Post()
    post.put(delivery(person_id="p1"))
    post.sender.outcome_of = lambda _: outcome

    post.deliver.run_once()

    lines = log(post.store)
    assert [(line.type, line.reason) for line in lines] == shown
    assert {(line.name, line.person_id) for line in lines} <= {("onboarding", "p1")}


def test_l5_what_is_forwarded_stands_not_in_the_activity_log():
    name = "destinations/customerio"
    post = Post(endpoint(name))
    post.put(delivery(endpoint=name))

    post.deliver.run_once()

    assert log(post.store) == []


def test_l5_a_sender_that_breaks_ends_nothing():
    class Broken(RecordingSender):
        def send(self, *_):
            raise RuntimeError("a fault of ours")

    post = Post(sender=Broken())
    post.put(delivery())

    with capture_logs() as lines:
        assert post.deliver.run_once() == 1

    assert "delivery_faulted" in [line["event"] for line in lines]
    assert post.find().state is DeliveryState.PENDING


def test_l5_what_is_past_its_end_is_given_up():
    post = Post()
    post.put(delivery(expires_at=at(minutes=1)))
    post.clock.set(at(minutes=1))

    post.deliver.expire()

    assert (post.find().state, post.find().reason) == ("dead", "delivery_expired")
