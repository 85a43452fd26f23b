"""Contracts 3.6: devices as Customer.io's clients send them."""

import pytest

from adapter.clock import parse_instant
from adapter.doors.operations import message_of
from adapter.model.messages import AddDevice, DeleteDevice
from adapter.model.reasons import Reason
from tests.build import T0
from tests.doors.test_operations import COMMON, ENVELOPE, U1


def added(timestamp=None, **device):
    operation = {
        "type": "person",
        "action": "add_device",
        "identifiers": {"id": "u1"},
        "device": {"token": "t", "platform": "ios", **device},
    }
    return message_of(operation, envelope=ENVELOPE, timestamp=timestamp)


def test_flat_keys_are_attributes_and_those_under_attributes_win():
    message = added(foo="flat", bar=1, attributes={"foo": "inner"})

    expected = AddDevice(
        **COMMON,
        person=U1,
        token="t",
        platform="ios",
        last_used=T0,
        attributes={"foo": "inner", "bar": 1},
    )
    assert message == expected


@pytest.mark.parametrize(
    ("last_used", "expected"),
    [
        pytest.param(1714979289, "2024-05-06T07:08:09Z", id="Unix seconds"),
        pytest.param("1714979289", "2024-05-06T07:08:09Z", id="a text of digits"),
        pytest.param("2024-05-06T07:08:09.5Z", "2024-05-06T07:08:09.5Z", id="ISO-8601"),
        pytest.param(1714979289123, "2024-05-06T07:08:09.123Z", id="milliseconds"),
    ],
)
def test_last_used_is_read_as_a_number_or_a_text(last_used, expected):
    assert added(last_used=last_used).last_used == parse_instant(expected)


@pytest.mark.parametrize("absent", [None, "", " "])
def test_a_device_without_last_use_is_used_when_it_says_so(absent):
    assert added("2024-05-06T07:08:09Z", last_used=absent).last_used == parse_instant(
        "2024-05-06T07:08:09Z"
    )


@pytest.mark.parametrize("odd", ["soon", True, -1, {}])
def test_t4_a_last_use_that_cannot_be_read_is_noted(odd):
    message = added(odd if isinstance(odd, str) else None, last_used=odd)

    assert (message.last_used, message.notes) == (T0, (Reason.TIMESTAMP_UNREADABLE,))


def test_a_device_is_deleted_by_its_token():
    operation = {
        "type": "person",
        "action": "delete_device",
        "identifiers": {"id": "u1"},
        "device": {"token": 5},
    }

    message = message_of(operation, envelope=ENVELOPE, timestamp=None)

    assert message == DeleteDevice(**COMMON, person=U1, token="5")
