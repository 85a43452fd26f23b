"""The server: granian, in this process, so that what kills the process kills the server."""

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import MTServer

from adapter.errors import OperatorError
from adapter.web.signalled import Signalled

_PROBE_SECONDS = 0.01


class _InProcessServer(MTServer):
    """Granian's threaded server on an interpreter with a lock.

    Granian starts worker processes otherwise. One process is what SQLite wants: one writer and
    one group commit; and a worker cannot outlive a killed parent.
    """

    on_stopping: Callable[[], None]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.main_loop_interrupt = Signalled()

    def shutdown(self, exit_code: int = 0) -> None:
        """Stop; granian waits for what is under way, so what would be for ever ends first."""
        self.on_stopping()
        super().shutdown(exit_code)  # type: ignore[no-untyped-call]

    def _check_gil(self) -> None:
        """Run with the interpreter lock too: the threads wait for the store most of the time."""


def run(
    app: Callable[..., Any],
    *,
    host: str,
    port: int,
    wsgi_threads: int | None = None,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    header_timeout: int = 30,
    on_ready: Callable[[], None],
    on_stopping: Callable[[], None] = lambda: None,
    on_stop: Callable[[], None] = lambda: None,
) -> NoReturn:
    """Serve an application on host and port until the process is told to stop.

    An ASGI application, or with ``wsgi_threads`` a WSGI one that answers in so many threads. With
    ``tls_cert`` and ``tls_key`` (PEM files) it speaks HTTPS. A connection whose headers do not come
    within ``header_timeout`` seconds is cut. ``on_ready`` is called once
    connections are taken, ``on_stopping`` when it is told to stop, ``on_stop`` when there are no
    connections any more; then the process ends.
    """
    _refuse_taken(host, port)
    server = _InProcessServer(
        "adapter",
        address=host,
        port=port,
        interface=Interfaces.WSGI if wsgi_threads else Interfaces.ASGINL,
        blocking_threads=wsgi_threads,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=header_timeout * 1_000),
        websockets=False,
        backlog=1024,
        ssl_cert=tls_cert,
        ssl_key=tls_key,
        log_enabled=False,
    )

    server.on_stopping = on_stopping

    def announce() -> None:
        _wait_for(host, port)
        on_ready()

    server.on_startup(threading.Thread(target=announce, daemon=True).start)
    server.serve(target_loader=lambda *_: app, wrap_loader=False)
    on_stop()
    sys.stdout.flush()
    sys.stderr.flush()
    # Not sys.exit: a native thread that comes back to an interpreter being taken down aborts.
    os._exit(0)


def _refuse_taken(host: str, port: int) -> None:
    """Refuse a port that somebody listens on: the server would share it, requests and all.

    Raises:
        OperatorError: it is taken, or there is no such address.
    """
    try:
        socket.create_server((host, port)).close()
    except (OSError, OverflowError) as error:
        said = getattr(error, "strerror", None) or error
        raise OperatorError(f"cannot listen on {host}:{port}: {said}; choose another") from error


def _wait_for(host: str, port: int) -> None:
    """Return once somebody takes connections there; the server binds before it listens."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - names, nothing is bound
    while True:
        with contextlib.suppress(OSError):
            socket.create_connection((anywhere.get(host, host), port), timeout=1).close()
            return
        time.sleep(_PROBE_SECONDS)
