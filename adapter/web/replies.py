"""Replies: every answer is JSON, errors too, in the shapes of contracts 8.1 (X2, X3, X12)."""

import secrets
from typing import NamedTuple

import structlog
from flask import Response
from werkzeug.exceptions import HTTPException

from adapter.errors import (
    AdapterError,
    NotConfigured,
    OperatorError,
    RequestError,
    TransientError,
)
from adapter.jsonvalue import JSONObject, dumps

CONTENT_TYPE = "application/json; charset=utf-8"
CORS = {"Access-Control-Allow-Origin": "*"}

_RETRY_SOON = {"Retry-After": "1"}
_RETRY_ONCE_MENDED = {"Retry-After": "60"}
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}
_HTTP_MESSAGES = {
    404: "there is nothing here",
    405: "this path does not answer to this method",
}

_log = structlog.get_logger()


class Reply(NamedTuple):
    """An answer before it becomes HTTP."""

    status: int
    body: JSONObject
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


def failure(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Reply:
    """Answer that it did not work, in the shape both of Segment's doors share."""
    return Reply(status, {"success": False, "code": code, "message": message}, headers or {})


def reply_to(error: Exception) -> Reply:
    """Answer an error, whatever it is; what only an operator can mend is logged."""
    if isinstance(error, RequestError):
        return failure(error.status, error.code, _with_cure(error))
    if isinstance(error, TransientError):
        headers = _RETRY_ONCE_MENDED if isinstance(error, NotConfigured) else _RETRY_SOON
        return failure(error.status, error.code, _with_cure(error), headers)
    if isinstance(error, OperatorError):
        _log.error("request_needs_operator", code=error.code, message=error.message)
        return failure(503, error.code, _with_cure(error), _RETRY_ONCE_MENDED)
    if isinstance(error, HTTPException):
        return _http_reply(error)
    reference = secrets.token_hex(8)
    _log.error("internal_fault", reference=reference, exc_info=error)
    return failure(500, "internal_error", f"something broke here; the log has it as {reference}")


def response_of(reply: Reply) -> Response:
    """Make a Flask response of a reply."""
    return Response(
        dumps(reply.body), reply.status, {**CORS, **reply.headers}, content_type=CONTENT_TYPE
    )


def _with_cure(error: AdapterError) -> str:
    return f"{error.message}. {error.cure}" if error.cure else error.message


def _http_reply(error: HTTPException) -> Reply:
    status = error.code or 500
    code = _HTTP_CODES.get(status, error.name.lower().replace(" ", "_"))
    message = _HTTP_MESSAGES.get(status, error.description or error.name)
    allowed = getattr(error, "valid_methods", None)
    return failure(status, code, message, {"Allow": ", ".join(allowed)} if allowed else None)
