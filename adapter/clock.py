"""The product's only clock (rule T5), and instants as whole microseconds.

An instant is an integer: microseconds since the Unix epoch, UTC. Integers compare exactly, have no
zone to get wrong, and are stored by every database as they are.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NewType, Protocol

Instant = NewType("Instant", int)

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

BEGINNING = Instant(0)
"""Before all that was ever received."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONG_FRACTION = re.compile(r"(\.\d{6})\d+")
_LONGEST_WITHOUT_NANOSECONDS = len("2026-03-01T10:00:00.123456")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DURATION = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}


class Clock(Protocol):
    """Answers what time it is."""

    def now(self) -> Instant:
        """Return the present instant."""


class SystemClock:
    """The machine's clock. Only ``bootstrap`` makes one, and Liquid's "now"."""

    def now(self) -> Instant:
        """Return the machine's time."""
        return instant_of(datetime.now(UTC))  # noqa: TID251 - this is the clock


class ManualClock:
    """A clock that stands still until it is moved: for tests, replay, preview and simulation."""

    def __init__(self, at: Instant) -> None:
        self._at = at

    def now(self) -> Instant:
        """Return the instant it was last set to."""
        return self._at

    def set(self, at: Instant) -> None:
        """Move to another instant, in either direction."""
        self._at = at

    def advance(self, microseconds: int) -> None:
        """Move on by a number of microseconds."""
        self._at = Instant(self._at + microseconds)


class RehearsalClock:
    """The instant written in a file, read whenever the time is asked (``--rehearsal-clock``).

    While the file cannot be read, as in the moment in which it is written anew, time stands still
    at what it held before.

    Args:
        path: a file that holds one ISO-8601 instant and nothing else.

    Raises:
        ValueError: from ``now`` when the file has never held a readable instant.
        OSError: from ``now`` when the file could never be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: Instant | None = None

    def now(self) -> Instant:
        """Read the file and return its instant."""
        try:
            self._last = parse_instant(self._path.read_text(encoding="utf-8").strip())
        except (OSError, ValueError):
            if self._last is None:
                raise
        return self._last


def parse_instant(text: str) -> Instant:
    """Read an ISO-8601 time; without a zone it is UTC, a date alone is its midnight.

    Accepts 0 to 9 fraction digits (those past the sixth are cut), ``Z`` or ``z``, ``+hh:mm`` and
    ``+hhmm`` (contracts 2.6).

    Raises:
        ValueError: if it is not such a text.
    """
    if not _DATE.match(text):
        raise ValueError(f"not an ISO-8601 time: {text!r}")
    if len(text) > _LONGEST_WITHOUT_NANOSECONDS:
        text = _LONG_FRACTION.sub(r"\1", text)
    if text[-1] == "z":
        text = f"{text[:-1]}Z"
    moment = datetime.fromisoformat(text)
    return instant_of(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def parse_duration(text: str) -> int:
    """Read a number and a unit, such as ``24h``, as microseconds.

    Raises:
        ValueError: if it is not such a text.
    """
    matched = _DURATION.fullmatch(text)
    if matched is None:
        raise ValueError(f"{text!r} is no duration; write 90s, 15m, 24h, 30d or 4w")
    return int(matched[1]) * _UNITS[matched[2]]


def instant_of(moment: datetime) -> Instant:
    """Turn an aware datetime into an instant."""
    since = moment - _EPOCH
    return Instant(since.days * DAY + since.seconds * SECOND + since.microseconds)


def iso(instant: int) -> str:
    """Write an instant as ISO-8601 with microseconds and ``Z``."""
    moment = _EPOCH + timedelta(microseconds=instant)
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def unix_seconds(instant: int) -> int:
    """Floor an instant to whole Unix seconds."""
    return instant // SECOND
