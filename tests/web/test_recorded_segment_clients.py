"""What Segment's real libraries sent, sent again: answered, applied, and the same if sent twice."""

import base64
import gzip
import json
from pathlib import Path

import pytest

from adapter.clock import parse_instant
from adapter.doors.signatures import sign
from adapter.rules.identifiers import read_identifier

SENT_AT = parse_instant("2026-11-23T21:31:00Z")
ROOT = Path(__file__).parents[1]
CLIENTS = json.loads((ROOT / "web/golden/segment_clients.json").read_text(encoding="utf-8"))
WEBHOOK = json.loads((ROOT / "doors/golden/webhook.json").read_text(encoding="utf-8"))
STRANGER = {
    "python": "anon1",
    "node": "anon",
    "browser": "125c13b5-ecbc-4211-b9a6-e58ffd04c2f4",
}
TOLD_EACH_TIME = {"ignored", "failed_event"}
"""Lines that a repeat adds: a record without effect; other content under one id (L1)."""
OF_ITS_RUN = ("id", "customer_identifiers", "customer_id", "processed_at")


@pytest.fixture
def sender(sender_with, clock):
    clock.set(SENT_AT)
    return sender_with(write_key="WK")


def replay(sender, call):
    body = call["body"].encode() if "body" in call else base64.b64decode(call["body_base64"])
    headers = {name: value for name, value in call["headers"].items() if name != "content-length"}
    return sender.ask(call["path"], method=call["method"], data=body, headers=headers)


def state(sender, services):
    lines = [
        {name: value for name, value in line.items() if name not in OF_ITS_RUN}
        for line in sender.log()
        if line["type"] not in TOLD_EACH_TIME
    ]
    people = [services.store.find_person(1, read_identifier(who)) for who in ("u1", "x@y.z")]
    return lines, [person and person.attributes for person in people]


@pytest.mark.parametrize("client", CLIENTS)
def test_x8_a_client_is_answered_and_leaves_the_same_state_if_it_sends_twice(
    sender, services, client
):
    calls = CLIENTS[client]

    for call in calls:
        answer = replay(sender, call)
        assert (answer.status, answer.body) == (200, {"success": True})
    once = state(sender, services)
    for call in calls:
        assert replay(sender, call).status == 200

    assert state(sender, services) == once
    assert {row.reason for row in services.store.quarantine(1, after=0)} <= {"unmappable"}


@pytest.mark.parametrize("client", STRANGER)
def test_m2_what_its_stranger_did_becomes_the_persons(sender, client):
    for call in CLIENTS[client]:
        replay(sender, call)

    merged = sender.log(anonymous_id=STRANGER[client])
    assert {line["view"] for line in merged if line["type"] in {"event", "page"}} == {"identified"}
    assert "anon_merge" in {line["type"] for line in merged}


def test_x7_the_gzipped_batch_of_python_holds_what_it_says(sender):
    zipped = CLIENTS["python"][1]
    body = json.loads(gzip.decompress(base64.b64decode(zipped["body_base64"])))
    ids = {call["messageId"] for call in body["batch"]}

    replay(sender, zipped)

    assert {line["event_id"] for line in sender.log()} & ids


def test_after_a_reset_the_browser_is_a_stranger_again(sender):
    for call in CLIENTS["browser"]:
        replay(sender, call)

    (line,) = sender.log(name="AfterReset")
    assert (line["view"], line["reason"]) == ("anonymous", "awaiting_identify")


def test_t3_a_browsers_time_is_freed_of_its_clock_error(sender):
    page = CLIENTS["browser"][0]
    written = json.loads(page["body"])

    replay(sender, page)

    (line,) = sender.log(type="page")
    delay = parse_instant(written["sentAt"]) - parse_instant(written["timestamp"])
    assert line["timestamp"] == (SENT_AT - delay) // 1_000_000


@pytest.mark.parametrize("batched", [False, True], ids=["single", "batch"])
def test_x8_a_webhook_of_segments_destination_leaves_the_same_state_if_it_comes_twice(
    sender, services, batched
):
    recorded = WEBHOOK["requests"][batched]
    body = recorded["body"].encode()
    headers = {"X-Signature": None, **recorded["headers"]}

    assert sender.send(body, headers=headers).status == 200
    once = state(sender, services)
    assert sender.send(body, headers=headers).status == 200

    assert state(sender, services) == once


def test_l1_a_call_that_comes_by_both_of_segments_doors_is_stored_once(sender):
    call = json.loads(CLIENTS["browser"][0]["body"])
    replay(sender, CLIENTS["browser"][0])
    body = json.dumps(call).encode()

    answer = sender.send(body, headers={"X-Signature": sign(body, "abc123")})

    assert answer.body["duplicates"] == 1
    assert len(sender.log(type="page")) == 1


def test_another_clients_habits_are_taken(sender):
    """RudderStack's library leaves ``timestamp`` out and sends ``originalTimestamp`` instead."""
    call = {
        "type": "track", "event": "Order", "anonymousId": "a1", "messageId": "r1",
        "channel": "server", "originalTimestamp": "2026-11-23T21:30:50.000Z",
    }  # fmt: skip
    body = gzip.compress(
        json.dumps({"batch": [call], "sentAt": "2026-11-23T21:30:55.000Z"}).encode()
    )
    headers = {"Authorization": "Basic V0s6", "Content-Encoding": "gzip", "AnonymousId": "x"}

    assert sender.ask("/v1/batch", method="POST", data=body, headers=headers).status == 200
    (line,) = sender.log()
    assert line["timestamp"] == SENT_AT // 1_000_000 - 5
