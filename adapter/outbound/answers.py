"""What an answer makes of the request: delivered, to be tried again, or given up."""

from email.utils import parsedate_to_datetime

from adapter.clock import SECOND, Instant, instant_of
from adapter.model.deliveries import Delivered, GiveUp, Outcome, TryAgain
from adapter.model.reasons import Reason
from adapter.outbound.http import Answer, NoAnswer
from adapter.outbox import Sent

SUCCESS = range(200, 300)
_REDIRECT = range(300, 400)
_GONE = 410


def outcome_of(answer: Answer, at: Instant) -> Outcome:
    """Judge an answer by its status.

    Whatever may be mended at the other end is tried again: a wrong secret, a missing route and a
    refusal by mistake among them. Only 410 says that it never will be (Standard Webhooks).

    Args:
        answer: of the endpoint.
        at: when, for a ``Retry-After`` that is a date.
    """
    if answer.status in SUCCESS:
        return Delivered()
    if answer.status == _GONE:
        return GiveUp(Reason.ENDPOINT_GONE)
    reason = Reason.REDIRECTED if answer.status in _REDIRECT else Reason.FAILED_STATUS
    return TryAgain(reason, retry_after(answer.headers.get("Retry-After", ""), at))


def retry_after(text: str, at: Instant) -> int:
    """Read how long to wait, in microseconds: seconds, or a date; 0 for neither."""
    bare = text.strip()
    if bare.isascii() and bare.isdigit():
        return int(bare) * SECOND
    try:
        return max(0, instant_of(parsedate_to_datetime(bare)) - at)
    except (TypeError, ValueError):
        return 0


def sent(answer: Answer, at: Instant) -> Sent:
    """Tell what came of a request that was answered."""
    return Sent(outcome=outcome_of(answer, at), status=answer.status, excerpt=answer.text)


def unsent(failure: NoAnswer) -> Sent:
    """Tell what came of a request that was not answered.

    An address that is not allowed stays so until an operator changes a setting, and then has the
    dead letters tried again.
    """
    final = failure.reason is Reason.ADDRESS_NOT_ALLOWED
    outcome: Outcome = GiveUp(failure.reason) if final else TryAgain(failure.reason)
    return Sent(outcome=outcome, status=None, excerpt=failure.text)
