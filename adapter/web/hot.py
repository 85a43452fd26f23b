"""The hot path: the webhook answered in front of Flask's dispatch, by the same function.

Flask's routing, request context and response cost more than the webhook's own work. A POST to the
webhook needs none of them, so it is answered here; everything else, odd paths and methods
included, goes on to Flask. ``ADAPTER_HOT_PATH=false`` sends all of it there: same answers, tested.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from adapter.bootstrap import Services
from adapter.jsonvalue import dumps
from adapter.web.incoming import read_body
from adapter.web.replies import CONTENT_TYPE, CORS, Reply
from adapter.web.webhook import METHODS, PREFIX, answer_webhook

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_COMMON = [("Content-Type", CONTENT_TYPE), *CORS.items()]


class _Headers:
    """The headers of a WSGI request, found without regard to case."""

    __slots__ = ("_environ",)

    def __init__(self, environ: "WSGIEnvironment") -> None:
        self._environ = environ

    def get(self, key: str, /) -> str | None:
        """Give a header's value, None if the request lacks it."""
        value: str | None = self._environ.get(f"HTTP_{key.upper().replace('-', '_')}")
        return value


def in_front_of(app: "WSGIApplication", services: Services) -> "WSGIApplication":
    """Answer webhooks here and let ``app`` answer all else."""
    limit = services.settings.webhook_body_limit

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        slug = _slug_of(environ)
        if slug is None:
            return app(environ, start_response)
        body = read_body(environ, limit)
        reply = answer_webhook(services, slug, _Headers(environ), body)
        return _respond(reply, start_response)

    return answer


def _slug_of(environ: "WSGIEnvironment") -> str | None:
    """Give the source that a plain webhook request names, None for any other request."""
    path: str = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] not in METHODS or not path.startswith(PREFIX):
        return None
    slug = path[len(PREFIX) :]
    return slug if slug.isascii() and slug and "/" not in slug else None


def _respond(reply: Reply, start_response: "StartResponse") -> list[bytes]:
    content = dumps(reply.body).encode()
    headers = [*_COMMON, *reply.headers.items(), ("Content-Length", str(len(content)))]
    start_response(_STATUS_LINES[reply.status], headers)
    return [content]
