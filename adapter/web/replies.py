"""Replies: what went wrong, told in any door's shape, and answers before they become HTTP.

Every answer to an API call is JSON, errors too (X2, X3), and may be read by a browser (X12).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from adapter.errors import (
    AdapterError,
    MethodNotAllowed,
    NotConfigured,
    OperatorError,
    Problem,
    RateLimited,
    RequestError,
    TransientError,
)
from adapter.jsonvalue import JSONObject, dumps

JSON_TYPE = "application/json; charset=utf-8"
CORS = {
    "Access-Control-Allow-Origin": "*",
    # Else a page's script never sees when it may come back.
    "Access-Control-Expose-Headers": "Retry-After, X-RateLimit-Reset",
}

_RETRY_SOON = {"Retry-After": "1"}
_RETRY_ONCE_MENDED = {"Retry-After": "60"}

_log = structlog.get_logger()


class Reply(NamedTuple):
    """An answer before it becomes HTTP.

    Attributes:
        body: JSON to write, or bytes to send as they are.
        headers: besides the content type, the length and CORS.
    """

    status: int
    body: JSONObject | bytes
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    content_type: str = JSON_TYPE

    def content(self) -> bytes:
        """Give the bytes to send."""
        return self.body if isinstance(self.body, bytes) else dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, before it has a shape.

    Attributes:
        status: HTTP.
        code: stable, snake_case; the README lists them.
        message: for people, with a cure where there is one.
        problems: all that is wrong with the request, where it was looked into.
        headers: when to come back, which methods would do.
    """

    status: int
    code: str
    message: str
    problems: tuple[Problem, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)


Shape = Callable[[Failure], Reply]
"""How a door says no (contracts 8.1)."""


def segment_shape(failure: Failure) -> Reply:
    """Say no as both of Segment's doors do, and everything that is no door at all."""
    body = {"success": False, "code": failure.code, "message": failure.message}
    return Reply(failure.status, body, failure.headers)


def failure_of(error: Exception) -> Failure:
    """Tell what an error means for its sender; what only an operator can mend is logged."""
    match error:
        case MethodNotAllowed():
            return _failure(error.status, error, {"Allow": ", ".join(error.allowed)})
        case RequestError():
            return _failure(error.status, error, {})
        case TransientError():
            return _failure(error.status, error, _when_again(error))
        case OperatorError():
            _log.error("request_needs_operator", code=error.code, message=error.message)
            return _failure(503, error, _RETRY_ONCE_MENDED)
        case _:
            return _fault(error)


def _fault(error: Exception) -> Failure:
    reference = secrets.token_hex(8)
    _log.error("internal_fault", reference=reference, exc_info=error)
    message = f"something broke here; the log has it as {reference}"
    return Failure(500, "internal_error", message)


def _when_again(error: TransientError) -> dict[str, str]:
    """Tell when to come back, as Segment's clients and as all others read it (contracts 2.4)."""
    if isinstance(error, RateLimited):
        return {"Retry-After": str(error.retry_after), "X-RateLimit-Reset": str(error.reset_at)}
    return _RETRY_ONCE_MENDED if isinstance(error, NotConfigured) else _RETRY_SOON


def _failure(status: int, error: AdapterError, headers: dict[str, str]) -> Failure:
    message = f"{error.message}. {error.cure}" if error.cure else error.message
    return Failure(status, error.code, message, error.problems, headers)
