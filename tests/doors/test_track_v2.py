"""Operations of Track API v2 are taken, or refused with all that is wrong (contracts 4, 8.2)."""

import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from adapter.doors.items import Operation, Rejected
from adapter.doors.track_v2 import OPERATIONS, parse_batch, parse_entity, read_operation
from adapter.errors import RequestError
from tests.build import T0

RECORDED = json.loads(
    (Path(__file__).parents[1] / "mapping" / "golden" / "segment_customerio.json").read_text(
        encoding="utf-8"
    )
)
SENT = {
    name: request["body"]
    for name, case in RECORDED.items()
    if not name.startswith("__")
    for request in case["requests"]
    if request["path"] == "/api/v2/entity"
}
EVENT = {
    "type": "person",
    "action": "event",
    "identifiers": {"anonymous_id": "a1"},
    "name": "Order",
    "id": "m1",
    "timestamp": 1714979289,
    "attributes": {"n": 1},
}
IDENTIFY = {
    "type": "person",
    "action": "identify",
    "identifiers": {"id": "u1"},
    "attributes": {"plan": "pro"},
}


def read(operation):
    return read_operation(0, operation, T0)


@pytest.mark.parametrize(("name", "operation"), SENT.items(), ids=SENT)
def test_what_segments_destination_sends_is_taken_unless_it_names_nobody(name, operation):
    item = read(operation)

    assert type(item) is (Rejected if name == "track no ids" else Operation)


def test_an_operation_is_taken_with_its_id_and_time():
    assert read(EVENT) == Operation(
        index=0, message_id="m1", received_at=T0, timestamp=1714979289, record=EVENT
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"name": " Order "}, {"name": "Order"}, id="blanks around a name"),
        pytest.param(
            {"name": f" {'n' * 100}\t"}, {"name": "n" * 100}, id="blanks that do not count"
        ),
        pytest.param({"name": 1704153600}, {"name": "1704153600"}, id="name is a number"),
        pytest.param({"id": 5}, {"id": "5"}, id="id is a number"),
        pytest.param({"timestamp": "1714979289"}, {"timestamp": 1714979289}, id="digits"),
        pytest.param({"timestamp": 1714979289.9}, {"timestamp": 1714979289}, id="fraction"),
        pytest.param({"timestamp": 1714979289876}, {"timestamp": 1714979289}, id="milliseconds"),
        pytest.param({"timestamp": None}, {"timestamp": None}, id="no time"),
        pytest.param(
            {"identifiers": {"id": 42}}, {"identifiers": {"id": "42"}}, id="identifier is a number"
        ),
        pytest.param(
            {"identifiers": {"id": "u1", "email": None, "cio_id": " "}},
            {"identifiers": {"id": "u1"}},
            id="null and blank are absent",
        ),
        pytest.param(
            {"identifiers": {"phone": "+15550100"}},
            {"identifiers": {"id": "+15550100"}},
            id="a phone number is an id",
        ),
        pytest.param(
            {"identifiers": {"id": "u1", "anonymous_id": "a1"}},
            {"identifiers": {"id": "u1"}, "attributes": {"n": 1, "anonymous_id": "a1"}},
            id="an anonymous id beside a person is data",
        ),
        pytest.param(
            {"identifiers": None, "attributes": {"recipient": "f@example.com"}},
            {"attributes": {"recipient": "f@example.com"}},
            id="an invite",
        ),
    ],
)
def test_what_is_merely_odd_is_taken(changes, expected):
    item = read(EVENT | changes)

    assert isinstance(item, Operation)
    assert {name: item.record.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("operation", "pointer", "code", "says"),
    [
        pytest.param([], "", "invalid_field", "JSON object, not an array", id="array"),
        pytest.param({}, "/type", "missing_field", "person, object, delivery", id="no type"),
        pytest.param({"type": "x"}, "/type", "unsupported_type", "'x'", id="unknown type"),
        pytest.param({"type": []}, "/type", "unsupported_type", "an array", id="type is an array"),
        pytest.param(
            {"type": "person", "action": "dance"}, "/action", "unsupported_operation", "'dance'",
            id="unknown action",
        ),
        pytest.param(
            {"type": "object", "action": "event"}, "/action", "unsupported_operation", "identify",
            id="action of another type",
        ),
        pytest.param(
            EVENT | {"identifiers": None}, "/identifiers", "no_subject", "person", id="no ids"
        ),
        pytest.param(
            EVENT | {"identifiers": {}, "attributes": {"recipient": "nobody"}},
            "/identifiers", "no_subject", "person", id="recipient is no address",
        ),
        pytest.param(
            EVENT | {"identifiers": "u1"}, "/identifiers", "invalid_field", "hash", id="ids as text"
        ),
        pytest.param(
            IDENTIFY | {"identifiers": {"id": "u1", "email": "p@example.com"}},
            "/identifiers", "invalid_field", "id, email", id="several ids",
        ),
        pytest.param(
            IDENTIFY | {"identifiers": {"id": "é" * 76}},
            "/identifiers/id", "too_long", "longer than 150 bytes; it has 152", id="long id",
        ),
        pytest.param(
            IDENTIFY | {"identifiers": {"email": "nobody"}},
            "/identifiers/email", "invalid_field", "address", id="no e-mail",
        ),
        pytest.param(
            EVENT | {"identifiers": {"anonymous_id": True}},
            "/identifiers/anonymous_id", "invalid_field", "boolean", id="anonymous_id",
        ),
        pytest.param(
            EVENT | {"name": " "}, "/name", "missing_field", "name cannot be blank", id="blank name"
        ),
        pytest.param(
            EVENT | {"name": "n" * 101},
            "/name", "too_long", "event name cannot be longer than 100 bytes", id="long name",
        ),
        pytest.param(
            EVENT | {"action": "page", "name": "n" * 1001},
            "/name", "too_long", "longer than 1000 bytes", id="long name of a page",
        ),
        pytest.param(
            EVENT | {"timestamp": "2024-05-06"}, "/timestamp", "invalid_field", "unix seconds",
            id="time is no number",
        ),
        pytest.param(
            EVENT | {"timestamp": -1}, "/timestamp", "invalid_field", "unix seconds", id="negative"
        ),
        pytest.param(
            EVENT | {"timestamp": True}, "/timestamp", "invalid_field", "unix seconds", id="boolean"
        ),
        pytest.param(
            EVENT | {"attributes": "x"}, "/attributes", "invalid_field", "hash", id="attributes"
        ),
        pytest.param(
            IDENTIFY | {"attributes": {"bio": "b" * 1001}},
            "/attributes/bio", "too_long", "property value cannot be longer than 1000 bytes",
            id="long value",
        ),
        pytest.param(
            IDENTIFY | {"attributes": {"n" * 151: 1}},
            "/attributes", "too_long", "attribute name cannot be longer than 150 bytes",
            id="long attribute name",
        ),
        pytest.param(
            IDENTIFY | {"attributes": {str(n): n for n in range(301)}},
            "/attributes", "too_long", "more than 300 attributes", id="301 attributes",
        ),
        pytest.param(
            IDENTIFY | {"attributes": {"anonymous_id": {}}},
            "/attributes/anonymous_id", "invalid_field", "string or a number", id="claim of a hash",
        ),
        pytest.param(
            {"type": "person", "action": "delete", "identifiers": {"anonymous_id": "a1"}},
            "/identifiers", "missing_field", "person", id="deletion of a stranger",
        ),
        pytest.param(
            {"type": "person", "action": "merge", "primary": {}, "secondary": {"id": "2"}},
            "/primary/id", "missing_field", "must be a string or a number", id="no primary",
        ),
        pytest.param(
            {"type": "person", "action": "merge", "primary": {"id": "1"}},
            "/secondary/id", "missing_field", "must be a string or a number", id="no secondary",
        ),
        pytest.param(
            {"type": "person", "action": "merge", "primary": {"id": "1", "email": "p@example.com"},
             "secondary": {"id": "2"}},
            "/primary/id", "invalid_field", "must be a string or a number", id="two primaries",
        ),
        pytest.param(
            {"type": "person", "action": "add_device", "identifiers": {"id": "1"},
             "device": {"token": "t"}},
            "/device/platform", "missing_field", "present", id="device without platform",
        ),
        pytest.param(
            {"type": "object", "action": "delete", "identifiers": {"object_type_id": "1"}},
            "/identifiers", "missing_field", "object_id", id="no object",
        ),
        pytest.param(
            {"type": "delivery", "action": "event", "identifiers": {"id": "d"}, "name": "eaten",
             "attributes": {"device_token": "t"}},
            "/name", "invalid_field", "opened, converted, delivered", id="unknown delivery event",
        ),
        pytest.param(
            {"type": "delivery", "action": "event", "identifiers": {"id": "d"}, "name": "opened",
             "attributes": {}},
            "/attributes/device_token", "missing_field", "device_token", id="no device token",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_at_its_place(operation, pointer, code, says):
    item = read(operation)

    assert isinstance(item, Rejected)
    (problem,) = item.problems
    assert (problem.pointer, problem.code) == (pointer, code)
    assert says in problem.message


@pytest.mark.parametrize("spare", [5, True, "x", {"anonymous_id": "a", "id": "u1"}, [1]])
def test_what_an_operation_has_no_use_for_harms_it_not(spare):
    merge = {"type": "person", "action": "merge", "primary": {"id": "1"}, "secondary": {"id": "2"}}
    unused = dict.fromkeys(("identifiers", "attributes", "device", "name"), spare)

    assert isinstance(read({**merge, **unused}), Operation)


def test_all_that_is_wrong_is_told_at_once():
    item = read(EVENT | {"name": "", "timestamp": "soon", "attributes": [], "identifiers": 5})

    assert {problem.pointer for problem in item.problems} == {
        "/name", "/timestamp", "/attributes", "/identifiers",
    }  # fmt: skip


def test_a_batch_is_read_item_by_item_in_its_order():
    items = parse_batch({"batch": [EVENT, 5, IDENTIFY]}, 500, T0)

    assert [(item.index, type(item)) for item in items] == [
        (0, Operation), (1, Rejected), (2, Operation),
    ]  # fmt: skip


def test_an_item_over_32_kb_or_too_deep_is_refused_alone():
    deep = {"a": 1}
    for _ in range(64):
        deep = {"a": deep}
    large = EVENT | {"attributes": {"x": "x" * 32_768}}

    items = parse_batch({"batch": [large, EVENT | {"attributes": deep}, EVENT]}, 40_000, T0)

    assert [item.problems[0].code for item in items[:2]] == ["too_long", "too_deep"]
    assert isinstance(items[2], Operation)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param([], "", id="array"),
        pytest.param("text", "", id="text"),
        pytest.param({}, "/batch", id="no batch"),
        pytest.param({"batch": None}, "/batch", id="null"),
        pytest.param({"batch": {}}, "/batch", id="batch is an object"),
    ],
)
def test_a_batch_that_is_none_is_refused_whole(body, pointer):
    with pytest.raises(RequestError) as refused:
        parse_batch(body, 10, T0)

    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_an_empty_batch_is_no_error():
    assert parse_batch({"batch": []}, 12, T0) == []


def test_an_entity_that_is_no_object_is_refused_whole():
    with pytest.raises(RequestError, match="not an array"):
        parse_entity([EVENT], T0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)  # fmt: skip
WORDS = [(kind, action) for kind, actions in OPERATIONS.items() for action in actions]


@given(
    words=st.sampled_from(WORDS),
    identifiers=st.dictionaries(
        st.sampled_from(["id", "email", "cio_id", "phone", "anonymous_id", "object_id"]),
        JSON, max_size=2,
    ) | JSON,
    fields=st.dictionaries(
        st.sampled_from(["name", "id", "timestamp", "attributes", "device", "primary"]), JSON
    ),
)  # fmt: skip
def test_what_was_taken_would_be_taken_again_and_is_the_same(words, identifiers, fields):
    kind, action = words
    item = read({**fields, "type": kind, "action": action, "identifiers": identifiers})

    if isinstance(item, Operation):
        assert read(item.record) == item
