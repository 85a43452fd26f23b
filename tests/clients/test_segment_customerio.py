"""Segment's own Customer.io (Actions) destination, from its package, against the real server."""

import subprocess
from pathlib import Path

import pytest

from adapter.jsonvalue import dumps, loads
from tests.servers import API_KEY, SITE_ID, Server

SCRIPT = Path(__file__).parent / "segment_customerio.js"
PERSON = "person@example.com"


@pytest.fixture
def server(tmp_path):
    started = Server(tmp_path)
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
        "properties": {"price": 1.0, "name": "Größe, 大 😀"},
        **changes,
    }


def send(folder, server, sends, deleted, api_key=API_KEY):
    asked = {
        "port": server.port,
        "site_id": SITE_ID,
        "api_key": api_key,
        "sends": sends,
        "delete": {"userId": deleted, "type": "delete"},
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


def test_the_destination_delivers_singly_and_in_batches_and_each_event_once(packages, server):
    identify = event(5, type="identify", userId=PERSON, traits={"plan": "pro"})
    sends = [
        [event(1)],
        [event(2), event(3), event(4)],
        [event(6, type="page", properties={"url": "https://example.com/"})],
        [identify],
        [event(1)],
    ]

    steps = send(packages, server, sends, "u/1")

    # The credentials fit; what is sent again is answered alike; deleting nobody is fine.
    assert steps == [200, 200, [200, 200, 200], 200, 200, 200, 200]
    lines = server.get(f"/v1/customers/{PERSON}/activities")["activities"]
    merged = sorted(
        line["event_id"] for line in lines if line["reason"] == "merged" and line["event_id"]
    )
    assert merged == ["m-1", "m-2", "m-3", "m-4", "m-6"]
    assert [line["data"]["count"] for line in lines if line["type"] == "anon_merge"] == [5]
    assert {status for _, status in server.answers()} == {200}


def test_the_destination_deletes_a_user_whose_id_it_does_not_encode(packages, server):
    sends = [[event(1, userId="u/1")]]

    assert send(packages, server, sends, "u/1") == [200, 200, 200]

    assert [line["type"] for line in server.activities() if line["type"] == "event"] == []


def test_the_destination_is_told_that_its_credentials_are_wrong(packages, server):
    steps = send(packages, server, [[event(1)]], "u1", api_key="wrong")

    assert steps[1:] == [401, 401]
    assert "401" in str(steps[0]) or "Unauthorized" in str(steps[0])
    assert server.activities() == []
