"""Dates in texts, as Segment's destination recognises and converts them (contracts 7.4)."""

import math
import re
from datetime import UTC, date, datetime

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"(Z|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))?)?"
)
_LENIENT = re.compile(
    r"([0-9]{4})[-/]?([0-9]{1,2})?[-/]?([0-9]{0,2})[Tt\s]*"
    r"([0-9]{1,2})?:?([0-9]{1,2})?:?([0-9]{1,2})?[.:]?([0-9]+)?"
)
_DIGITS = re.compile(r"[0-9]+(\.[0-9]+)?")

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_CYCLE_YEARS = 400
_CYCLE_DAYS = 146_097
_SHORTEST = 10
_LONGEST = 35
_USUAL = len("2026-03-01T10:00:00.000Z")
_DAY = 86_400


def iso_seconds(text: str) -> int | None:
    """Give the Unix seconds of an ISO-8601 text, floored; None if it is none.

    A date alone is its midnight, a time without a zone is UTC, and 31 February is 2 March.

    Quirk: a year below 100 without a zone is taken for one of the 20th century.
    """
    if not _SHORTEST <= len(text) <= _LONGEST or text[4] != "-" or text[7] != "-":
        return None
    if len(text) == _USUAL and text[_SHORTEST] == "T" and text[-5] == "." and text[-1] == "Z":
        seconds = _usual_seconds(text)
        if seconds is not None:
            return seconds
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _seconds(match)
    if moment.tzinfo is None:
        if moment.year < 100:  # noqa: PLR2004
            return _seconds(match)
        moment = moment.replace(tzinfo=UTC)
    return math.floor(moment.timestamp())


def _usual_seconds(text: str) -> int | None:
    """Read what every library of Segment's writes: ``2026-03-01T10:00:00.000Z``; None if odd."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    days = moment.toordinal() - _EPOCH_DAY
    return days * _DAY + moment.hour * 3_600 + moment.minute * 60 + moment.second


def lenient_seconds(text: str) -> int | None:
    """Give the Unix seconds of the timestamp of a call, which may be written more loosely.

    Digits alone are no date: they pass for Unix seconds already. Parts may overflow (month 13 is
    next January).
    """
    seconds = iso_seconds(text)
    if seconds is None and text[_SHORTEST : _SHORTEST + 1] in {"t", " "}:
        seconds = iso_seconds(
            f"{text[:_SHORTEST]}T{text[_SHORTEST + 1 :].upper().replace(' ', '')}"
        )
    if seconds is not None or _DIGITS.fullmatch(text):
        return seconds
    match = _LENIENT.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) if part else 1 for part in match.groups()[:3])
    hour, minute, second = (int(part or 0) for part in match.groups()[3:6])
    years = _full_year(year) + (month - 1) // 12
    return _midnight(years, (month - 1) % 12 + 1, day) + _clock(hour, minute, second)


def _seconds(match: re.Match[str]) -> int | None:
    """Do it by hand for what Python's own reader refuses: 31 February, 24:00, the year 0."""
    year, month, day, hour, minute, second, fraction = (
        int(part or 0) for part in match.groups()[:7]
    )
    zone, sign, zone_hour, zone_minute = match.groups()[7:]
    if not (1 <= month <= 12 and 1 <= day <= 31 and _is_time(hour, minute, second, fraction)):  # noqa: PLR2004
        return None
    if zone is None:
        return _midnight(_full_year(year), month, day) + _clock(hour, minute, second)
    seconds = _midnight(year, month, day) + _clock(hour, minute, second)
    if sign is None:
        return seconds
    offset = _clock(int(zone_hour), int(zone_minute))
    return seconds + offset if sign == "-" else seconds - offset


def _is_time(hour: int, minute: int, second: int = 0, fraction: int = 0) -> bool:
    """Tell whether this is a time of day; 24:00:00 is the end of it."""
    if hour == 24:  # noqa: PLR2004
        return not (minute or second or fraction)
    return hour < 24 and minute < 60 and second < 60  # noqa: PLR2004


def _full_year(year: int) -> int:
    return year + 1900 if year < 100 else year  # noqa: PLR2004


def _clock(hour: int, minute: int, second: int = 0) -> int:
    return hour * 3_600 + minute * 60 + second


def _midnight(year: int, month: int, day: int) -> int:
    # Python's calendar begins in the year 1, JavaScript's long before: shift by a whole cycle.
    first = date(year % _CYCLE_YEARS + _CYCLE_YEARS, month, 1).toordinal() - _EPOCH_DAY
    cycles = year // _CYCLE_YEARS - 1
    return (first + cycles * _CYCLE_DAYS + day - 1) * _DAY
