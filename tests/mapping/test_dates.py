"""Which texts are dates, and how many seconds they are (contracts 7.4)."""

import pytest

from adapter.mapping.javascript.dates import iso_seconds, lenient_seconds

_ISO = {
    "a date": ("2024-01-02", 1704153600),
    "a time": ("2024-01-02T03:04:05Z", 1704164645),
    "a time without seconds": ("2024-01-02T03:04", 1704164640),
    "nine digits of a second": ("2024-01-02T03:04:05.123456789Z", 1704164645),
    "a zone": ("2024-01-02T03:04:05+02:00", 1704157445),
    "a zone without a colon": ("2024-01-02T03:04:05-0530", 1704184445),
    "half a second before the epoch": ("1969-12-31T23:59:59.5Z", -1),
    "the end of a day": ("2024-01-02T24:00:00Z", 1704240000),
    "the 31st of February": ("2024-02-31", 1709337600),
    "a year below 100 without a zone": ("0050-01-01", -631152000),
    "the year 50": ("0050-01-01T00:00:00Z", -60589296000),
    "the year zero": ("0000-01-01T00:00:00Z", -62167219200),
    "month 13": ("2024-13-01", None),
    "a leap second": ("2016-12-31T23:59:60Z", None),
    "a zone of a day": ("2024-01-02T03:04:05+24:00", None),
    "a blank instead of T": ("2024-01-02 03:04:05", None),
    "ten other characters": ("0123-56-89", None),
    "digits": ("1714979289", None),
    # As long as what libraries write, and with its marks where theirs are.
    "milliseconds": ("2024-01-02T03:04:05.999Z", 1704164645),
    "milliseconds before the epoch": ("1969-12-31T23:59:59.001Z", -1),
    "milliseconds on the 31st of February": ("2024-02-31T00:00:00.000Z", 1709337600),
    "milliseconds at the end of a day": ("2024-01-02T24:00:00.000Z", 1704240000),
    "milliseconds in the year 50": ("0050-01-01T00:00:00.000Z", -60589296000),
    "milliseconds in month 13": ("2024-13-01T00:00:00.000Z", None),
    "milliseconds after dots": ("2024-01-02T03.04.05.000Z", None),
    "milliseconds with a blank": ("2024-01-02T03:04: 5.000Z", None),
    "Arabic digits": ("2024-01-02T03:04:0\u0665.000Z", None),
}

_LENIENT = {
    "a blank instead of T": ("2024-01-02 03:04:05", 1704164645),
    "a blank and a zone": ("2024-01-02 03:04:05 +0200", 1704157445),
    "a small t": ("2024-01-02t03:04:05z", 1704164645),
    "slashes": ("2024/1/2", 1704153600),
    "month 13": ("2024-13-01", 1735689600),
    "day zero": ("2024-01-00", 1703980800),
    "digits": ("1714979289", None),
    "a word": ("soon", None),
}


@pytest.mark.parametrize(("text", "seconds"), _ISO.values(), ids=_ISO.keys())
def test_attributes_are_converted_if_they_are(text, seconds):
    assert iso_seconds(text) == seconds


@pytest.mark.parametrize(("text", "seconds"), _LENIENT.values(), ids=_LENIENT.keys())
def test_timestamps_may_also_be(text, seconds):
    assert lenient_seconds(text) == seconds
