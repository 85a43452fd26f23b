"""The server: granian, in this process, so that what kills the process kills the server."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.server import MTServer


class _InProcessServer(MTServer):
    """Granian's threaded server on an interpreter with a lock.

    Granian starts worker processes otherwise. One process is what SQLite wants: one writer and
    one group commit; and a worker cannot outlive a killed parent.
    """

    def _check_gil(self) -> None:
        """Run with the interpreter lock too: the threads wait for the store most of the time."""


def run(
    app: Callable[..., Any],
    *,
    host: str,
    port: int,
    threads: int,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    on_ready: Callable[[], None],
) -> None:
    """Serve a WSGI application until the process is told to stop.

    Args:
        app: the application.
        host, port: where to listen.
        threads: how many requests are served at once; the rest wait in the backlog.
        tls_cert, tls_key: PEM files; without them plain HTTP.
        on_ready: called once the socket listens.
    """
    server = _InProcessServer(
        "adapter",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        blocking_threads=threads,
        backlog=1024,
        ssl_cert=tls_cert,
        ssl_key=tls_key,
        log_enabled=False,
    )
    server.on_startup(on_ready)
    server.serve(target_loader=lambda *_: app, wrap_loader=False)
