"""Deliveries on their way: claim, send, settle (L5).

A delivery is claimed under a lease, sent without any lock, and settled with what came of it. Who
dies in between leaves a lease that ends; the delivery is then sent again, under the same id.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from adapter.clock import SECOND, Clock, Instant
from adapter.ids import new_id
from adapter.jsonvalue import dumps
from adapter.model.activities import Activity, ActivityType
from adapter.model.deliveries import (
    Attempt,
    Delivered,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointKey,
    GiveUp,
    Outcome,
    TryAgain,
)
from adapter.model.reasons import Reason
from adapter.outbox import Outbox, Sender, Sent, Settled, Wanted
from adapter.rules.retry import Settlement, settlement
from adapter.telemetry import Metrics

CAMPAIGNS = "campaigns/"
"""What the names of campaigns' endpoints begin with."""

_MARGIN_SECONDS = 10
_REQUESTS_OF_A_BATCH = 6

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Deliveries that go to one endpoint in one request."""

    key: EndpointKey
    endpoint: Endpoint
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """Claims, sends and settles.

    Attributes:
        outbox: where deliveries are kept.
        sender: sends them.
        clock: tells what is due.
        metrics: counts tries.
        endpoints: gives all endpoints as they are now, by workspace and name.
        seconds: a request may take in all.
        draw: gives random numbers from 0 up to 1, for the jitter of waits.
        monotonic: seconds that only grow, for how long a request took; the product's clock may
            stand still in a rehearsal.
    """

    outbox: Outbox
    sender: Sender
    clock: Clock
    metrics: Metrics
    endpoints: Callable[[], Mapping[EndpointKey, Endpoint]]
    seconds: float
    draw: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic
    _told: set[str] = field(default_factory=set)

    def exchange(
        self, settled: Sequence[Settled], room: Callable[[EndpointKey, Endpoint], int]
    ) -> list[Parcel]:
        """Settle what was sent and claim what can be sent now.

        Args:
            settled: what came of earlier parcels.
            room: tells how many requests may begin to an endpoint that has something due.

        Raises:
            TransientError: nothing was settled or claimed; try again.
        """
        now = self.clock.now()
        endpoints = self.endpoints()
        due = self._turned(self.outbox.due(list(endpoints), now))
        wanted = [
            each
            for key in due
            if (each := self._wanted(key, endpoints[key], room(key, endpoints[key]), now))
        ]
        if not settled and not wanted:
            return []
        claimed: dict[EndpointKey, list[Delivery]] = {}
        for delivery in self.outbox.exchange(settled, wanted, now):
            key = (delivery.workspace_id, delivery.endpoint)
            claimed.setdefault(key, []).append(delivery)
        return [
            parcel
            for key, deliveries in claimed.items()
            for parcel in _parcels(key, endpoints[key], deliveries)
        ]

    def send(self, parcel: Parcel) -> list[Settled]:
        """Send a parcel and tell what came of each delivery; never raises."""
        endpoint = parcel.endpoint
        at, began = self.clock.now(), self.monotonic()
        try:
            sent = self.sender.send(endpoint, parcel.deliveries, at)
        except Exception as error:  # noqa: BLE001 - one delivery must not end the worker
            _log.error("delivery_faulted", endpoint=endpoint.name, exc_info=error)
            again = TryAgain(Reason.NOT_CONNECTED)
            failed = Sent(outcome=again, status=None, excerpt=type(error).__name__)
            sent = [failed] * len(parcel.deliveries)
        took = self.monotonic() - began
        self.metrics.delivery_seconds.labels(endpoint.kind).observe(took)
        pairs = zip(parcel.deliveries, sent, strict=True)
        return [self._settled(delivery, each, endpoint, at, took) for delivery, each in pairs]

    def expire(self) -> None:
        """Give up what is past its time."""
        expired = self.outbox.expire(self.clock.now())
        if expired:
            _log.warning("deliveries_expired", count=expired)

    def run_once(self) -> int:
        """Send whatever is due now, one after another, until nothing is; tell how many tries."""
        settled: list[Settled] = []
        tries = 0
        while True:
            parcels = self.exchange(settled, lambda _, endpoint: endpoint.concurrency)
            settled = [each for parcel in parcels for each in self.send(parcel)]
            tries += len(settled)
            if not settled:
                return tries

    def _turned(self, keys: list[EndpointKey]) -> list[EndpointKey]:
        """Let another endpoint be the first each time, for the last may find no room."""
        start = int(self.draw() * len(keys))
        return keys[start:] + keys[:start]

    def _wanted(
        self, key: EndpointKey, endpoint: Endpoint, room: int, now: Instant
    ) -> Wanted | None:
        """Ask for deliveries, unless the endpoint has no room or lacks a secret."""
        room = min(room, 1) if endpoint.ordered else room
        if room <= 0 or self._lacks(endpoint):
            return None
        requests = _REQUESTS_OF_A_BATCH if endpoint.batch > 1 else 1
        lease = round((self.seconds * requests + _MARGIN_SECONDS) * SECOND)
        return Wanted(
            key=key,
            limit=room * endpoint.batch,
            ordered=endpoint.ordered,
            until=Instant(now + lease),
        )

    def _lacks(self, endpoint: Endpoint) -> bool:
        """Tell whether an endpoint cannot be sent to; the log has it once."""
        missing = self.sender.lacks(endpoint)
        text = f"{endpoint.name}: {', '.join(missing)}"
        if missing and text not in self._told:
            self._told.add(text)
            _log.error("endpoint_lacks_secrets", endpoint=endpoint.name, missing=missing)
        return bool(missing)

    def _settled(
        self, delivery: Delivery, sent: Sent, endpoint: Endpoint, at: Instant, took: float
    ) -> Settled:
        ended = self.clock.now()
        result = settlement(sent.outcome, delivery, now=ended, draw=self.draw())
        word = _word_for(sent.outcome)
        reason = sent.outcome.reason
        self.metrics.deliveries.labels(endpoint.kind, word, reason).inc()
        _log.info(
            "delivery_attempted",
            delivery_id=delivery.id,
            workspace_id=delivery.workspace_id,
            endpoint=endpoint.name,
            attempt=delivery.attempt,
            outcome=word,
            reason=reason,
            status=sent.status,
            seconds=round(took, 3),
            state=result.state,
        )
        attempt = Attempt(
            delivery_id=delivery.id,
            workspace_id=delivery.workspace_id,
            endpoint=delivery.endpoint,
            number=delivery.attempt,
            at=at,
            duration=round(took * SECOND),
            status=sent.status,
            outcome=word,
            reason=reason,
            excerpt=sent.excerpt,
        )
        activity = _activity(delivery, result, sent, ended)
        return Settled(delivery=delivery, settlement=result, attempt=attempt, activity=activity)


def went_well(settled: Sequence[Settled]) -> bool:
    """Tell whether an endpoint is up: it answered, if only to refuse."""
    return not any(each.attempt.outcome == "try_again" for each in settled)


def _parcels(
    key: EndpointKey, endpoint: Endpoint, deliveries: Sequence[Delivery]
) -> Iterator[Parcel]:
    for start in range(0, len(deliveries), endpoint.batch):
        part = deliveries[start : start + endpoint.batch]
        yield Parcel(key=key, endpoint=endpoint, deliveries=part)


def _word_for(outcome: Outcome) -> str:
    match outcome:
        case Delivered():
            return "delivered"
        case TryAgain():
            return "try_again"
        case GiveUp():
            return "give_up"


def _activity(delivery: Delivery, result: Settlement, sent: Sent, at: Instant) -> Activity | None:
    """Log what became of a campaign's delivery, once it is settled."""
    if result.state is DeliveryState.PENDING or not delivery.endpoint.startswith(CAMPAIGNS):
        return None
    delivered = result.state is DeliveryState.DELIVERED
    data = {"delivery_id": delivery.id, "attempts": delivery.attempt, "status": sent.status}
    return Activity(
        id=new_id(at),
        workspace_id=delivery.workspace_id,
        message=delivery.record,
        message_id=None,
        type=ActivityType.SENT_WEBHOOK if delivered else ActivityType.FAILED_WEBHOOK,
        name=delivery.endpoint.removeprefix(CAMPAIGNS),
        person_id=delivery.person_id,
        received_at=at,
        occurred_at=at,
        reason=result.reason,
        data=dumps(data),
    )
