"""Malformed input at every door (contracts 8.2): status, shape, JSON content type, CORS header.

Rows that are the same for all doors stand here; what a door says of its own fields stands in its
own test file. ``Sender.ask`` wants JSON and CORS of every answer.
"""

import gzip
from dataclasses import dataclass, replace

import pytest
import structlog

from adapter.errors import Overloaded, StoreBusy
from adapter.jsonvalue import dumps
from adapter.services.throttle import Throttle
from tests.web.broken import BrokenIntake
from tests.web.columns import COLUMNS, EVENT, SEGMENT_API

DEEP = b'{"a":' * 65 + b"1" + b"}" * 65


@pytest.fixture(params=COLUMNS, ids=lambda column: column.name)
def column(request):
    return request.param


@dataclass
class Poster:
    """Sends bodies to one door with its credential."""

    column: object
    sender: object

    def body(self, body, **headers):
        given = {**self.column.credential(body), **headers}
        kept = {name: value for name, value in given.items() if value is not None}
        return self.sender.ask(self.column.path, method="POST", data=body, headers=kept)

    def event(self, **changes):
        return self.body(dumps(self.column.spell({**EVENT, **changes})).encode())


@pytest.fixture
def post(column, sender):
    return Poster(column, sender)


def refused(column, answer, status):
    assert answer.status == status
    assert column.codes(answer.body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"a":1,}', id="trailing comma"),
        pytest.param(b"{", id="cut off"),
        pytest.param(b" ", id="blank"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"5", id="number"),
        pytest.param(b'{"a":NaN}', id="NaN"),
        pytest.param(b'{"a":-Infinity}', id="Infinity"),
        pytest.param(b'{"a":"\xff"}', id="invalid UTF-8"),
        pytest.param(DEEP, id="too deep"),
    ],
)
def test_a_body_that_is_no_object_is_400(column, post, body):
    refused(column, post.body(body), 400)


def test_a_malformed_body_is_told_with_line_and_column(post):
    answer = post.body(b'{\n"a":1,\n}')

    assert "line 2 column" in dumps(answer.body)


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        pytest.param(b"{}", "gzip", 400, id="no gzip"),
        pytest.param(gzip.compress(b"{}")[:-3], "gzip", 400, id="cut off gzip"),
        pytest.param(b"{}", "br", 415, id="another encoding"),
    ],
)
def test_a_bad_encoding_is_refused(column, post, body, encoding, status):
    refused(column, post.body(body, **{"Content-Encoding": encoding}), status)


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "a bomb"])
def test_too_large_a_body_is_refused(column, post, zipped):
    size, status = column.large
    # The webhook's limit counts in whole requests; what inflates beyond it is told just alike.
    body, headers = b" " * size, {}
    if zipped:
        body, headers = gzip.compress(body), {"Content-Encoding": "gzip"}

    refused(column, post.body(body, **headers), status)


def test_without_a_credential_it_is_401(column, post):
    body = dumps(column.spell(EVENT)).encode()
    without = dict.fromkeys(column.credential(body))

    refused(column, post.body(body, **without), 401)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Signature": "0" * 40, "Authorization": "Basic d3Jvbmc6d3Jvbmc="},
        {"X-Signature": "short", "Authorization": "Basic ***"},
        {"X-Signature": "é", "Authorization": "Digest x"},
    ],
    ids=["wrong", "malformed", "odd"],
)
def test_with_a_wrong_credential_it_is_401(column, post, headers):
    kept = {name: headers[name] for name in column.credential(b"")}

    refused(column, post.body(dumps(column.spell(EVENT)).encode(), **kept), 401)


def test_a_wrong_method_is_405_with_allow(column, sender):
    answer = sender.ask(column.path, method="PROPFIND")

    refused(column, answer, 405)
    assert "POST" in answer.headers["Allow"].split(", ")


def test_an_unknown_route_is_404(column, sender):
    refused(column, sender.ask(f"{column.path}/made/up", method="POST"), 404)


def test_a_preflight_is_answered_where_browsers_may_come(column, sender):
    answer = sender.ask(column.path, method="OPTIONS")

    assert answer.status == (200 if column.browsers else 405)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"name": 1704153600}, id="name is a number"),
        pytest.param({"anonymous_id": 5}, id="id is a number"),
        pytest.param({"name": "a\x00b", "anonymous_id": "a\x00"}, id="NUL"),
        pytest.param({"name": "a\ud800", "anonymous_id": "\ud800"}, id="lone surrogate"),
        pytest.param({"id": "x" * 100}, id="long id"),
    ],
)
def test_what_is_merely_odd_is_accepted(post, changes):
    answer = post.event(**changes)

    assert answer.status == 200
    assert not answer.body.get("rejected")


def test_l1_a_repeat_is_a_success(post, services):
    for _ in range(2):
        assert post.event().status == 200

    assert {row.fate: row.count for row in services.store.ledger(1)} == {
        "stored": 1, "duplicate": 1,
    }  # fmt: skip


def test_the_last_of_duplicate_keys_wins(column, post, sender):
    body = dumps(column.spell({**EVENT, "x": 1})).encode()
    name = b'"event"' if b'"event":' in body else b'"name"'
    twice = body.replace(name + b":", name + b':"First",' + name + b":")

    assert post.body(twice).status == 200
    assert [line["name"] for line in sender.log(type="event")] == ["Order"]


@pytest.fixture
def post_to(column, sender_to):
    return lambda services: Poster(column, sender_to(services))


@pytest.mark.parametrize("error", [StoreBusy(), Overloaded()], ids=["busy", "overloaded"])
def test_a_busy_store_is_503_with_a_time_to_come_back(column, services, post_to, error):
    post = post_to(replace(services, intake=BrokenIntake(services.intake, error)))

    answer = post.event()

    refused(column, answer, 503)
    assert answer.headers["Retry-After"] == "1"


def test_an_internal_fault_is_500_with_a_reference_into_the_log(column, services, post_to):
    broken = BrokenIntake(services.intake, RuntimeError("secret detail"))

    with structlog.testing.capture_logs() as lines:
        answer = post_to(replace(services, intake=broken)).event()

    refused(column, answer, 500)
    fault = next(line for line in lines if line["event"] == "internal_fault")
    assert fault["reference"] in dumps(answer.body)
    assert "secret detail" not in dumps(answer.body)


def test_who_comes_too_often_is_429_and_told_when_to_come_back(column, services, post_to):
    doors = ("segment_webhook", "segment_api", "track_v1", "track_v2")
    throttle = Throttle(dict.fromkeys(doors, 1), monotonic=lambda: 0.0)
    post = post_to(replace(services, throttle=throttle))
    post.event()

    answer = post.event(id="m2")

    refused(column, answer, 429)
    assert answer.headers["Retry-After"] == "1"
    assert int(answer.headers["X-RateLimit-Reset"]) > services.clock.now() // 1_000_000
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


BAD_CALLS = [
    pytest.param({"type": "made_up"}, "/v1/batch", "unsupported_type", id="unknown type"),
    pytest.param({"event": "Order"}, "/v1/track", "no_subject", id="missing ids"),
    pytest.param({"anonymousId": "a"}, "/v1/track", "unmappable", id="no name"),
    pytest.param({"anonymousId": "a", "event": " "}, "/v1/track", "unmappable", id="blank name"),
    pytest.param({"anonymousId": "a", "event": "x" * 101}, "/v1/track", "too_long", id="long"),
    pytest.param({"userId": "u" * 151, "event": "x"}, "/v1/track", "too_long", id="long id"),
    pytest.param({"userId": "u", "traits": []}, "/v1/identify", "invalid_field", id="traits"),
    pytest.param({"userId": "u", "traits": {"b": "b" * 1001}}, "/v1/i", "too_long", id="value"),
    pytest.param({"userId": "u", "traits": {str(n): n for n in range(301)}}, "/v1/i", "too_long",
                 id="301 attributes"),
    pytest.param({"anonymousId": True, "event": "x"}, "/v1/t", "invalid_field", id="anonymousId"),
    pytest.param({"userId": "null", "event": "x"}, "/v1/t", "junk_id", id="junk"),
    pytest.param({"userId": "u"}, "/v1/alias", "unmappable", id="alias without previousId"),
]  # fmt: skip


@pytest.mark.parametrize("strict", [False, True], ids=["permissive", "strict"])
@pytest.mark.parametrize(("call", "path", "code"), BAD_CALLS)
def test_the_http_api_tells_of_a_bad_call_only_who_asks(sender, services, call, path, code, strict):
    payload = {"batch": [call]} if path == "/v1/batch" else call
    headers = {**SEGMENT_API.credential(b""), "X-Strict-Mode": "1" if strict else "0"}

    answer = sender.ask(path, method="POST", data=dumps(payload), headers=headers)

    (row,) = services.store.quarantine(1, after=0)
    # K7 has junk ids in quarantine, whoever is told of them.
    assert (row.reason, row.refused) == (code, strict and code != "junk_id")
    assert answer.status == (400 if strict else 200)
    assert answer.body["success"] is not strict
    if strict:
        assert (answer.code, answer.body["rejected"][0]["index"]) == (code, 0)


@pytest.mark.parametrize("strict", [False, True], ids=["permissive", "strict"])
def test_the_good_calls_of_a_batch_are_stored_beside_the_bad(sender, strict):
    good = {"type": "track", "event": "Order", "anonymousId": "a", "messageId": "good"}
    payload = {"batch": [None, good, {"type": "track", "x": "y" * 33_000}]}
    headers = {**SEGMENT_API.credential(b""), "X-Strict-Mode": "1" if strict else "0"}

    answer = sender.ask("/v1/batch", method="POST", data=dumps(payload), headers=headers)

    assert answer.status == (400 if strict else 200)
    assert [line["event_id"] for line in sender.log(type="event")] == ["good"]
    if strict:
        assert [item["index"] for item in answer.body["rejected"]] == [0, 2]


@pytest.mark.parametrize(
    ("payload", "statuses", "kept"),
    [
        pytest.param({"batch": [{}] * 2501}, (200, 400), 1, id="2501 events"),
        pytest.param({"batch": {}}, (400, 400), 1, id="no array"),
        pytest.param({}, (400, 400), 1, id="no batch"),
        pytest.param({"batch": []}, (200, 200), 0, id="empty"),
        pytest.param({"batch": ["x" * 512_001]}, (400, 400), 0, id="over 500 KB"),
    ],
)
@pytest.mark.parametrize("strict", [False, True], ids=["permissive", "strict"])
def test_a_bad_batch_is_refused_whole_and_kept(sender, services, payload, statuses, kept, strict):
    headers = {**SEGMENT_API.credential(b""), "X-Strict-Mode": str(int(strict))}

    answer = sender.ask("/v1/batch", method="POST", data=dumps(payload), headers=headers)

    assert answer.status == statuses[strict]
    assert len(services.store.quarantine(1, after=0)) == kept
