"""Fakes: a sender that notes what it was given, and what delivers through it."""

from adapter.clock import ManualClock
from adapter.model.deliveries import Delivered, Endpoint, EndpointKind
from adapter.outbox import Sent
from adapter.rules.decision import Decision
from adapter.services.deliver import Deliver
from adapter.store.memory.store import MemoryStore
from adapter.telemetry import Metrics
from tests.build import T0, delivery, with_workspace


class RecordingSender:
    """Implements ``outbox.Sender``; answers as it is told.

    Attributes:
        sent: (endpoint's name, ids) of every request.
        outcome_of: gives the outcome for a delivery.
        missing: what endpoints lack.
    """

    def __init__(self):
        self.sent = []
        self.outcome_of = lambda _: Delivered()
        self.missing = {}

    def lacks(self, endpoint):
        return self.missing.get(endpoint.name, [])

    def send(self, endpoint, deliveries, _at):
        self.sent.append((endpoint.name, [each.id for each in deliveries]))
        return [
            Sent(outcome=self.outcome_of(each), status=200, excerpt="said") for each in deliveries
        ]


def endpoint(name="campaigns/onboarding", **fields):
    return Endpoint(name=name, kind=EndpointKind.WEBHOOK, url="https://example.com", **fields)


class Post:
    """An outbox in memory and what delivers from it."""

    def __init__(self, *endpoints, sender=None, store=None):
        self.clock = ManualClock(T0)
        self.store = store or MemoryStore()
        self.sender = sender or RecordingSender()
        self.metrics = Metrics()
        if not self.store.workspaces():
            with_workspace(self.store)
        self.endpoints = {(1, each.name): each for each in endpoints or (endpoint(),)}
        self.deliver = Deliver(
            outbox=self.store.outbox,
            sender=self.sender,
            clock=self.clock,
            metrics=self.metrics,
            endpoints=lambda: self.endpoints,
            seconds=10.0,
            draw=lambda: 0.5,
        )

    def put(self, *deliveries):
        decision = Decision(deliveries=list(deliveries))
        self.store.write(lambda tx: tx.commit(decision, ()))

    def find(self, nth=1):
        return self.store.outbox.find_delivery(1, delivery(nth).id)
