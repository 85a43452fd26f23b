"""Segment's own Webhooks (Actions) destination, from its package, against the real server."""

import subprocess
from pathlib import Path

import pytest

from adapter.jsonvalue import dumps, loads
from tests.servers import SECRET, WEBHOOK, Server

SCRIPT = Path(__file__).parent / "segment_webhook.js"


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


def send(folder, server, sends, secret=SECRET):
    asked = {
        "url": server.url + WEBHOOK,
        "secret": secret,
        "headers": {},
        "sends": sends,
    }
    done = subprocess.run(
        ["node", str(SCRIPT)],
        cwd=folder,
        input=dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return loads(done.stdout)


def test_segments_destination_is_accepted_singly_and_in_batches(packages, server):
    sends = [
        [event(1)],
        [event(2), event(3, type="page", properties={"url": "https://example.com/"}), event(4)],
        {"batch": [event(5)]},
        [event(6, type="identify", userId="person@example.com", traits={"plan": "pro"})],
        [event(7), event(1)],
    ]

    assert send(packages, server, sends) == [200, 200, 200, 200, 200]
    found = [line["event_id"] for line in server.activities(anonymous_id="visitor-1")]
    assert sorted(filter(None, found)) == [f"m-{number}" for number in range(1, 8)]


@pytest.mark.parametrize("secret", ["wrong", None], ids=["wrong secret", "no signature"])
def test_segments_destination_without_the_secret_is_refused(packages, server, secret):
    before = server.activities()

    sends = [[event(91)], [event(92), event(93)]]
    assert send(packages, server, sends, secret=secret) == [401, 401]
    assert server.activities() == before
