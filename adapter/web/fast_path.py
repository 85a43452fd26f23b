"""The fast path: plain webhook requests are answered in front of Flask's dispatch.

Routing, contexts and request objects cost more than the door's own work. The work is the same
function, so the answers are the same (tested on both ways); whatever is not plain goes on to
Flask.
"""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from werkzeug.datastructures import EnvironHeaders

from adapter.bootstrap import Services
from adapter.jsonvalue import dumps
from adapter.web.replies import CONTENT_TYPE, CORS
from adapter.web.webhook import METHODS, PREFIX, answer_webhook

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class FastPath:
    """A WSGI application that answers webhooks and hands on everything else.

    Args:
        rest: answers the rest: the Flask application.
        services: the use cases.
    """

    def __init__(self, rest: "WSGIApplication", services: Services) -> None:
        self._rest = rest
        self._services = services

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        slug = _slug_of(environ)
        length = environ.get("CONTENT_LENGTH") or ""
        limit = self._services.settings.webhook_body_limit
        if slug is None or not length.isdecimal() or int(length) > limit:
            return self._rest(environ, start_response)
        body = environ["wsgi.input"].read(int(length))
        reply = answer_webhook(self._services, slug, EnvironHeaders(environ), body)
        content = dumps(reply.body).encode()
        headers = {
            "Content-Type": CONTENT_TYPE,
            "Content-Length": str(len(content)),
            **CORS,
            **reply.headers,
        }
        start_response(_STATUS_LINES[reply.status], list(headers.items()))
        return [content]


def _slug_of(environ: "WSGIEnvironment") -> str | None:
    """Give the source that a plain webhook request names, None for any other request."""
    path: str = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] not in METHODS or not path.startswith(PREFIX):
        return None
    slug = path[len(PREFIX) :]
    return slug if slug.isascii() and slug and "/" not in slug else None
