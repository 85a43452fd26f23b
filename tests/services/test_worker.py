"""Rule L5: the worker delivers as it is woken, and who hangs holds up nobody else."""

import threading
from collections import Counter

import pytest

from adapter.errors import StoreBusy
from adapter.model.deliveries import Delivered, DeliveryState, TryAgain
from adapter.model.reasons import Reason
from adapter.services.worker import Worker
from tests.build import delivery
from tests.services.sending import Post, RecordingSender, endpoint

PATIENCE_SECONDS = 30


class Gate(RecordingSender):
    """Lets requests to some endpoints through only when it is opened; tells how far it came."""

    def __init__(self, *shut, expected=0):
        super().__init__()
        self.opened = threading.Event()
        self.arrived = threading.Event()
        self._shut = shut
        self._expected = expected
        self._lock = threading.Lock()
        self.note = lambda _name, _sent: None
        self.under_way = Counter()
        self.most = Counter()
        self.through = 0

    def send(self, endpoint, deliveries, at):
        with self._lock:
            self.under_way[endpoint.name] += 1
            name = endpoint.name
            self.most[name] = max(self.most[name], self.under_way[name])
        if endpoint.name in self._shut:
            assert self.opened.wait(PATIENCE_SECONDS)
        sent = super().send(endpoint, deliveries, at)
        with self._lock:
            self.under_way[endpoint.name] -= 1
            self.through += len(sent)
            self.note(endpoint.name, sent)
            if self.through == self._expected:
                self.arrived.set()
        return sent


@pytest.fixture
def running():
    """Give what starts a worker on a post; all are stopped in the end."""
    workers = []

    def start(post, threads=8, poll_seconds=0.02):
        worker = Worker(post.deliver, threads=threads, poll_seconds=poll_seconds)
        workers.append((worker, post.sender))
        worker.start()
        return worker

    yield start
    for worker, sender in workers:
        sender.opened.set()
        worker.stop()


def names(count):
    return [f"campaigns/{nth}" for nth in range(count)]


def test_l5_what_is_put_in_is_sent_when_the_worker_is_woken(running):
    sender = Gate(expected=3)
    post = Post(sender=sender)
    worker = running(post, poll_seconds=PATIENCE_SECONDS * 10)

    post.put(*(delivery(nth) for nth in range(3)))
    worker.wake()

    assert sender.arrived.wait(PATIENCE_SECONDS)


def test_l5_without_being_woken_it_polls(running):
    sender = Gate(expected=1)
    post = Post(sender=sender)
    running(post)

    post.put(delivery())

    assert sender.arrived.wait(PATIENCE_SECONDS)


def test_l5_endpoints_that_hang_hold_up_no_other(running):
    hanging, healthy = names(6)[:4], names(6)[4:]
    sender = Gate(*hanging, expected=200)
    post = Post(*map(endpoint, names(6)), sender=sender)
    post.put(*(delivery(nth, endpoint=names(6)[nth % 6]) for nth in range(600)))

    # Fewer threads than endpoints that hang: those count no more after a second.
    running(post, threads=3)

    assert sender.arrived.wait(PATIENCE_SECONDS)
    assert all(sender.most[name] <= 1 for name in hanging)
    assert Counter(name for name, _ in sender.sent) == dict.fromkeys(healthy, 100)


def test_l5_of_a_hundred_endpoints_ten_hang_ten_fail_and_eighty_wait_for_no_poll(running):
    every = names(100)
    hanging, failing, healthy = every[:10], every[10:20], every[20:]
    sender = Gate(*hanging)
    sender.outcome_of = lambda each: (
        TryAgain(Reason.FAILED_STATUS) if each.endpoint in failing else Delivered()
    )
    served = threading.Event()
    left = Counter(dict.fromkeys(healthy, 3))

    def note(name, sent):
        left.subtract({name: len(sent)} if name in left else {})
        if not any(left.values()):
            served.set()

    sender.note = note
    post = Post(*map(endpoint, every), sender=sender)
    post.put(*(delivery(nth, endpoint=every[nth % 100]) for nth in range(300)))

    # It never polls while this test is patient: whatever arrives waited for no poll interval.
    running(post, threads=32, poll_seconds=PATIENCE_SECONDS * 10)

    assert served.wait(PATIENCE_SECONDS)
    assert not sender.opened.is_set()
    states = Counter(post.store.outbox.find_delivery(1, delivery(n).id).state for n in range(300))
    assert states[DeliveryState.DELIVERED] <= 240
    tried = Counter(name for name, _ in sender.sent)
    assert all(tried[name] <= 5 for name in failing)
    assert all(sender.most[name] <= 1 for name in hanging)


def test_l5_no_endpoint_gets_more_requests_at_a_time_than_it_may(running):
    sender = Gate(expected=100)
    post = Post(endpoint(concurrency=3), sender=sender)
    post.put(*(delivery(nth) for nth in range(100)))

    running(post)

    assert sender.arrived.wait(PATIENCE_SECONDS)
    assert 1 <= sender.most["campaigns/onboarding"] <= 3


def test_l5_an_endpoint_in_order_gets_one_request_at_a_time(running):
    sender = Gate(expected=30)
    post = Post(endpoint(ordered=True), sender=sender)
    post.put(*(delivery(nth) for nth in range(30)))

    running(post)

    assert sender.arrived.wait(PATIENCE_SECONDS)
    ids = [each for _, sent in sender.sent for each in sent]
    assert (ids, sender.most["campaigns/onboarding"]) == (sorted(ids), 1)


def test_l5_stopping_waits_for_what_is_under_way_and_settles_it(running):
    sender = Gate("campaigns/onboarding")
    post = Post(sender=sender)
    post.put(*(delivery(nth) for nth in range(5)))
    worker = running(post)
    while not sender.under_way["campaigns/onboarding"]:
        threading.Event().wait(0.005)

    stopper = threading.Thread(target=worker.stop)
    stopper.start()
    sender.opened.set()
    stopper.join(PATIENCE_SECONDS)

    states = Counter(post.find(nth).state for nth in range(5))
    assert states == {DeliveryState.DELIVERED: 1, DeliveryState.PENDING: 4}
    assert sum(bool(post.find(nth).leased_until) for nth in range(5)) == 0


def test_l5_while_the_store_is_away_what_came_of_requests_is_kept(running):
    sender = Gate(expected=1)
    post = Post(sender=sender)
    exchange, refused = post.store.outbox.exchange, []

    def away(settled, wanted, now):
        if settled and len(refused) < 3:
            refused.append(settled)
            raise StoreBusy
        return exchange(settled, wanted, now)

    post.store.outbox.exchange = away
    post.put(delivery())
    worker = running(post)
    assert sender.arrived.wait(PATIENCE_SECONDS)
    worker.stop()

    assert len(refused) == 3
    assert post.find().state is DeliveryState.DELIVERED
    assert len(post.store.outbox.attempts(1, delivery().id)) == 1
