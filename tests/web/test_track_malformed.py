"""Malformed input at the Track API: contracts 8.2, its three columns, row by row.

Every answer is JSON and bears the CORS header, which ``Sender`` proves of each (X3, X12).
"""

import gzip
from dataclasses import replace

import pytest
import structlog

from adapter.errors import Overloaded, StoreBusy
from adapter.jsonvalue import dumps
from tests.web.broken import BrokenIntake

EVENT = {"name": "Order", "anonymous_id": "a1"}
V1, ENTITY, BATCH = "/api/v1/events", "/api/v2/entity", "/api/v2/batch"
DOORS = (V1, ENTITY, BATCH)


def texts_in(answer):
    """Give all that an error says, in whichever shape; a shape that is neither fails."""
    if "errors" in answer.body:
        for error in answer.body["errors"]:
            assert error.keys() - {"batch_index"} == {"reason", "field", "message"}
        if answer.status in {400, 401}:
            assert len(answer.body["meta"]["errors"]) == len(answer.body["errors"])
        return [error["message"] for error in answer.body["errors"]]
    (told,) = answer.body["meta"].values()
    return [told] if isinstance(told, str) else told


def fields_in(answer):
    return {error["field"] for error in answer.body["errors"]}


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b'{"a":1,}', "line 1 column", id="trailing comma"),
        pytest.param(b"", "empty", id="empty body"),
        pytest.param(b" \n", "empty", id="blank body"),
        pytest.param(b"[]", "an array", id="array"),
        pytest.param(b'"text"', "a text", id="text"),
        pytest.param(b"5", "a number", id="number"),
        pytest.param(b"null", "null", id="null"),
        pytest.param(b'{"a":NaN}', "line 1 column", id="NaN"),
        pytest.param(b'{"a":Infinity}', "line 1 column", id="Infinity"),
        pytest.param(b'{"a":"\xff"}', "UTF-8", id="invalid UTF-8"),
        pytest.param(b'{"a":' + b"[" * 201 + b"]" * 201 + b"}", "deeper", id="far too deep"),
    ],
)
def test_a_body_is_refused_whole(sender, path, body, says):
    answer = sender.track("POST", path, body)

    (text,) = texts_in(answer)
    assert answer.status == 400
    assert says in text


@pytest.mark.parametrize("path", DOORS)
def test_a_refused_body_is_kept_and_counted(sender, services, path):
    sender.track("POST", path, b"{,}")

    (kept,) = sender.read("/v1/quarantine").body["quarantine"]
    assert (kept["raw"], kept["refused"]) == ("{,}", True)
    assert services.auditing.imbalance() == 0


@pytest.mark.parametrize("path", ["/api/v1/customers/5/suppress", "/api/v1/customers/5/unsuppress"])
def test_some_calls_may_be_empty(sender, path):
    assert sender.track("POST", path, b"").status == 200
    assert sender.track("DELETE", "/api/v1/customers/5", b"").status == 200


@pytest.mark.parametrize(
    ("path", "deep"),
    [(V1, 400), (ENTITY, 400), (BATCH, 207)],
)
def test_what_nests_deeper_than_64_is_refused(sender, path, deep):
    value = 1
    for _ in range(65):
        value = [value]
    answer = sender.track("POST", path, sent(path, data={"x": value}))

    assert answer.status == deep
    assert "deeper than 64" in texts_in(answer)[0]


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        pytest.param(b"{}", "gzip", 400, id="no gzip"),
        pytest.param(gzip.compress(b"{}")[:-4], "gzip", 400, id="cut off"),
        pytest.param(b"{}", "br", 415, id="another encoding"),
    ],
)
def test_an_encoding_is_refused(sender, path, body, encoding, status):
    answer = sender.track("POST", path, body, headers={"Content-Encoding": encoding})

    assert answer.status == status
    assert texts_in(answer)


@pytest.mark.parametrize("path", DOORS)
def test_gzip_is_taken(sender, path):
    body = gzip.compress(dumps(sent(path)).encode())

    assert sender.track("POST", path, body, headers={"Content-Encoding": "gzip"}).status == 200


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [(V1, 1_000_001, 413), (ENTITY, 33_000, 400), (BATCH, 513_000, 400)],
)
@pytest.mark.parametrize("wrap", [bytes, gzip.compress], ids=["plain", "a bomb"])
def test_a_body_over_its_limit_is_refused(sender, path, size, status, wrap):
    headers = {"Content-Encoding": "gzip"} if wrap is gzip.compress else {}

    answer = sender.track("POST", path, wrap(b" " * size), headers=headers)

    assert answer.status == status
    assert "limit of" in texts_in(answer)[0]


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("credential", [None, "Basic c2l0ZTp3cm9uZw==", "Basic c2l0ZTo="])
def test_without_a_good_key_it_is_401(sender, path, credential):
    answer = sender.track("POST", path, sent(path), headers={"Authorization": credential})

    assert answer.status == 401
    assert texts_in(answer) == ["Unauthorized request"]


def sent(path, **changes):
    """Write one event as each door takes it: in v1's own words, or as an operation of v2."""
    event = {**EVENT, **changes}
    if path == V1:
        return event
    operation = {"type": "person", "action": "event", **changes}
    operation.setdefault("name", event["name"])
    operation["identifiers"] = {"anonymous_id": event["anonymous_id"]}
    if "data" in changes:
        operation["attributes"] = operation.pop("data")
    operation.pop("anonymous_id", None)
    return operation if path == ENTITY else {"batch": [operation]}


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        pytest.param({"name": None}, "name", "name cannot be blank", id="no name"),
        pytest.param({"name": " "}, "name", "name cannot be blank", id="blank name"),
        pytest.param(
            {"name": "é" * 51}, "name", "event name cannot be longer than 100 bytes", id="long name"
        ),
        pytest.param({"id": "i" * 257}, "id", "cannot be longer than 256", id="long event id"),
        pytest.param({"timestamp": "soon"}, "timestamp", "must be unix seconds", id="time"),
        pytest.param({"timestamp": -1}, "timestamp", "must be unix seconds", id="negative time"),
        pytest.param({"data": []}, "attributes", "must be a hash", id="data is no hash"),
        pytest.param(
            {"anonymous_id": True}, "identifiers.anonymous_id", "string or a number", id="boolean"
        ),
        pytest.param(
            {"anonymous_id": {}}, "identifiers.anonymous_id", "string or a number", id="hash as id"
        ),
        pytest.param(
            {"anonymous_id": "a" * 1001}, "identifiers.anonymous_id", "1000 bytes", id="long id"
        ),
        pytest.param({"anonymous_id": None}, "identifiers", "anonymous", id="nobody"),
    ],
)
def test_a_bad_event_is_refused_naming_its_field(sender, path, changes, field, says):
    answer = sender.track("POST", path, sent(path, **changes))

    assert answer.status == (207 if path == BATCH else 400)
    assert says in texts_in(answer)[0]
    if path != V1:
        assert fields_in(answer) == {field}


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"name": 1704153600}, id="name is a number"),
        pytest.param({"name": "a\x00b", "anonymous_id": "a\x00"}, id="NUL"),
        pytest.param({"name": "a\ud800", "data": {"\ud800": "\x00"}}, id="lone surrogate"),
        pytest.param({"timestamp": "1714979289"}, id="time in digits"),
        pytest.param({"anonymous_id": 5}, id="id is a number"),
    ],
)
def test_what_is_merely_odd_is_accepted(sender, path, changes):
    answer = sender.track("POST", path, sent(path, **changes))

    assert (answer.status, answer.body) == (200, {})
    assert len(sender.log(type="event")) == 1


@pytest.mark.parametrize("path", DOORS)
def test_the_last_of_duplicate_keys_wins(sender, path):
    body = dumps(sent(path)).replace('"name":', '"name":"First","name":').encode()

    assert sender.track("POST", path, body).status == 200
    assert [line["name"] for line in sender.log(type="event")] == ["Order"]


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_wrong_method_is_405_naming_the_right_one(sender, path, method):
    answer = sender.track(method, path, sent(path))

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert texts_in(answer)


@pytest.mark.parametrize("path", ["/api/v1/x", "/api/v1/events/", "/api/v2/x", "/api/v2/entity/"])
def test_an_unknown_path_is_404(sender, path):
    answer = sender.track("POST", path, {})

    assert answer.status == 404
    assert texts_in(answer)


@pytest.mark.parametrize(
    ("attributes", "v1", "v2", "field"),
    [
        pytest.param(
            {"bio": "b" * 1001}, "value for attribute 'bio' cannot be longer than 1000 bytes",
            "property value cannot be longer than 1000 bytes", "attributes.bio", id="value",
        ),
        pytest.param(
            {"n" * 151: 1}, "attribute name cannot be longer than 150 bytes",
            "attribute name cannot be longer than 150 bytes", "attributes", id="name",
        ),
        pytest.param(
            {str(n): n for n in range(301)}, "cannot identify more than 300 attributes",
            "cannot identify more than 300 attributes", "attributes", id="301 attributes",
        ),
    ],
)  # fmt: skip
def test_attributes_beyond_their_limits_are_refused(sender, attributes, v1, v2, field):
    operation = {"type": "person", "action": "identify", "identifiers": {"id": "5"},
                 "attributes": attributes}  # fmt: skip

    by_v1 = sender.track("PUT", "/api/v1/customers/5", attributes)
    by_entity = sender.track("POST", ENTITY, operation)
    by_batch = sender.track("POST", BATCH, {"batch": [operation]})

    assert [by_v1.status, by_entity.status, by_batch.status] == [400, 400, 207]
    assert v1 in texts_in(by_v1)[0]
    for answer in (by_entity, by_batch):
        assert v2 in texts_in(answer)[0]
        assert fields_in(answer) == {field}
    assert sender.log(type="profile_create") == []


@pytest.mark.parametrize("primary", [{}, {"id": "1", "email": "a@b.c"}])
def test_a_merge_of_none_or_two_identifiers_is_refused(sender, primary):
    pair = {"primary": primary, "secondary": {"id": "2"}}
    operation = {"type": "person", "action": "merge", **pair}

    by_v1 = sender.track("POST", "/api/v1/merge_customers", pair)
    by_entity = sender.track("POST", ENTITY, operation)
    by_batch = sender.track("POST", BATCH, {"batch": [operation]})

    assert [by_v1.status, by_entity.status, by_batch.status] == [400, 400, 207]
    assert fields_in(by_entity) == fields_in(by_batch) == {"primary.id"}
    for answer in (by_v1, by_entity, by_batch):
        assert "must be a string or a number" in texts_in(answer)[0]


@pytest.mark.parametrize("path", DOORS)
def test_a_repeat_and_a_claim_refused_are_no_errors(sender, path):
    for name in ("1", "2"):
        answer = sender.track("PUT", f"/api/v1/customers/{name}", {"anonymous_id": "a1"})
        assert answer.status == 200

    assert [sender.track("POST", path, sent(path, id="m1")).status for _ in range(2)] == [200, 200]
    assert [line["reason"] for line in sender.log(type="claim_refused")] == [
        "anonymous_id_already_assigned"
    ]


@pytest.fixture
def broken(services, sender_to):
    """Gives a sender to a store that fails."""

    def make(error):
        return sender_to(replace(services, intake=BrokenIntake(services.intake, error)))

    return make


@pytest.mark.parametrize("path", DOORS)
@pytest.mark.parametrize("error", [StoreBusy(), Overloaded()], ids=["busy", "overloaded"])
def test_a_busy_store_is_503_with_a_time_to_come_back(broken, path, error):
    answer = broken(error).track("POST", path, sent(path))

    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert texts_in(answer)


@pytest.mark.parametrize("path", DOORS)
def test_an_internal_fault_is_500_with_a_reference_into_the_log(broken, path):
    with structlog.testing.capture_logs() as lines:
        answer = broken(RuntimeError("secret detail")).track("POST", path, sent(path))

    fault = next(line for line in lines if line["event"] == "internal_fault")
    (text,) = texts_in(answer)
    assert answer.status == 500
    assert fault["reference"] in text
    assert "secret detail" not in text
