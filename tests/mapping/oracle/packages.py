"""Installs Segment's published packages outside the repository, and asks them."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.locking import alone_in

CORE = "3.170.0"
SUBSCRIPTIONS = "3.37.0"
DESTINATIONS = "3.497.0"

_PACKAGE = {
    "private": True,
    "dependencies": {
        "@segment/actions-core": CORE,
        "@segment/destination-subscriptions": SUBSCRIPTIONS,
        "liquidjs": "^10.25.7",
        "lodash": "^4.18.1",
    },
    # From 3.1.6 on it refuses the schemas of actions-core ("URI scheme is malformed").
    "overrides": {"fast-uri": "<3.1.6"},
}
_SCRIPT = Path(__file__).with_name("oracle.js")


def missing_tools():
    """Name what the oracle needs and this machine has not."""
    return [tool for tool in ("node", "npm") if shutil.which(tool) is None]


def installed_packages():
    """Give the folder of the packages, installing them the first time.

    Raises:
        subprocess.CalledProcessError: if they cannot be had.
    """
    folder = Path(tempfile.gettempdir()) / f"adapter-oracle-{CORE}-{DESTINATIONS}"
    destinations = folder / "node_modules" / "@segment" / "action-destinations"
    with alone_in(folder):
        if not destinations.exists():
            _install(folder, destinations)
    return folder


def _install(folder, destinations):
    (folder / "package.json").write_text(json.dumps(_PACKAGE))
    _run(["npm", "install", "--no-audit", "--no-fund"], folder)
    # Its own dependencies are hundreds of megabytes for other vendors; ours are there already.
    _run(["npm", "pack", f"@segment/action-destinations@{DESTINATIONS}"], folder)
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    (folder / "package").rename(destinations)


def ask(folder, questions):
    """Put questions to Segment's packages; answers in the same order."""
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    environment = {**os.environ, "TZ": "UTC"}
    done = _run(["node", str(_SCRIPT)], folder, input=lines, env=environment)
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def _run(command, folder, **options):
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, text=True, timeout=600, **options
    )
