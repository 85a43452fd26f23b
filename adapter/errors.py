"""The error tree: every class has a stable code, a place and, where a human can act, a cure.

Grouped by what the caller should do. A business outcome (an event that stays anonymous, say) is
never an error: it is a :class:`~adapter.model.reasons.Reason`.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a payload, a setting or a mapping file.

    Attributes:
        code: stable, snake_case; part of the public contract.
        message: names the field, the limit and what was found.
        pointer: JSON pointer into the payload (``/traits/email``), "" for the whole of it.
    """

    code: str
    message: str
    pointer: str = ""


class AdapterError(Exception):
    """Something went wrong in the adapter.

    The first sentence of a subclass's docstring is its default message.
    """

    code = "adapter_error"
    cure = ""

    def __init__(self, message: str = "", *, problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        first_line = (type(self).__doc__ or "").strip().splitlines()[0].rstrip(".")
        self.message = message or first_line
        super().__init__(self.message)


class RequestError(AdapterError):
    """The request cannot be accepted as it is.

    Tell the sender; sending the same again will not help.
    """

    code = "invalid_request"
    status = 400


class InvalidJson(RequestError):
    """The body is not valid JSON."""

    code = "invalid_json"
    cure = "Send one JSON value in UTF-8, without NaN, Infinity or trailing commas."


class TooDeep(InvalidJson):
    """The body nests deeper than is accepted."""

    code = "too_deep"
    cure = "Nest arrays and objects at most 64 deep."


class InvalidEncoding(RequestError):
    """The body cannot be decompressed."""

    code = "invalid_encoding"
    cure = "Send the body as gzip, or without a Content-Encoding."


class UnsupportedEncoding(RequestError):
    """The Content-Encoding is not supported."""

    code = "unsupported_encoding"
    status = 415
    cure = "Send the body as gzip, or without a Content-Encoding."


class BodyTooLarge(RequestError):
    """The body is larger than this door accepts."""

    code = "too_large"
    status = 413
    cure = "Send smaller batches."


class BodyTooSlow(RequestError):
    """The body did not come in time."""

    code = "too_slow"
    status = 408
    cure = "Send it again, or smaller batches."


class Unauthorized(RequestError):
    """The credentials are missing or wrong."""

    code = "unauthorized"
    status = 401


class ReadOnly(RequestError):
    """This app key may read, and change nothing."""

    code = "read_only"
    status = 403
    cure = "Use the workspace's app key, not its read key."


class Forged(RequestError):
    """The form was not sent by a page of this console, or its page is too old."""

    code = "forged"
    status = 403
    cure = "Load the page again and repeat what you did there."


class NotFound(RequestError):
    """There is nothing here."""

    code = "not_found"
    status = 404


class MethodNotAllowed(RequestError):
    """This path does not answer to this method."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__()
        self.allowed = allowed


class OperatorError(AdapterError):
    """The operator has to mend a setting, a file or the command line."""

    code = "operator_error"


class TransientError(AdapterError):
    """A later, identical attempt can succeed."""

    code = "try_again"
    status = 503


class StoreBusy(TransientError):
    """The store is locked, unreachable or lost a race."""

    code = "store_busy"


class Overloaded(TransientError):
    """Too many requests are waiting for the store."""

    code = "overloaded"


class RateLimited(TransientError):
    """The sender comes more often than it may.

    Attributes:
        retry_after: in so many seconds it may come again.
        reset_at: at this Unix time.
    """

    code = "rate_limited"
    status = 429
    cure = "Send batches, or come back later."

    def __init__(self, message: str, retry_after: int, *, reset_at: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.reset_at = reset_at


class NotConfigured(TransientError):
    """The source has no secret, so nothing it sends can be believed."""

    code = "secret_not_configured"
    cure = "adapter source set SLUG --shared-secret SECRET"
