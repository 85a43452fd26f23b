"""The clock, and instants as whole microseconds."""

import pytest

from adapter.clock import RehearsalClock, iso, parse_instant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-03-01T10:00:00Z", "2026-03-01T10:00:00.000000Z", id="Z"),
        pytest.param("2026-03-01T10:00:00+01:00", "2026-03-01T09:00:00.000000Z", id="offset"),
        pytest.param("2026-03-01T10:00:00+0100", "2026-03-01T09:00:00.000000Z", id="no colon"),
        pytest.param("2026-03-01", "2026-03-01T00:00:00.000000Z", id="date alone"),
        pytest.param("2026-03-01T10:00:00", "2026-03-01T10:00:00.000000Z", id="no zone"),
        pytest.param(
            "2026-03-01T10:00:00.123456789Z", "2026-03-01T10:00:00.123456Z", id="nanoseconds"
        ),
        pytest.param("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z", id="long ago"),
    ],
)
def test_a_time_is_read_to_the_microsecond(text, expected):
    assert iso(parse_instant(text)) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "10:00", "2026", "2026-13-01"])
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError):
        parse_instant(text)


def test_t5_a_rehearsal_clock_follows_its_file_and_stands_still_while_it_cannot_be_read(tmp_path):
    file = tmp_path / "clock.txt"
    file.write_text("2026-03-01T10:00:00Z\n")
    clock = RehearsalClock(file)
    first = clock.now()

    file.write_text("")
    standing = clock.now()
    file.write_text("2026-03-01T10:05:00Z")

    assert (iso(first), standing) == ("2026-03-01T10:00:00.000000Z", first)
    assert iso(clock.now()) == "2026-03-01T10:05:00.000000Z"


def test_a_rehearsal_clock_without_a_readable_file_is_refused(tmp_path):
    file = tmp_path / "clock.txt"
    file.write_text("soon")

    with pytest.raises(ValueError):
        RehearsalClock(file).now()
