"""The ports of what goes out: the outbox that keeps deliveries, and the sender that sends them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from adapter.clock import HOUR, Instant
from adapter.model.activities import Activity
from adapter.model.campaigns import Trigger
from adapter.model.deliveries import (
    Attempt,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointKey,
    Outcome,
)
from adapter.rules.decision import Measure, MeasureKey
from adapter.rules.measures import NO_SOURCE
from adapter.rules.retry import Settlement

_MEASURES = {DeliveryState.DELIVERED: Measure.DELIVERED, DeliveryState.DEAD: Measure.DEAD}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuery:
    """Which deliveries to read.

    Attributes:
        before: only ids smaller than this (the cursor); "" for the newest.
        limit: at most this many.
        record: only those whose id begins with this: what a record of ours caused.
    """

    workspace_id: int
    before: str = ""
    limit: int = 50
    state: str | None = None
    endpoint: str | None = None
    record: str | None = None
    event_id: str | None = None
    person_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Deliveries that somebody could send now.

    Attributes:
        limit: at most this many.
        ordered: as ``Endpoint.ordered``.
        until: what is claimed is leased until then.
    """

    key: EndpointKey
    limit: int
    ordered: bool
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a delivery that was claimed.

    Attributes:
        delivery: as it was claimed; what has been claimed by somebody else since stays theirs.
        attempt: is kept in any case.
        activity: a line for the log, or None.
    """

    delivery: Delivery
    settlement: Settlement
    attempt: Attempt
    activity: Activity | None = None


def measures_of(settled: Iterable[Settled]) -> dict[MeasureKey, int]:
    """Count by the hour what was settled for good."""
    counts: Counter[MeasureKey] = Counter()
    for each in settled:
        measure = _MEASURES.get(each.settlement.state)
        if measure is not None:
            tried = each.attempt
            hour = (tried.at + tried.duration) // HOUR
            counts[tried.workspace_id, NO_SOURCE, hour, measure, tried.endpoint] += 1
    return dict(counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What an endpoint has yet to get.

    Attributes:
        lag: how long the oldest that is due has been due, in microseconds.
    """

    key: EndpointKey
    pending: int
    lag: int


class Outbox(Protocol):
    """What is to be sent, and what was (L5). Safe for use by many threads and processes."""

    def due(self, endpoints: Sequence[EndpointKey], now: Instant) -> list[EndpointKey]:
        """Tell which endpoints have deliveries to claim; changes nothing."""

    def exchange(
        self, settled: Sequence[Settled], wanted: Sequence[Wanted], now: Instant
    ) -> list[Delivery]:
        """Settle what was tried and claim more, in one transaction.

        What is claimed counts one more try, and goes to nobody else until its lease ends. Of an
        ordered endpoint only the head of its queue is claimed, and nothing while the head is
        leased or waits.

        Returns:
            What was claimed; of ordered endpoints in order.
        """

    def deliveries(self, query: DeliveryQuery) -> list[Delivery]:
        """Page through deliveries, newest first."""

    def find_delivery(self, workspace_id: int, delivery_id: str) -> Delivery | None:
        """Find one delivery."""

    def attempts(self, workspace_id: int, delivery_id: str) -> list[Attempt]:
        """List the tries of a delivery, oldest first."""

    def revive(self, chosen: Sequence[Delivery], *, now: Instant, until: Instant) -> None:
        """Make dead deliveries due again, and those that wait due now, with all their tries.

        Args:
            chosen: those that are delivered or withdrawn stay so.
            now: when they are due.
            until: when they expire.
        """

    def triggers(self, workspace_id: int, record: str) -> list[Trigger]:
        """List what campaigns made of an event."""

    def every_trigger(
        self, workspace_id: int, *, beyond: tuple[str, str] = ("", ""), limit: int = 1_000
    ) -> list[Trigger]:
        """Page through what campaigns made of all events, by record and campaign."""

    def expire(self, now: Instant) -> int:
        """Give up what is past its time and not being tried; tell how many."""

    def backlog(self, now: Instant) -> list[Backlog]:
        """Count what is pending, by endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What an endpoint did with a delivery.

    Attributes:
        status: the HTTP status, or None if there was no answer.
        excerpt: the beginning of the answer, or what went wrong.
    """

    outcome: Outcome
    status: int | None
    excerpt: str


class Sender(Protocol):
    """Sends requests. Safe for use by many threads."""

    def lacks(self, endpoint: Endpoint) -> list[str]:
        """Name what is missing before anything can be sent: environment variables, say."""

    def send(self, endpoint: Endpoint, deliveries: Sequence[Delivery], at: Instant) -> list[Sent]:
        """Send deliveries in one request, or in order if they need several; never raises.

        Args:
            endpoint: where to.
            deliveries: at most ``endpoint.batch``, in order.
            at: when, for the signature.

        Returns:
            One for each delivery.
        """
