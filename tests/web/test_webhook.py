"""The Segment webhook over HTTP, when all is well (contracts 1, 8.1)."""

import gzip
import json
from pathlib import Path

import pytest

from adapter.doors.signatures import sign
from adapter.model.workspaces import ReceivedAt
from adapter.web.doors.webhook import METHODS
from tests.build import at
from tests.web.sending import SECRET, TRACK

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "doors" / "golden" / "webhook.json").read_text(encoding="utf-8")
)


def success(accepted=0, duplicates=0, rejected=()):
    return {
        "success": True,
        "accepted": accepted,
        "duplicates": duplicates,
        "rejected": list(rejected),
    }


@pytest.mark.parametrize("method", METHODS)
def test_an_event_is_taken_in_and_answered_with_exactly_200(sender, method):
    answer = sender.send(TRACK, method=method)

    assert (answer.status, answer.body) == (200, success(accepted=1))


def test_the_same_event_again_is_a_success_and_a_duplicate(sender):
    sender.send(TRACK)

    assert sender.send(TRACK).body == success(duplicates=1)


@pytest.mark.parametrize("request_", GOLDEN["requests"][:2], ids=["single", "batch"])
def test_what_segments_own_destination_sent_is_taken_in(sender, request_):
    headers = {"X-Signature": None, **request_["headers"]}

    answer = sender.send(request_["body"].encode(), headers=headers)

    assert answer.status == 200
    assert answer.body["rejected"] == []


def test_a_batch_is_taken_in_and_its_bad_items_are_told(sender):
    batch = [TRACK, None, TRACK | {"messageId": "m2", "event": 5}, TRACK | {"messageId": True}]

    answer = sender.send(batch)

    assert answer.status == 200
    assert answer.body["accepted"] == 2
    assert [(item["index"], item["code"]) for item in answer.body["rejected"]] == [
        (1, "invalid_field"), (3, "invalid_field"),
    ]  # fmt: skip


def test_what_was_rejected_is_in_quarantine(sender):
    sender.send([TRACK | {"properties": 5}])

    (kept,) = sender.read("/v1/quarantine").body["quarantine"]
    assert kept["reason"] == "invalid_field"


def test_an_empty_array_is_a_success(sender):
    assert sender.send([]).body == success()


def test_4000_items_are_taken_in(sender):
    batch = [TRACK | {"messageId": str(number)} for number in range(4000)]

    assert sender.send(batch).body == success(accepted=4000)


def test_a_gzipped_body_is_inflated_before_its_signature_is_checked(sender):
    plain = json.dumps(TRACK).encode()
    headers = {"Content-Encoding": "gzip", "X-Signature": sign(plain, SECRET)}

    assert sender.send(gzip.compress(plain), headers=headers).body == success(accepted=1)


def test_the_content_type_does_not_matter(sender):
    answer = sender.send(TRACK, content_type="application/x-www-form-urlencoded")

    assert answer.body == success(accepted=1)


def test_an_empty_body_passes_by_the_required_header_alone(sender_with):
    sender = sender_with(require_header="X-K: v")

    answer = sender.send(b"", headers={"X-Signature": None, "X-K": "v"})

    assert (answer.status, answer.body) == (200, success())


FORM = b"type=track&event=Viewed+Pricing&anonymousId=a1&messageId=m1&properties[price]=5"
FORM_TYPE = "application/x-www-form-urlencoded; charset=utf-8"


def test_x6_a_form_passes_by_the_required_header_alone(sender_with):
    sender = sender_with(require_header="X-K: v")

    answer = sender.send(
        FORM, content_type=FORM_TYPE, headers={"X-Signature": "0" * 40, "X-K": "v"}
    )

    assert answer.body == success(accepted=1)
    (line,) = sender.read("/v1/activities").body["activities"]
    assert (line["name"], line["data"]) == ("Viewed Pricing", {"price": "5"})


@pytest.mark.parametrize("headers", [{"X-K": "w"}, {}], ids=["wrong header", "no header"])
def test_a_form_without_the_required_header_is_401(sender_with, headers):
    sender = sender_with(require_header="X-K: v")

    assert sender.send(FORM, content_type=FORM_TYPE, headers=headers).status == 401


def test_where_no_header_is_required_a_form_must_be_signed(sender):
    unsigned = sender.send(FORM, content_type=FORM_TYPE, headers={"X-Signature": "0" * 40})

    assert unsigned.status == 401
    assert sender.send(FORM, content_type=FORM_TYPE).body == success(accepted=1)


def test_what_says_that_it_is_a_form_and_is_json_must_be_signed(sender_with):
    sender = sender_with(require_header="X-K: v")
    headers = {"X-Signature": "0" * 40, "X-K": "v"}

    assert sender.send(TRACK, content_type=FORM_TYPE, headers=headers).status == 401
    assert sender.send(b"5", content_type=FORM_TYPE, headers=headers).status == 401


def test_a_batch_verified_in_its_first_item_only_is_counted(sender, services):
    sender.send([TRACK, TRACK | {"messageId": "m2"}])

    assert b"adapter_batches_first_item_verified_total 1.0" in services.metrics.exposition()


def test_t2_a_source_may_go_by_segments_clock(sender_with):
    sender = sender_with(received_at=ReceivedAt.SEGMENT)

    sender.send(TRACK | {"receivedAt": "2026-03-01T09:00:00Z"})

    (line,) = sender.read("/v1/activities").body["activities"]
    assert line["received_at"] == at(hours=-1) // 1_000_000


def test_an_identify_claims_what_was_sent_before(sender, clock):
    sender.send(TRACK)
    clock.set(at(minutes=1))
    sender.send({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "m2"})

    found = sender.read("/v1/customers/u1/activities?type=event").body["activities"]

    assert [(line["event_id"], line["was_anonymous"]) for line in found] == [("m1", True)]


def test_requests_and_messages_are_counted_by_closed_labels(sender, services):
    sender.send(TRACK)
    sender.send(TRACK, slug="nobody")

    text = services.metrics.exposition().decode()
    assert 'adapter_requests_total{door="segment_webhook",status="200"} 1.0' in text
    assert 'adapter_requests_total{door="segment_webhook",status="404"} 1.0' in text
    assert (
        'adapter_messages_total{door="segment_webhook",fate="stored",reason="awaiting_identify"} '
        "1.0" in text
    )
