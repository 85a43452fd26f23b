"""The vendors' own clients for Node.js, unmodified, against the real server: each event once.

Over TLS, because one of them speaks nothing else.
"""

import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.servers import API_KEY, SITE_ID, over_tls

HERE = Path(__file__).parent
CLIENTS = [
    "analytics-node",
    "cdp-analytics-node",
    "rudder-sdk-node",
    "customerio-node-4",
    "customerio-node-5",
]
WRITE_KEY = "write-key"


@pytest.fixture(scope="module")
def packages():
    """Give the folder where the pinned clients are installed, outside the repository."""
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"NOT RUN: needs {' and '.join(missing)}")
    lock = HERE / "npm" / "package-lock.json"
    folder = (
        Path(tempfile.gettempdir())
        / f"adapter-clients-{sha256(lock.read_bytes()).hexdigest()[:12]}"
    )
    if not (folder / "installed").exists():
        folder.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "npm" / name, folder)
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, check=False, text=True, timeout=300
        )
        if done.returncode:
            pytest.skip(f"NOT RUN: the clients cannot be had: {done.stderr[-300:]}")
        (folder / "installed").touch()
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = over_tls(tmp_path_factory.mktemp("server"))
    started.create_workspace()
    started.command("source", "set", "default", "--write-key", WRITE_KEY)
    started.start()
    yield started
    started.stop()


@pytest.mark.parametrize("client", CLIENTS)
def test_a_real_client_tells_its_story_and_each_event_arrives_once(packages, server, client):
    answers = server.answers()
    credentials = [WRITE_KEY, SITE_ID, API_KEY]
    command = ["node", str(HERE / "node_clients.js"), client, server.url, *credentials]

    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        cwd=packages,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(server.authority)},
        text=True,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")
    lines = server.get(f"/v1/customers/person-{client}/activities")["activities"]
    events = [(line["name"], line["reason"]) for line in lines if line["type"] == "event"]
    assert sorted(events) == [("Bought", "identified"), ("Viewed", "merged")]
    assert [line["data"]["count"] for line in lines if line["type"] == "anon_merge"] == [1]
    # Three calls, three requests, all answered 200: nothing was sent twice.
    answered = server.answers() - answers
    assert [status for _, status in answered.elements()] == [200, 200, 200]
