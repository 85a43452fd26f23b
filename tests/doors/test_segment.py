"""A webhook's body becomes calls and rejected items (contracts 1, 8.2)."""

import json

import pytest

from adapter.clock import DAY, parse_instant
from adapter.doors.items import Batch, Call, Rejected
from adapter.doors.segment import parse
from adapter.doors.times import Stamp
from adapter.errors import BodyTooLarge, RequestError
from adapter.model.reasons import Reason
from adapter.model.workspaces import ReceivedAt
from tests.build import T0, at

STAMP = Stamp(T0)
TRACK = {"type": "track", "event": "Order", "anonymousId": "a1", "messageId": "m1"}


def items_of(body, stamp=STAMP):
    return parse(json.dumps(body).encode(), stamp).items


def call_of(call, stamp=STAMP):
    (item,) = items_of(call, stamp)
    assert isinstance(item, Call), item
    return item


def rejected_of(item):
    (found,) = items_of([item])
    assert isinstance(found, Rejected), found
    return found


def test_an_ordinary_call_goes_to_the_mapping_as_it_came():
    call = {**TRACK, "timestamp": "2024-05-06T07:08:09.876Z", "properties": {"n": 1}}

    expected = Call(
        index=0,
        type="track",
        message_id="m1",
        received_at=T0,
        timestamp="2024-05-06T07:08:09.876Z",
        payload=call,
        record=call,
        notes=(),
    )
    assert parse(json.dumps(call).encode(), STAMP) == Batch([expected], single=True, stamp=STAMP)


def test_items_keep_their_order_and_place():
    batch = parse(json.dumps([TRACK, None, TRACK]).encode(), STAMP)

    assert [(type(item), item.index) for item in batch.items] == [
        (Call, 0), (Rejected, 1), (Call, 2),
    ]  # fmt: skip
    assert not batch.single


def test_an_empty_array_holds_nothing():
    batch = parse(b"[]", STAMP)

    assert (batch.items, batch.single) == ([], False)


def test_4000_items_pass_and_one_more_is_refused_naming_limit_and_count():
    assert len(items_of([TRACK] * 4000)) == 4000
    with pytest.raises(BodyTooLarge, match="4001 items, the limit is 4000"):
        items_of([TRACK] * 4001)


@pytest.mark.parametrize("body", [None, "text", 5, True])
def test_a_body_that_is_no_object_and_no_array_is_refused(body):
    with pytest.raises(RequestError, match="must be a JSON object or an array"):
        items_of(body)


@pytest.mark.parametrize("wrapped", [{"json": TRACK}, [{"json": TRACK}]])
def test_extensible_webhooks_wrapper_is_taken_off(wrapped):
    assert call_of(wrapped).payload == TRACK


@pytest.mark.parametrize(
    ("item", "code", "pointer"),
    [
        pytest.param(None, "invalid_field", "", id="null"),
        pytest.param("text", "invalid_field", "", id="text"),
        pytest.param([TRACK], "invalid_field", "", id="array"),
        pytest.param({"json": 5}, "invalid_field", "", id="wrapped number"),
        pytest.param({"body": "a=1&b=2"}, "invalid_field", "/body", id="form text"),
        pytest.param(TRACK | {"event": "e" * 101}, "too_long", "/event", id="long event name"),
        pytest.param(TRACK | {"userId": "u" * 151}, "too_long", "/userId", id="long userId"),
        pytest.param(TRACK | {"anonymousId": {}}, "invalid_field", "/anonymousId", id="wrong id"),
        pytest.param(TRACK | {"properties": []}, "invalid_field", "/properties", id="properties"),
    ],
)
def test_an_item_is_rejected_with_its_place(item, code, pointer):
    problem = rejected_of(item).problems[0]

    assert (problem.code, problem.pointer) == (code, pointer)


def test_a_rejected_item_keeps_its_record_and_the_senders_id():
    item = TRACK | {"properties": 1}

    rejected = rejected_of(item)

    assert (rejected.record, rejected.message_id, rejected.received_at) == (item, "m1", T0)


def test_what_fits_badly_reaches_the_mapping_mended_and_stays_raw_in_the_record():
    call = {"type": "track", "event": 5, "userId": "", "anonymousId": 7, "messageId": None, "x": 1}

    read = call_of(call)

    assert read.payload == {"type": "track", "event": "5", "anonymousId": "7", "x": 1}
    assert (read.record, read.message_id) == (call, None)


def test_an_alias_in_segments_odd_spelling_is_understood():
    read = call_of({"type": "alias", "Previous ID": "old", "User ID": 5})

    assert (read.payload["previousId"], read.payload["userId"]) == ("old", "5")


def test_proper_spelling_wins_over_odd_spelling():
    read = call_of({"type": "alias", "previousId": "old", "Previous ID": "odd", "userId": "u"})

    assert read.payload["previousId"] == "old"


@pytest.mark.parametrize("kind", ["made_up", "Track", "", None, 5, {}])
def test_a_payload_of_another_type_is_left_to_the_mapping(kind):
    payload = {"type": kind, "userId": ["any"], "properties": 1}

    assert call_of(payload).payload == payload


def test_t3_a_missing_timestamp_is_written_where_the_mapping_sees_it():
    clocks = {
        "originalTimestamp": "2024-05-06T07:00:00Z",
        "sentAt": "2024-05-06T07:00:30Z",
        "receivedAt": "2024-05-06T09:00:00Z",
    }

    read = call_of(TRACK | clocks | {"timestamp": None})

    assert read.timestamp == read.payload["timestamp"] == "2024-05-06T08:59:30.000000Z"


def test_t3_a_timestamp_that_is_there_was_corrected_already():
    clocks = {"originalTimestamp": "2024-05-06T07:00:00Z", "sentAt": "2024-05-06T07:00:30Z"}

    assert call_of(TRACK | clocks | {"timestamp": "2024-05-06"}).timestamp == "2024-05-06"


def test_t4_clocks_that_cannot_be_read_are_noted():
    read = call_of(TRACK | {"originalTimestamp": "soon", "sentAt": "2024-05-06T07:00:30Z"})

    assert (read.timestamp, read.notes) == (None, (Reason.TIMESTAMP_UNREADABLE,))


NOW = parse_instant("2026-03-01T10:00:00Z")


@pytest.mark.parametrize(
    ("written", "expected", "notes"),
    [
        pytest.param("2026-03-01T10:00:00.000Z", NOW, (), id="now"),
        pytest.param("2026-03-01T09:00:00.000Z", at(hours=-1), (), id="an hour ago"),
        pytest.param("2026-01-30T10:00:00.001Z", at(days=-30, us=1000), (), id="just in retention"),
        pytest.param("2026-01-30T10:00:00.000Z", NOW, (Reason.RECEIVED_AT_REFUSED,), id="30 days"),
        pytest.param("2026-03-01T10:00:00.001Z", NOW, (Reason.RECEIVED_AT_REFUSED,), id="future"),
        pytest.param("yesterday", NOW, (Reason.RECEIVED_AT_REFUSED,), id="unreadable"),
        pytest.param(None, NOW, (Reason.RECEIVED_AT_REFUSED,), id="missing"),
    ],
)
def test_t2_segments_clock_is_taken_if_it_can_be_believed(written, expected, notes):
    stamp = Stamp(NOW, ReceivedAt.SEGMENT, 30 * DAY)

    read = call_of(TRACK | {"receivedAt": written}, stamp)

    assert (read.received_at, read.notes) == (expected, notes)


def test_t1_the_adapters_clock_is_taken_by_default():
    assert call_of(TRACK | {"receivedAt": "2026-02-01T00:00:00Z"}).received_at == T0
