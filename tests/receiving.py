"""A real HTTP server that counts what it gets, and answers as it is told."""

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Got(NamedTuple):
    """One request; ``connection`` tells apart those that did not share one."""

    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    at: float


@dataclass
class Receiver:
    """What a server got.

    Attributes:
        answer: gives (status, headers, body) for a request; may sleep.
    """

    answer: object = None
    got: list[Got] = field(default_factory=list)
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def ids(self):
        return [each.headers.get("webhook-id") for each in self.got]


@contextmanager
def receiver(answer=lambda _: (200, {}, b"ok"), port=0):
    """Run a receiver until the end of the block."""
    made = Receiver(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(length)
            got = Got(self.path, headers, body, self.client_address[1], time.monotonic())
            with made.lock:
                made.got.append(got)
            status, extra, content = made.answer(got)
            self.send_response(status)
            for name, value in extra.items():
                self.send_header(name, value)
            if "Content-Length" not in extra and "Transfer-Encoding" not in extra:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

        def handle_error(self, request, client_address):
            """Whoever hung up is no fault."""

    server = Server(("127.0.0.1", port), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
