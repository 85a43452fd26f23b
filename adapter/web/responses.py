"""Replies as Flask gives them, and what Flask itself has to say no to."""

from flask import Response
from werkzeug.exceptions import HTTPException

from adapter.web.replies import CORS, Failure, Reply, failure_of

_HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}
_HTTP_MESSAGES = {
    404: "there is nothing here",
    405: "this path does not answer to this method",
}


def response_of(reply: Reply) -> Response:
    """Make a Flask response of a reply."""
    headers = {**CORS, **reply.headers}
    return Response(reply.content(), reply.status, headers, content_type=reply.content_type)


def failure_with_flask(error: Exception) -> Failure:
    """Tell what an error means for its sender, be it ours or one that Flask raised."""
    return _http_failure(error) if isinstance(error, HTTPException) else failure_of(error)


def _http_failure(error: HTTPException) -> Failure:
    status = error.code or 500
    code = _HTTP_CODES.get(status, error.name.lower().replace(" ", "_"))
    message = _HTTP_MESSAGES.get(status, error.description or error.name)
    allowed = getattr(error, "valid_methods", None)
    return Failure(status, code, message, headers={"Allow": ", ".join(allowed)} if allowed else {})
