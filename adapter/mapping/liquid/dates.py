"""The filter ``date``: instants read and written as Segment's engine does, in UTC."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from adapter.clock import SECOND, SystemClock
from adapter.mapping.liquid.values import written

_USUAL: Final = "%A, %B %-e, %Y at %-l:%M %P %z"
_CODE: Final = re.compile(r"%([-_0^#:]+)?(\d+)?([EO])?(.)")
_ZONE: Final = re.compile(r"GMT([+-]\d{4})")
_WEEK: Final = re.compile(r"[0-9]{4}-?W")
_DIGITS: Final = re.compile(r"[0-9]+")
_DAYS: Final = tuple(
    f"{day}{time}"
    for day in ("%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y",
                "%m/%d/%Y", "%Y/%m/%d", "%Y-%m-%d", "%Y-%m")
    for time in ("", " %H:%M", " %H:%M:%S")
)  # fmt: skip
_WIDEST: Final = 1000
_NOON: Final = 12


def date(value: Any, form: Any = None) -> Any:
    """Write an instant in a form like ``%Y-%m-%d``; what cannot be read stays as it is.

    Quirk: "now" is the machine's own time, whenever it is asked.
    """
    moment = _read(value)
    if moment is None:
        return value
    return _CODE.sub(lambda code: _written(moment, code), _USUAL if form is None else written(form))


def _read(value: Any) -> datetime | None:
    if value in ("now", "today"):
        return datetime.fromtimestamp(SystemClock().now() / SECOND, UTC)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, str):
        return _read_text(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(value, UTC)
    return None


def _read_text(text: str) -> datetime | None:
    if _WEEK.match(text):
        return None
    readers: tuple[Callable[[], datetime], ...] = (
        lambda: datetime.fromisoformat(text),
        lambda: parsedate_to_datetime(_ZONE.sub(r"\1", text)),
        *((lambda form=form: datetime.strptime(text, form)) for form in _DAYS),  # noqa: DTZ007
    )
    for read in readers:
        with suppress(ValueError):
            moment = read()
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return None


def _written(moment: datetime, code: re.Match[str]) -> str:
    flags, width, _, letter = code.groups(default="")
    if letter not in _PARTS:
        return code[0]
    text, fill, least = _PARTS[letter](moment, flags), "0", _WIDTHS.get(letter, 0)
    if letter in _FILLED_WITH_BLANKS:
        fill = " "
    if letter == "N":
        return text[: int(width or 9)].ljust(min(int(width or 9), _WIDEST), "0")
    if "^" in flags:
        text = text.upper()
    elif "#" in flags:
        text = text.upper() if any(map(str.islower, text)) else text.lower()
    if "_" in flags:
        fill = " "
    elif "0" in flags:
        fill = "0"
    return text if "-" in flags else text.rjust(min(int(width or least), _WIDEST), fill)


def _hour(moment: datetime) -> str:
    return str(moment.hour % _NOON or _NOON)


def _ordinal(moment: datetime) -> str:
    if moment.day in {11, 12, 13}:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(moment.day % 10, "th")


def _half(moment: datetime) -> str:
    return "AM" if moment.hour < _NOON else "PM"


def _day(moment: datetime) -> str:
    return f"{moment.month}/{moment.day}/{moment.year}"


def _time(moment: datetime) -> str:
    return f"{_hour(moment)}:{moment:%M:%S} {_half(moment)}"


_PARTS: Final[dict[str, Callable[[datetime, str], str]]] = {
    "a": lambda moment, _: f"{moment:%a}",
    "A": lambda moment, _: f"{moment:%A}",
    "b": lambda moment, _: f"{moment:%b}",
    "B": lambda moment, _: f"{moment:%B}",
    "c": lambda moment, _: f"{_day(moment)}, {_time(moment)}",
    "C": lambda moment, _: str(moment.year // 100),
    "d": lambda moment, _: str(moment.day),
    "e": lambda moment, _: str(moment.day),
    "h": lambda moment, _: f"{moment:%b}",
    "H": lambda moment, _: str(moment.hour),
    "I": lambda moment, _: _hour(moment),
    "j": lambda moment, _: str(moment.timetuple().tm_yday),
    "k": lambda moment, _: str(moment.hour),
    "l": lambda moment, _: _hour(moment),
    "L": lambda moment, _: str(moment.microsecond // 1000),
    "m": lambda moment, _: str(moment.month),
    "M": lambda moment, _: str(moment.minute),
    "n": lambda _, __: "\n",
    "N": lambda moment, _: f"{moment.microsecond // 1000:03}",
    "p": lambda moment, _: _half(moment),
    "P": lambda moment, _: _half(moment).lower(),
    "q": lambda moment, _: _ordinal(moment),
    "s": lambda moment, _: str(int(moment.timestamp() // 1)),
    "S": lambda moment, _: str(moment.second),
    "t": lambda _, __: "\t",
    "u": lambda moment, _: str(moment.isoweekday()),
    "U": lambda moment, _: str(int(f"{moment:%U}")),
    "w": lambda moment, _: str(moment.isoweekday() % 7),
    "W": lambda moment, _: str(int(f"{moment:%W}")),
    "x": lambda moment, _: _day(moment),
    "X": lambda moment, _: _time(moment),
    "y": lambda moment, _: str(moment.year % 100),
    "Y": lambda moment, _: str(moment.year),
    "z": lambda _, flags: "+00:00" if ":" in flags else "+0000",
    "Z": lambda _, __: "UTC",
    "%": lambda _, __: "%",
}
_WIDTHS: Final = {
    "C": 2, "d": 2, "e": 2, "H": 2, "I": 2, "j": 3, "k": 2, "l": 2, "L": 3, "m": 2, "M": 2,
    "S": 2, "U": 2, "W": 2, "y": 2, "Y": 4,
}  # fmt: skip
_FILLED_WITH_BLANKS: Final = frozenset("aAbBceklpP")
