"""The times a sender writes: when it happened (T3, T4), and when Segment received it (T2)."""

import re
from typing import Any, NamedTuple

from adapter.clock import SECOND, Instant, parse_instant
from adapter.model.workspaces import ReceivedAt

MILLISECONDS_ABOVE = 100_000_000_000
"""A larger Unix number counts milliseconds (contracts 3.5)."""

_FIRST = parse_instant("0001-01-01")
_LAST = parse_instant("9999-12-31T23:59:59.999999Z")
_LONGEST = 40
_ISO_DASH = 4
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+")


class Stamp(NamedTuple):
    """How calls get their time of receipt (T1, T2).

    Attributes:
        now: the adapter's clock, read once per request.
        clock: whose clock the source goes by.
        retention: in microseconds; Segment's clock is not believed further back.
    """

    now: Instant
    clock: ReceivedAt = ReceivedAt.ARRIVAL
    retention: int = 0


def read_time(value: Any) -> Instant:
    """Read a time as senders write it.

    Args:
        value: ISO-8601 text (contracts 2.6), or Unix seconds as int, float or the text of one;
            numbers above 10^11 are milliseconds (contracts 3.5).

    Raises:
        ValueError: it is none of these, is negative, or lies outside the years 1 to 9999.
    """
    if isinstance(value, str) and len(value) <= _LONGEST:
        number = None if value[_ISO_DASH : _ISO_DASH + 1] == "-" else _number_in(value)
        instant = parse_instant(value) if number is None else _from_unix(number)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        instant = _from_unix(value)
    else:
        raise ValueError("neither ISO-8601 nor Unix seconds")
    return _writable(instant)


def read_unix_seconds(value: Any) -> int:
    """Read a time as Customer.io's own calls write it: Unix seconds (contracts 3.5).

    Args:
        value: a number, or a text of digits; above 10^11 it counts milliseconds. Fractions are
            cut off.

    Raises:
        ValueError: it is neither, is negative, or lies beyond the year 9999.
    """
    if isinstance(value, str) and not (_is_digits(value) and len(value) <= _LONGEST):
        raise ValueError("no Unix time")
    return read_time(value) // SECOND


def is_absent(value: Any) -> bool:
    """Tell whether a field says nothing: missing, null or blank (X10)."""
    return value is None or (isinstance(value, str) and not value.strip())


def corrected_time(call: dict[str, Any], received_at: Instant) -> Instant | None:
    """Work out when a call without ``timestamp`` happened, free of the sender's clock error (T3).

    Args:
        call: with ``originalTimestamp``, ``sentAt`` and perhaps ``receivedAt``.
        received_at: stands in for a missing ``receivedAt``.

    Returns:
        ``receivedAt - (sentAt - originalTimestamp)``; None if the call does not give both.

    Raises:
        ValueError: one of the three cannot be read, or they are ages apart.
    """
    original, sent = call.get("originalTimestamp"), call.get("sentAt")
    if is_absent(original) or is_absent(sent):
        return None
    received = call.get("receivedAt")
    arrival = received_at if is_absent(received) else read_time(received)
    return _writable(Instant(arrival - (read_time(sent) - read_time(original))))


def _writable(instant: Instant) -> Instant:
    """Refuse what could not be written as ISO-8601 again."""
    if not _FIRST <= instant <= _LAST:
        raise ValueError("outside the years 1 to 9999")
    return instant


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _number_in(text: str) -> float | None:
    """Read a number, which a mapping made a text of; None if it is none."""
    if _is_digits(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else None


def _from_unix(number: float) -> Instant:
    if not 0 <= number < MILLISECONDS_ABOVE * 1_000:
        raise ValueError("no Unix time")
    unit = SECOND if number <= MILLISECONDS_ABOVE else SECOND // 1_000
    return Instant(round(number * unit))
