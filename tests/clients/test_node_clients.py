"""The vendors' own clients for Node.js, unmodified, against the real server: each event once.

Over TLS, because one of them speaks nothing else.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.clients.installed import installed_clients
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
    return installed_clients()


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
