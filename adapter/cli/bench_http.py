"""Load over HTTP for ``adapter bench``: servers in processes of their own, one client beside."""

import contextlib
import hmac
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from adapter.cli.bench_bare import READY
from adapter.jsonvalue import JSONObject, dumps

_SECRET = "bench-secret"  # noqa: S105 - of a server that lives for seconds
_PATH = "/webhooks/segment/default"
_OK = b"HTTP/1.1 200"
_BARE_THREADS = "16"  # as fast as it gets: a few more or less change nothing
_CHUNK = 65_536
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(slots=True)
class _Asked:
    """A request on its way, and what was heard of its answer."""

    at: float
    heard: bytes = b""

    def is_answered(self, more: bytes) -> bool:
        """Take in more bytes; tell whether the answer is whole."""
        self.heard += more
        head, end, body = self.heard.partition(b"\r\n\r\n")
        if not more or not self.heard.startswith(_OK[: len(self.heard)]):
            raise RuntimeError(f"the server answered {self.heard[:200]!r}")
        found = _LENGTH.search(head) if end else None
        return found is not None and len(body) >= int(found[1])


class HttpLoad:
    """Keeps a number of connections busy with signed webhooks, one request at a time on each.

    Args:
        address: host and port.
        connections: how many.
        seconds: how long.
    """

    def __init__(self, address: tuple[str, int], connections: int, seconds: float) -> None:
        self._address = address
        self._connections = connections
        self._seconds = seconds

    def run(self, payload: Callable[[int], JSONObject]) -> list[float]:
        """Send until the time is over; give the latency of every answer, in seconds.

        Raises:
            RuntimeError: an answer was not 200.
        """
        number = 0
        latencies: list[float] = []
        with selectors.DefaultSelector() as ready, contextlib.ExitStack() as stack:
            for _ in range(self._connections):
                connection = stack.enter_context(socket.create_connection(self._address))
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(_request(payload(number)))
                number += 1
                ready.register(connection, selectors.EVENT_READ, _Asked(time.perf_counter()))
            end = time.perf_counter() + self._seconds
            while time.perf_counter() < end:
                for key, _ in ready.select(timeout=1):
                    answered = key.fileobj
                    if not isinstance(answered, socket.socket):
                        continue
                    asked: _Asked = key.data
                    if not asked.is_answered(answered.recv(_CHUNK)):
                        continue
                    latencies.append(time.perf_counter() - asked.at)
                    request = _request(payload(number))
                    number += 1
                    asked.at, asked.heard = time.perf_counter(), b""
                    answered.sendall(request)
        return latencies


@contextlib.contextmanager
def bare_flask_server(folder: Path) -> Iterator[tuple[str, int]]:
    """Run a Flask view that reads the body and answers, on the same server."""
    port = _free_port()
    words = ["-m", "adapter.cli.bench_bare", str(port), _BARE_THREADS]
    with _running(words, folder, port) as address:
        yield address


@contextlib.contextmanager
def product_server(folder: Path) -> Iterator[tuple[str, int]]:
    """Run ``adapter serve`` on a new SQLite file."""
    port = _free_port()
    database = ["--database-url", f"sqlite:///{folder}/adapter.db"]
    create = ["-m", "adapter", "workspace", "create", "bench", "--shared-secret", _SECRET]
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *create, *database], cwd=folder, check=True, stdout=subprocess.DEVNULL
    )
    words = ["-m", "adapter", "serve", "--port", str(port), *database]
    with _running(words, folder, port) as address:
        yield address


@contextlib.contextmanager
def _running(words: list[str], folder: Path, port: int) -> Iterator[tuple[str, int]]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, *words], cwd=folder, stdout=subprocess.PIPE, text=True
    )
    try:
        if process.stdout is None or not any(READY in line for line in process.stdout):
            raise RuntimeError(f"the server did not start: {' '.join(words)}")
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _request(payload: JSONObject) -> bytes:
    body = dumps(payload).encode()
    signature = hmac.digest(_SECRET.encode(), body, "sha1").hex()
    head = (
        f"POST {_PATH} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"X-Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
