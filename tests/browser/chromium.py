"""Chromium, found on this machine and started without a head."""

import importlib.util
import os
import shutil
from contextlib import contextmanager

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages of a registrable domain that has a public suffix of two labels, without a name server.
    "--host-resolver-rules=MAP *.example.co.uk 127.0.0.1",
)


def missing_tools():
    """Name what browser tests need and this machine has not."""
    missing = []
    if importlib.util.find_spec("playwright") is None:
        missing.append("playwright (pip install -e '.[browser]')")
    if _path() is None:
        missing.append("chromium (apt-get install chromium)")
    return missing


@contextmanager
def started():
    """Start a browser with nothing in it, and end it."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it may not be there

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=_path(), args=list(_FLAGS))
        yield browser
        browser.close()


def _path():
    given = os.environ.get("ADAPTER_TEST_CHROMIUM")
    return given or next(filter(None, map(shutil.which, _NAMES)), None)
