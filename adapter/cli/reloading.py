"""Reloads the mapping files while the server runs: when told to, and when they change."""

import signal
import threading
from collections.abc import Callable

import structlog

from adapter.services.mapping_book import MappingBook

_WATCH_SECONDS = 1.0

_log = structlog.get_logger()


def reload_on_hangup(book: MappingBook) -> None:
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
            _guarded(book.reload)

    threading.Thread(target=wait, name="mappings-hangup", daemon=True).start()


def watch(book: MappingBook) -> None:
    """Look once a second for mapping files that changed, in a thread of its own."""
    forever = threading.Event()

    def look() -> None:
        while not forever.wait(_WATCH_SECONDS):
            _guarded(book.reload_changed)

    threading.Thread(target=look, name="mappings-watch", daemon=True).start()


def _guarded(reload: Callable[[], object]) -> None:
    try:
        reload()
    except Exception as error:  # noqa: BLE001 - the mappings in force stay, and so does the thread
        _log.error("mapping_reload_failed", exc_info=error)
