"""A server with pages and assets whose door answers as a test says, and keeps what it got."""

import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from adapter.jsonvalue import dumps, loads
from adapter.web.assets import STATIC, read_asset, without_comments

_WAIT_SECONDS = 30
_TYPES = {"Content-Type": "text/html; charset=utf-8"}
_CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}


class Says(NamedTuple):
    """What the door answers once."""

    status: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed
    after: threading.Event | None = None


@dataclass
class ScriptedDoor:
    """One server under two names: pages stand on ``shop``, assets and the door on ``host``.

    Attributes:
        script: what the door answers next; 200 once it is empty.
        otherwise: what it answers then.
        got: the body of each request, in order.
    """

    script: deque[Says] = field(default_factory=deque)
    otherwise: Says = field(default_factory=Says)
    got: list[dict] = field(default_factory=list)
    port: int = 0
    _pages: dict = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def host(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def shop(self):
        return f"http://www.shop.example.co.uk:{self.port}"

    def page(self, html, path="/", **headers):
        """Put a page there."""
        self._pages[path] = (html, headers)

    def messages(self):
        """Give all messages in the order they came."""
        return [message for body in self.got for message in body["batch"]]

    def wait_for(self, condition):
        """Wait until a condition on what was got holds, and give all messages."""
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self), _WAIT_SECONDS), self.got
        return self.messages()

    def wait_for_messages(self, number):
        """Wait until so many messages have come."""
        return self.wait_for(lambda door: len(door.messages()) >= number)

    def wait_for_requests(self, number):
        """Wait until so many requests have come."""
        return self.wait_for(lambda door: len(door.got) >= number)

    def wait_for_event(self, name):
        """Wait until the newest message is this event."""
        return self.wait_for(
            lambda door: door.messages()[-1:] and door.messages()[-1]["event"] == name
        )

    def __call__(self, environ, start_response):
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request):
        if request.path.startswith("/assets/"):
            asset = read_asset(STATIC / request.path.removeprefix("/assets/"), without_comments)
            return Response(asset.plain, content_type=asset.content_type)
        if request.method == "POST":
            return self._take(request)
        html, headers = self._pages.get(request.path, ("", {}))
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(html, headers=_TYPES | given)

    def _take(self, request):
        body = {"path": request.path, "type": request.content_type, **loads(request.data)}
        with self._changed:
            self.got.append(body)
            says = self.script.popleft() if self.script else self.otherwise
            self._changed.notify_all()
        if says.after is not None:
            says.after.wait(_WAIT_SECONDS)
        answer = dumps({"success": says.status == 200})
        return Response(answer, says.status, {**_CORS, **says.headers}, "application/json")


class _Quiet(WSGIRequestHandler):
    def log(self, type, message, *args):  # noqa: A002 - the name it has there
        """Say nothing."""


@contextmanager
def serving(door):
    """Serve it on a free port."""
    server = make_server("127.0.0.1", 0, door, threaded=True, request_handler=_Quiet)
    door.port = server.port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield door
    server.shutdown()
    thread.join()
    server.server_close()
