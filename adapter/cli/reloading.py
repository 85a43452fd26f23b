"""Reloads the mapping files while the server runs: when told to, and when they change."""

import signal
import threading
from collections.abc import Callable
from typing import Protocol

import structlog

_WATCH_SECONDS = 1.0

_log = structlog.get_logger()


class Files(Protocol):
    """The operator's files."""

    def reload(self) -> object:
        """Read all of them again."""

    def reload_changed(self) -> object:
        """Read those that have changed."""


def reload_on_hangup(files: Files) -> None:
    """Reload all mapping files at each SIGHUP, in a thread of its own.

    The signal is blocked here, and so in every thread started later, and taken by the one thread
    that waits for it: it interrupts no request, and the server's own handler, which would replace
    its workers, never runs. Call this before the server starts.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return  # Windows has no such signal
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})

    def wait() -> None:
        while True:
            signal.sigwait({signal.SIGHUP})
            _guarded(files.reload)

    threading.Thread(target=wait, name="mappings-hangup", daemon=True).start()


def watch(files: Files) -> None:
    """Look once a second for mapping files that changed, in a thread of its own."""
    forever = threading.Event()

    def look() -> None:
        while not forever.wait(_WATCH_SECONDS):
            _guarded(files.reload_changed)

    threading.Thread(target=look, name="mappings-watch", daemon=True).start()


def _guarded(reload: Callable[[], object]) -> None:
    try:
        reload()
    except Exception as error:  # noqa: BLE001 - the mappings in force stay, and so does the thread
        _log.error("mapping_reload_failed", exc_info=error)
