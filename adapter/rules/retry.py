"""What an outcome makes of a delivery: delivered, due again, or dead (L5).

Waits grow threefold from five seconds to four hours, each shortened or lengthened by up to a fifth
so that what failed together does not come back together. Fifteen of them make more than 24 hours
even when each is at its shortest.
"""

from dataclasses import dataclass

from adapter.clock import DAY, HOUR, SECOND, Instant
from adapter.model.deliveries import (
    MOST_ATTEMPTS,
    Delivered,
    Delivery,
    DeliveryState,
    GiveUp,
    Outcome,
    TryAgain,
)
from adapter.model.reasons import Reason

LONGEST_ASKED = DAY
"""Most that an endpoint may ask to be left alone for."""

_FIRST_WAIT = 5 * SECOND
_GROWTH = 3
_LONGEST_WAIT = 4 * HOUR
_JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a delivery is now.

    Attributes:
        due_at: of one that is still pending, when to try again.
        reason: why it is what it is.
    """

    state: DeliveryState
    reason: Reason
    due_at: Instant


def settlement(outcome: Outcome, delivery: Delivery, *, now: Instant, draw: float) -> Settlement:
    """Decide what becomes of a delivery after a try.

    Args:
        outcome: of the try.
        delivery: as it was claimed, so that its ``attempt`` counts this try as well.
        now: when the try ended.
        draw: a random number from 0 up to 1, for the jitter.
    """
    match outcome:
        case Delivered():
            return Settlement(DeliveryState.DELIVERED, outcome.reason, now)
        case GiveUp():
            return Settlement(DeliveryState.DEAD, outcome.reason, now)
        case TryAgain():
            return _again(outcome, delivery, now=now, draw=draw)


def wait_after(attempt: int, draw: float) -> int:
    """Tell how long to wait after a failed try, in microseconds.

    Args:
        attempt: 1 after the first.
        draw: a random number from 0 up to 1; at one half the wait is neither shorter nor longer.
    """
    wait = _FIRST_WAIT
    for _ in range(attempt - 1):
        wait = min(wait * _GROWTH, _LONGEST_WAIT)
    return round(wait * (1 - _JITTER + 2 * _JITTER * draw))


def _again(outcome: TryAgain, delivery: Delivery, *, now: Instant, draw: float) -> Settlement:
    if delivery.attempt >= delivery.last_attempt:
        return Settlement(DeliveryState.DEAD, Reason.ATTEMPTS_USED_UP, now)
    # First come the short waits again when an operator has granted more tries.
    since = delivery.attempt - (delivery.last_attempt - MOST_ATTEMPTS)
    # An endpoint that asks for less than our own wait would use up its tries too soon.
    wait = max(wait_after(since, draw), min(outcome.after, LONGEST_ASKED))
    due_at = Instant(now + wait)
    if due_at >= delivery.expires_at:
        return Settlement(DeliveryState.DEAD, Reason.DELIVERY_EXPIRED, now)
    return Settlement(DeliveryState.PENDING, outcome.reason, due_at)
