"""Segments looked after in a thread: a new file is worked out, and periods end (C6)."""

import threading

import structlog

from adapter.bootstrap import Services

_EVERY_SECONDS = 1.0

_log = structlog.get_logger()


def keep_segments_on(services: Services) -> None:
    """Look after segments once a second, in a thread of its own."""
    forever = threading.Event()

    def run() -> None:
        while True:
            try:
                services.segment_upkeep.run()
            except Exception as error:  # noqa: BLE001 - the next one may go better
                _log.warning("segment_upkeep_failed", error=str(error))
            if forever.wait(_EVERY_SECONDS):
                return

    threading.Thread(target=run, name="segments", daemon=True).start()
