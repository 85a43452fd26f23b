"""Times as senders write them (T3, T4)."""

import pytest

from adapter.clock import parse_instant
from adapter.doors.times import corrected_time, read_time


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("2024-05-06T07:08:09.876Z", "2024-05-06T07:08:09.876Z", id="milliseconds"),
        pytest.param("2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z", id="whole seconds"),
        pytest.param("2024-05-06T07:08:09.123456789Z", "2024-05-06T07:08:09.123456Z", id="nano"),
        pytest.param("2024-05-06T09:08:09+02:00", "2024-05-06T07:08:09Z", id="with a zone"),
        pytest.param("2024-05-06", "2024-05-06T00:00:00Z", id="date alone"),
        pytest.param(1714979289, "2024-05-06T07:08:09Z", id="Unix seconds"),
        pytest.param(1714979289.876, "2024-05-06T07:08:09.876Z", id="Unix seconds, fraction"),
        pytest.param("1714979289", "2024-05-06T07:08:09Z", id="Unix seconds as text"),
        pytest.param("1714979289.876", "2024-05-06T07:08:09.876Z", id="their fraction as text"),
        pytest.param("2024-05-06t07:08:09z", "2024-05-06T07:08:09Z", id="in small letters"),
        pytest.param(1714979289876, "2024-05-06T07:08:09.876Z", id="Unix milliseconds"),
        pytest.param("1714979289876", "2024-05-06T07:08:09.876Z", id="milliseconds as text"),
        pytest.param(100_000_000_000, "5138-11-16T09:46:40Z", id="last number of seconds"),
        pytest.param(100_000_000_001, "1973-03-03T09:46:40.001Z", id="first of milliseconds"),
        pytest.param(0, "1970-01-01T00:00:00Z", id="the epoch"),
    ],
)
def test_a_time_is_read(written, expected):
    assert read_time(written) == parse_instant(expected)


@pytest.mark.parametrize(
    "written",
    [None, True, "", "soon", -1, "-1", [], {}, 1e300, "9" * 30, "2024-13-01", "24-05-06", "٣" * 10,
     "1.", ".5", "1e9", "-1.5", "1_0.5", "2024-05-06T07:08:09z ", "0001-01-01T00:00:00+10:00"],
)  # fmt: skip
def test_a_time_is_unreadable_when(written):
    with pytest.raises(ValueError):
        read_time(written)


RECEIVED = parse_instant("2024-05-06T10:00:00Z")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        pytest.param(
            {
                "originalTimestamp": "2024-05-06T07:00:00Z",
                "sentAt": "2024-05-06T07:00:30Z",
                "receivedAt": "2024-05-06T09:00:00Z",
            },
            parse_instant("2024-05-06T08:59:30Z"),
            id="Segment's receivedAt less the delay at the sender",
        ),
        pytest.param(
            {"originalTimestamp": "2024-05-06T07:00:00Z", "sentAt": "2024-05-06T07:00:30Z"},
            parse_instant("2024-05-06T09:59:30Z"),
            id="our clock where Segment's is missing",
        ),
        pytest.param({"originalTimestamp": "2024-05-06T07:00:00Z"}, None, id="without sentAt"),
        pytest.param({"sentAt": "2024-05-06T07:00:00Z"}, None, id="without originalTimestamp"),
    ],
)
def test_t3_a_missing_timestamp_is_worked_out(call, expected):
    assert corrected_time(call, RECEIVED) == expected
