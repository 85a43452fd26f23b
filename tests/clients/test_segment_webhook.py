"""Segment's own Webhooks (Actions) destination, from its package, against the real server."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from adapter.jsonvalue import dumps, loads
from tests.servers import SECRET, WEBHOOK, Server

SCRIPT = Path(__file__).parent / "segment_webhook.js"
PACKAGES = {
    "name": "clients",
    "private": True,
    "dependencies": {
        "@segment/actions-core": "3.170.0",
        "@segment/action-destinations": "3.497.0",
    },
    # Newer ones break the destinations package: "URI scheme is malformed".
    "overrides": {"fast-uri": "<3.1.6"},
}

needs_node = pytest.mark.skipif(
    not (shutil.which("node") and shutil.which("npm")), reason="NOT RUN: needs node and npm"
)


@pytest.fixture(scope="module")
def node_modules(tmp_path_factory):
    cache = os.environ.get("ADAPTER_TEST_NODE_DIR")
    folder = Path(cache) if cache else tmp_path_factory.mktemp("node")
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "@segment" / "action-destinations").is_dir():
        (folder / "package.json").write_text(dumps(PACKAGES))
        install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        done = subprocess.run(
            install, check=False, cwd=folder, capture_output=True, text=True, timeout=600
        )
        if done.returncode:
            pytest.skip(f"NOT RUN: npm install failed: {done.stderr[-300:]}")
    return folder / "node_modules"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("server"))
    started.create_workspace()
    started.start()
    yield started
    started.stop()


def event(number, **changes):
    return {
        "type": "track",
        "event": "Viewed Pricing",
        "messageId": f"m-{number}",
        "anonymousId": "visitor-1",
        "timestamp": "2026-03-01T10:00:00.000Z",
        "receivedAt": "2026-03-01T10:00:01.000Z",
        "properties": {"price": 1.0, "name": "Größe, 大 😀", "big": 1e21},
        **changes,
    }


def send(node_modules, server, sends, secret=SECRET, headers=None):
    script = node_modules.parent / SCRIPT.name
    shutil.copy(SCRIPT, script)
    asked = {
        "url": server.url + WEBHOOK,
        "secret": secret,
        "headers": headers or {},
        "sends": sends,
    }
    done = subprocess.run(
        ["node", str(script)],
        input=dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return loads(done.stdout)


@needs_node
def test_segments_destination_is_accepted_singly_and_in_batches(node_modules, server):
    sends = [
        [event(1)],
        [event(2), event(3, type="page", properties={"url": "https://example.com/"}), event(4)],
        {"batch": [event(5)]},
        [event(6, type="identify", userId="person@example.com", traits={"plan": "pro"})],
        [event(7), event(1)],
    ]

    assert send(node_modules, server, sends) == [200, 200, 200, 200, 200]
    found = [line["event_id"] for line in server.activities(anonymous_id="visitor-1")]
    assert sorted(filter(None, found)) == [f"m-{number}" for number in range(1, 8)]


@needs_node
@pytest.mark.parametrize("secret", ["wrong", None], ids=["wrong secret", "no signature"])
def test_segments_destination_without_the_secret_is_refused(node_modules, server, secret):
    before = server.activities()

    sends = [[event(91)], [event(92), event(93)]]
    assert send(node_modules, server, sends, secret=secret) == [401, 401]
    assert server.activities() == before
