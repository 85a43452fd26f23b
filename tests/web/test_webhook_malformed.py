"""Malformed input at the webhook: contracts 8.2, its column, row by row."""

import gzip
from dataclasses import replace

import pytest
import structlog

from adapter.errors import Overloaded, StoreBusy
from tests.web.broken import BrokenIntake
from tests.web.sending import TRACK

IDENTIFY = {"type": "identify", "userId": "u1", "messageId": "m1"}


@pytest.mark.parametrize(
    ("body", "status", "code", "says"),
    [
        pytest.param(b'{"a":1,}', 400, "invalid_json", "line 1 column", id="trailing comma"),
        pytest.param(b" ", 400, "invalid_json", "empty", id="blank body"),
        pytest.param(b"null", 400, "invalid_request", "null", id="null"),
        pytest.param(b'"text"', 400, "invalid_request", "a text", id="text"),
        pytest.param(b"5", 400, "invalid_request", "a number", id="number"),
        pytest.param(b'{"a":NaN}', 400, "invalid_json", "line 1 column", id="NaN"),
        pytest.param(b'{"a":Infinity}', 400, "invalid_json", "line 1 column", id="Infinity"),
        pytest.param(b'{"a":"\xff"}', 400, "invalid_json", "UTF-8", id="invalid UTF-8"),
        pytest.param(b"[" * 65 + b"]" * 65, 400, "too_deep", "64", id="too deep"),
        pytest.param(b"[" + b"{}," * 4000 + b"{}]", 413, "too_large", "4001", id="4001 items"),
        pytest.param(b" " * 5_000_001, 413, "too_large", "smaller batches", id="too large"),
    ],
)
def test_a_body_is_refused_whole(sender, body, status, code, says):
    answer = sender.send(body)

    assert (answer.status, answer.body["success"], answer.code) == (status, False, code)
    assert says in answer.body["message"]


def test_a_refused_body_is_kept_all_the_same(sender):
    sender.send(b'{"a":1,}')

    (kept,) = sender.read("/v1/quarantine").body["quarantine"]
    assert (kept["raw"], kept["refused"]) == ('{"a":1,}', True)


def test_a_body_that_nobody_vouches_for_is_not_kept(sender):
    sender.send(b"{,}", headers={"X-Signature": "0" * 40})

    assert sender.read("/v1/quarantine").body["quarantine"] == []


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    [
        pytest.param(b"{}", "gzip", 400, "invalid_encoding", id="no gzip"),
        pytest.param(b"{}", "br", 415, "unsupported_encoding", id="another encoding"),
        pytest.param(gzip.compress(bytes(5_000_001)), "gzip", 413, "too_large", id="a bomb"),
    ],
)
def test_an_encoding_is_refused(sender, body, encoding, status, code):
    answer = sender.send(body, headers={"Content-Encoding": encoding})

    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize("body", [TRACK, b"", b"{,}"], ids=["event", "empty body", "no JSON"])
@pytest.mark.parametrize("signature", [None, "0" * 40, "short"], ids=["none", "wrong", "short"])
def test_without_a_good_signature_it_is_401(sender, body, signature):
    answer = sender.send(body, headers={"X-Signature": signature})

    assert (answer.status, answer.code) == (401, "unauthorized")


def test_a_source_without_a_secret_is_503_with_a_time_to_come_back(sender_with):
    answer = sender_with(shared_secrets=()).send(TRACK)

    assert (answer.status, answer.code) == (503, "secret_not_configured")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("item", "code", "says"),
    [
        pytest.param({"type": "made_up"}, "unsupported_type", "made_up", id="unknown type"),
        pytest.param({"event": "Order"}, "unsupported_type", "type", id="no type"),
        pytest.param(
            {"type": "track", "event": "O"}, "no_subject", "no anonymous id", id="missing ids"
        ),
        pytest.param(TRACK | {"event": None}, "unmappable", "/event", id="no name"),
        pytest.param(TRACK | {"event": " "}, "unmappable", "/event", id="blank"),
        pytest.param(TRACK | {"event": "é" * 51}, "too_long", "limit is 100", id="long name"),
        pytest.param(TRACK | {"userId": "u" * 151}, "too_long", "limit is 150", id="long id"),
        pytest.param(
            IDENTIFY | {"traits": {"n" * 151: 1}}, "too_long", "limit is 150", id="attribute name"
        ),
        pytest.param(
            IDENTIFY | {"traits": {"bio": "b" * 1001}}, "too_long", "limit is 1000", id="value"
        ),
        pytest.param(
            IDENTIFY | {"traits": {str(n): n for n in range(301)}},
            "too_long",
            "limit is 300",
            id="301 attributes",
        ),
        pytest.param(IDENTIFY | {"traits": []}, "invalid_field", "an object", id="traits"),
        pytest.param(TRACK | {"properties": "x"}, "invalid_field", "an object", id="properties"),
        pytest.param(TRACK | {"anonymousId": True}, "invalid_field", "a boolean", id="anonymousId"),
        pytest.param(TRACK | {"userId": "null"}, "junk_id", "null", id="junk id"),
        pytest.param(None, "invalid_field", "null", id="null"),
        pytest.param("text", "invalid_field", "a text", id="text"),
    ],
)
def test_a_bad_item_is_rejected_and_its_neighbours_are_not(sender, item, code, says):
    good = TRACK | {"messageId": "good"}

    answer = sender.send([good, item])

    (rejected,) = answer.body["rejected"]
    assert (answer.status, answer.body["accepted"]) == (200, 1)
    assert (rejected["index"], rejected["code"]) == (1, code)
    assert says in rejected["message"]


def test_an_unknown_type_sent_alone_is_400(sender):
    answer = sender.send({"type": "made_up"})

    assert (answer.status, answer.code) == (400, "unsupported_type")


def test_another_bad_item_sent_alone_is_rejected_with_200(sender):
    answer = sender.send(TRACK | {"properties": 5})

    assert (answer.status, len(answer.body["rejected"])) == (200, 1)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"userId": "u1"}, id="several ids at once"),
        pytest.param({"event": 1704153600}, id="name is a number"),
        pytest.param({"event": "a\x00b", "anonymousId": "a\x00"}, id="NUL"),
        pytest.param({"event": "a\ud800", "anonymousId": "\ud800"}, id="lone surrogate"),
        pytest.param({"properties": {"x\x00": "\ud800"}}, id="both in data"),
        pytest.param({"timestamp": "soon"}, id="bad timestamp"),
        pytest.param({"userId": None, "anonymousId": 5}, id="null and number"),
    ],
)
def test_what_is_merely_odd_is_accepted(sender, changes):
    answer = sender.send(TRACK | changes)

    assert (answer.status, answer.body["accepted"]) == (200, 1)


def test_t4_a_bad_timestamp_is_flagged(sender):
    sender.send(TRACK | {"timestamp": "soon"})

    story = sender.read("/v1/events/m1/explain").body
    assert "timestamp_unreadable" in [reason["reason"] for reason in story["reasons"]]


def test_the_last_of_duplicate_keys_wins(sender):
    sender.send(b'{"type":"track","event":"First","event":"Last","anonymousId":"a"}')

    (line,) = sender.read("/v1/activities").body["activities"]
    assert line["name"] == "Last"


def test_a_wrong_method_is_405_naming_the_right_ones(sender):
    answer = sender.send(TRACK, method="GET")

    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert {"POST", "PUT", "PATCH"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("slug", ["nobody", "", "default/more", "a%2Fb"])
def test_an_unknown_source_is_404(sender, slug):
    answer = sender.send(TRACK, slug=slug)

    assert (answer.status, answer.code) == (404, "not_found")


@pytest.fixture
def answer_of(services, sender_to):
    """Gives the answer when the intake fails."""

    def answer(error, body=TRACK):
        broken = replace(services, intake=BrokenIntake(services.intake, error))
        return sender_to(broken).send(body)

    return answer


@pytest.mark.parametrize("body", [TRACK, b"{,}"], ids=["while storing", "while keeping a bad body"])
@pytest.mark.parametrize(
    ("error", "code"), [(StoreBusy(), "store_busy"), (Overloaded(), "overloaded")]
)
def test_a_busy_store_is_503_with_a_time_to_come_back(answer_of, error, code, body):
    answer = answer_of(error, body)

    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, code, "1")


def test_an_internal_fault_is_500_with_a_reference_into_the_log(answer_of):
    with structlog.testing.capture_logs() as lines:
        answer = answer_of(RuntimeError("secret detail"))

    fault = next(line for line in lines if line["event"] == "internal_fault")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert fault["reference"] in answer.body["message"]
    assert "secret detail" not in answer.body["message"]


def test_a_missing_mapping_file_is_503_until_the_operator_mends_it(sender_with):
    answer = sender_with(mapping="gone").send(TRACK)

    assert (answer.status, answer.code) == (503, "operator_error")
    assert int(answer.headers["Retry-After"]) > 0


def test_a_time_that_is_no_time_at_all_is_kept_and_flagged(sender):
    answer = sender.send(TRACK | {"timestamp": {"a": 1}})

    assert answer.body["accepted"] == 1
    reasons = sender.read("/v1/events/m1/explain").body["reasons"]
    assert "timestamp_unreadable" in [reason["reason"] for reason in reasons]


def test_a_deep_first_item_is_told_to_be_deep_and_not_to_be_forged(sender):
    deep = {"a": 1}
    for _ in range(300):
        deep = {"a": deep}

    answer = sender.send([deep, TRACK])

    assert (answer.status, answer.code) == (400, "too_deep")


def test_ids_that_differ_in_odd_characters_stay_different(sender):
    for odd in ("q\x00", "q\ud800", "q\udc00"):
        assert sender.send(TRACK | {"messageId": odd, "anonymousId": odd}).body["accepted"] == 1
