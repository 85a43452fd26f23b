"""Deliveries a second: the worker's, beside plain ``requests`` in a thread pool (L5)."""

import threading
import time
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network

import requests
from standardwebhooks import Webhook

from adapter.bootstrap import Services
from adapter.cli.bench.figures import Figure, figure_of
from adapter.clock import Instant
from adapter.ids import new_ids
from adapter.model.deliveries import LIFETIME, Delivery, Endpoint, EndpointKind, FromEnvironment
from adapter.outbound.addresses import Addresses
from adapter.outbound.senders import Senders
from adapter.outbound.webhooks import signature_headers
from adapter.outbox import Sent
from adapter.ports import Transaction
from adapter.rules.decision import Decision
from adapter.rules.triggers import delivery_id
from adapter.services.deliver import Deliver
from adapter.services.worker import Worker

THREADS = 32

_SECRET = b64encode(b"a secret of the bench").decode()
_BODY = '{"type":"campaign.triggered","data":{"email":"person@example.com","plan":"pro"}}'
_LOOPBACK = Addresses((ip_network("127.0.0.0/8"),))
_SECONDS = 10.0
_POLL_SECONDS = 0.5


def by_requests(url: str, count: int) -> Figure:
    """Post signed bodies by ``requests`` alone, each thread on a session of its own."""
    own = threading.local()
    secret = Webhook(_SECRET)

    def post(nth: int) -> float:
        if not hasattr(own, "session"):
            own.session = requests.Session()
        began = time.perf_counter()
        headers = signature_headers([secret], f"delivery-{nth}", Instant(0), _BODY)
        own.session.post(url, data=_BODY.encode(), headers=headers, timeout=_SECONDS)
        return time.perf_counter() - began

    used, at = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        latencies = list(pool.map(post, range(count)))
    took = time.perf_counter() - at
    return figure_of(latencies, took, cpu=time.process_time() - used)


def by_worker(services: Services, url: str, count: int) -> Figure:
    """Have the worker empty an outbox: claimed, signed, sent and settled, durably."""
    name = "campaigns/bench"
    (workspace, *_) = services.store.workspaces()
    endpoint = Endpoint(
        name=name,
        kind=EndpointKind.WEBHOOK,
        url=url,
        secrets=(FromEnvironment("SECRET"),),
        concurrency=THREADS,
    )
    sender = _Timed(Senders({"SECRET": _SECRET}, _LOOPBACK, _SECONDS), count)
    deliver = Deliver(
        outbox=services.store.outbox,
        sender=sender,
        clock=services.clock,
        metrics=services.metrics,
        endpoints=lambda: {(workspace.id, name): endpoint},
        seconds=_SECONDS,
    )
    _put(services, workspace.id, name, count)
    worker = Worker(deliver, threads=THREADS, poll_seconds=_POLL_SECONDS)
    used, at = time.process_time(), time.perf_counter()
    worker.start()
    sender.all_sent.wait()
    worker.stop()  # once the last of them are settled
    took = time.perf_counter() - at
    return figure_of(sender.latencies, took, cpu=time.process_time() - used)


class _Timed:
    """A sender that times its requests, and tells when so many have been answered."""

    def __init__(self, sender: Senders, count: int) -> None:
        self.latencies: list[float] = []
        self.all_sent = threading.Event()
        self._sender = sender
        self._left = count
        self._lock = threading.Lock()

    def lacks(self, endpoint: Endpoint) -> list[str]:
        return self._sender.lacks(endpoint)

    def send(self, endpoint: Endpoint, deliveries: Sequence[Delivery], at: Instant) -> list[Sent]:
        began = time.perf_counter()
        sent = self._sender.send(endpoint, deliveries, at)
        with self._lock:
            self.latencies.append(time.perf_counter() - began)
            self._left -= len(deliveries)
            if self._left <= 0:
                self.all_sent.set()
        return sent


def _put(services: Services, workspace_id: int, endpoint: str, count: int) -> None:
    """Fill the outbox."""
    now = services.clock.now()
    ids = new_ids(now)
    decision = Decision()
    for record in (next(ids) for _ in range(count)):
        decision.deliveries.append(
            Delivery(
                id=delivery_id(record, endpoint),
                workspace_id=workspace_id,
                endpoint=endpoint,
                record=record,
                event_id=None,
                person_id=None,
                recipient=None,
                name="Ordered",
                path="",
                body=_BODY,
                created_at=now,
                due_at=now,
                expires_at=Instant(now + LIFETIME),
            )
        )

    def work(transaction: Transaction) -> None:
        transaction.commit(decision, ())

    services.store.write(work)
