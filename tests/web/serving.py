"""A client to the whole app in this process, as the server hands requests over."""

from a2wsgi import ASGIMiddleware
from werkzeug.test import Client

from adapter.web.app import create_app
from adapter.web.asgi import asgi_app


def client_to(services, *, hot_path=True):
    """Give a client to the app on the event loop, or to Flask alone."""
    app = create_app(services)
    return Client(ASGIMiddleware(_with_raw_path(asgi_app(app, services))) if hot_path else app)


def _with_raw_path(app):
    """Hand over the path as it was sent, which the bridge to WSGI leaves out."""

    async def answer(scope, receive, send):
        target = scope["wsgi_environ"]["RAW_URI"].partition("?")[0]
        await app({**scope, "raw_path": target.encode("latin-1")}, receive, send)

    return answer
