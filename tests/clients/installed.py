"""The vendors' own clients, pinned, installed once outside the repository."""

import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.locking import alone_in

_PINNED = Path(__file__).parent / "npm"


def installed_clients():
    """Give the folder whose ``node_modules`` holds them; skip, and say so, where there is none."""
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"NOT RUN: needs {' and '.join(missing)}")
    lock = (_PINNED / "package-lock.json").read_bytes()
    folder = Path(tempfile.gettempdir()) / f"adapter-clients-{sha256(lock).hexdigest()[:12]}"
    with alone_in(folder):
        if not (folder / "installed").exists():
            _install(folder)
    return folder


def _install(folder):
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_PINNED / name, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(
        command, capture_output=True, check=False, cwd=folder, text=True, timeout=300
    )
    if done.returncode:
        pytest.skip(f"NOT RUN: the clients cannot be had: {done.stderr[-300:]}")
    (folder / "installed").touch()
