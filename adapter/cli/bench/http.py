"""Load over HTTP: one client that keeps connections busy, and servers in their own processes."""

import contextlib
import os
import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from adapter.cli.bench.bare import READY
from adapter.cli.bench.figures import Figure, figure_of
from adapter.cli.bench.payloads import NextRequest

_OK = b"HTTP/1.1 200"
_BARE_THREADS = "16"  # as fast as it gets: a few more or less change nothing
_CHUNK = 65_536
_WARMING = 0.3
_PATIENCE, _PAUSE = 30.0, 0.02
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_RATES = ("WEBHOOK", "SEGMENT", "TRACK")


@dataclass(frozen=True, slots=True)
class Running:
    """A server under way, in one process or in several that do the same work.

    Attributes:
        addresses: of the processes.
        pids: theirs.
    """

    addresses: tuple[tuple[str, int], ...]
    pids: tuple[int, ...]

    def __add__(self, other: "Running") -> "Running":
        """Take two for one; whoever loads them shares the load out."""
        return Running(self.addresses + other.addresses, self.pids + other.pids)

    def cpu(self) -> float | None:
        """Give the processor time that it has used, in seconds; None off Linux."""
        try:
            stats = [Path(f"/proc/{pid}/stat").read_text(encoding="utf-8") for pid in self.pids]
        except OSError:
            return None
        used = [stat.rpartition(")")[2].split()[11:13] for stat in stats]
        ticks = sum(int(user) + int(system) for user, system in used)
        return ticks / os.sysconf("SC_CLK_TCK")


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


def load(
    server: Running, request: NextRequest, *, callers: int, seconds: float, each: int = 1
) -> Figure:
    """Keep connections busy, one request at a time on each, after a short time to warm up.

    Args:
        server: whom to ask.
        request: makes requests.
        callers: how many connections.
        seconds: how long.
        each: events in a request.

    Raises:
        RuntimeError: an answer was not 200.
    """
    _keep_busy(server.addresses, request, callers, _WARMING)
    before, started = server.cpu(), time.perf_counter()
    latencies = _keep_busy(server.addresses, request, callers, seconds)
    taken, after = time.perf_counter() - started, server.cpu()
    cpu = None if before is None or after is None else after - before
    return figure_of(latencies, taken, each=each, cpu=cpu)


def _keep_busy(
    addresses: Sequence[tuple[str, int]], request: NextRequest, callers: int, seconds: float
) -> list[float]:
    """Give the latency of every answer; what is under way at the end is still waited for."""
    latencies: list[float] = []
    with selectors.DefaultSelector() as ready, contextlib.ExitStack() as stack:
        for address in islice(cycle(addresses), callers):
            connection = stack.enter_context(socket.create_connection(address))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            asked = _Asked(time.perf_counter())
            connection.sendall(request())
            ready.register(connection, selectors.EVENT_READ, asked)
        end = time.perf_counter() + seconds
        while ready.get_map():
            for key, _ in ready.select(timeout=1):
                connection, asked = key.fileobj, key.data  # type: ignore[assignment]
                if not asked.is_answered(connection.recv(_CHUNK)):
                    continue
                now = time.perf_counter()
                latencies.append(now - asked.at)
                if now > end:
                    ready.unregister(connection)
                    continue
                following = request()
                asked.at, asked.heard = time.perf_counter(), b""
                connection.sendall(following)
    return latencies


@contextlib.contextmanager
def bare_flask(folder: Path) -> Iterator[Running]:
    """Run a Flask view that reads the body and answers, on the same server."""
    port = free_port()
    words = ["-m", "adapter.cli.bench.bare", str(port), _BARE_THREADS]
    with running(words, folder, port) as server:
        yield server


@contextlib.contextmanager
def product(folder: Path, database_url: str) -> Iterator[Running]:
    """Run ``adapter serve`` on a database that holds the bench's workspace."""
    database = ["--database-url", database_url]
    port = free_port()
    with running(["-m", "adapter", "serve", "--port", str(port), *database], folder, port) as made:
        yield made


@contextlib.contextmanager
def running(
    words: Sequence[str], folder: Path, port: int, *, program: str = sys.executable
) -> Iterator[Running]:
    """Run a program that serves a port and says when it is ready; end it at the end.

    Args:
        words: its arguments.
        folder: where it runs.
        port: that it serves.
        program: Python by default.

    Raises:
        RuntimeError: it ended before it was ready.
    """
    process = subprocess.Popen(  # noqa: S603 - our own command
        [program, *words],
        cwd=folder,
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stdout is None or not any(READY in line for line in process.stdout):
            raise RuntimeError(f"the server did not start: {' '.join(words)}")
        _wait_for(port)
        yield Running((("127.0.0.1", port),), (process.pid,))
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _environment() -> dict[str, str]:
    """Leave out the operator's own settings, and put no limit on how often one may come."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ADAPTER_")}
    return own | {f"ADAPTER_{door}_RATE": "0" for door in _RATES}


def _wait_for(port: int) -> None:
    """Return once the port takes connections; some servers say that they are ready before."""
    patience = time.perf_counter() + _PATIENCE
    while True:
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        if time.perf_counter() > patience:
            raise RuntimeError(f"nothing listens on port {port}")
        time.sleep(_PAUSE)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
