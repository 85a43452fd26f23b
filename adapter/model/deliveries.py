"""Deliveries: promises to send one request each, and what came of every try (rule L5)."""

from dataclasses import dataclass, field
from enum import StrEnum

from adapter.clock import DAY, Instant
from adapter.model.reasons import Reason

MOST_ATTEMPTS = 16
"""Tries of one delivery, the first one included."""

LIFETIME = 3 * DAY
"""How long a delivery may be tried, counted from its creation or from an operator's retry."""


FREE = Instant(0)
"""The lease of a delivery that nobody is trying."""


class DeliveryState(StrEnum):
    """What a delivery is; being sent, waiting and retrying are told by its instants."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    CANCELLED = "cancelled"


class EndpointKind(StrEnum):
    """How an endpoint is spoken to."""

    WEBHOOK = "webhook"
    CUSTOMERIO = "customerio"


EndpointKey = tuple[int, str]
"""(workspace_id, endpoint)."""


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """A value that stands in no file: the environment variable of this name holds it."""

    name: str


Given = str | FromEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Somewhere that deliveries go.

    Attributes:
        name: of the campaign or destination that it belongs to, with its kind before it, such as
            ``campaigns/onboarding``.
        url: where a webhook goes; of a Customer.io-compatible API what its paths are put to.
        secrets: of a webhook, all that sign it; several while one is being rotated out.
        user, password: of a Customer.io-compatible API, the site id and the API key.
        headers: by name, sent along with every request.
        ordered: one request at a time, in the order of the deliveries' ids.
        batch: most deliveries in one request.
        concurrency: most requests at a time.
    """

    name: str
    kind: EndpointKind
    url: Given
    secrets: tuple[FromEnvironment, ...] = ()
    user: Given = ""
    password: Given = ""
    headers: dict[str, Given] = field(default_factory=dict)
    ordered: bool = False
    batch: int = 1
    concurrency: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row of the outbox.

    Attributes:
        id: made of the record's id and the endpoint's name, so it sorts by acceptance, is the same
            at every try, and a record has one for each endpoint at the most (C4, L5).
        endpoint: ``Endpoint.name``.
        record: our id of the event, message or activity that caused it.
        event_id: the sender's id of it, or None.
        person_id: about whom, or None.
        recipient: of an invite event, or None.
        name: of the event.
        path: put after the endpoint's URL, "" for none.
        body: JSON as text, the same at every try.
        created_at: when what caused it was accepted or associated.
        due_at: not to be tried before.
        expires_at: not to be tried from then on.
        leased_until: somebody is trying it until then; 0 for nobody.
        attempt: how many tries have begun.
        last_attempt: the number of the last one it may have.
        reason: of a delivery that is settled, why it is what it is.
        settled_at: when it was; None while it is pending.
    """

    id: str
    workspace_id: int
    endpoint: str
    record: str
    event_id: str | None
    person_id: str | None
    recipient: str | None
    name: str
    path: str
    body: str
    created_at: Instant
    due_at: Instant
    expires_at: Instant
    leased_until: Instant = FREE
    attempt: int = 0
    last_attempt: int = MOST_ATTEMPTS
    state: DeliveryState = DeliveryState.PENDING
    reason: Reason | None = None
    settled_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The endpoint took it."""

    reason: Reason = Reason.DELIVERED


@dataclass(frozen=True, slots=True)
class TryAgain:
    """It may work later.

    Attributes:
        reason: what went wrong.
        after: microseconds the endpoint asks to be left alone for, 0 if it does not say.
    """

    reason: Reason
    after: int = 0


@dataclass(frozen=True, slots=True)
class GiveUp:
    """It will not work however often it is tried."""

    reason: Reason


Outcome = Delivered | TryAgain | GiveUp
"""The result of one try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a delivery.

    Attributes:
        number: 1 for the first.
        at: when it began.
        duration: in microseconds.
        status: the HTTP status, or None if there was no answer.
        outcome: ``delivered``, ``try_again`` or ``give_up``.
        reason: why.
        excerpt: the beginning of the answer, or what went wrong.
    """

    delivery_id: str
    workspace_id: int
    endpoint: str
    number: int
    at: Instant
    duration: int
    status: int | None
    outcome: str
    reason: Reason
    excerpt: str
