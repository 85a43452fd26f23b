"""How JavaScript writes values as text: ``String()`` and ``JSON.stringify``."""

import math
import re
from collections.abc import Iterator
from typing import Any

import orjson

WHITESPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What ``trim()`` removes; Python's own idea of white space differs."""

_LARGEST_EXACT = 2**53
_SMALLEST_PLAIN = 1e-6
_LARGEST_PLAIN = 1e21
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_RADIX = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
_DECIMAL = re.compile(r"[+-]?(?:Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)")


def string_of(value: Any) -> str:
    """Write a value as ``String(value)`` does."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list):
        return ",".join(_item_text(item) for item in value)
    return "[object Object]" if isinstance(value, dict) else "undefined"


def number_text(number: int | float) -> str:  # noqa: PYI041 - both occur, and they print apart
    """Write a number as JavaScript does: 1.0 is ``1``, 1e21 is ``1e+21``, -0 is ``0``."""
    if isinstance(number, int):
        if -_LARGEST_EXACT <= number <= _LARGEST_EXACT:
            return str(number)
        number = float(number)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    mantissa, _, exponent = repr(number).partition("e")
    if _SMALLEST_PLAIN <= abs(number) < _LARGEST_PLAIN:
        return _plain(mantissa, int(exponent)) if exponent else mantissa.removesuffix(".0")
    if not exponent:
        raise AssertionError(number)
    return f"{mantissa.removesuffix('.0')}e{exponent[0]}{exponent[1:].lstrip('0')}"


def number_of(value: Any) -> float:
    """Read a value as ``Number(value)`` does; what is no number is NaN."""
    if isinstance(value, bool | int | float):
        return float(value)
    if value is None:
        return 0.0
    if not isinstance(value, str):
        return math.nan
    text = value.strip(WHITESPACE)
    if not text:
        return 0.0
    if _RADIX.fullmatch(text):
        return float(int(text, 0))
    return float(text) if _DECIMAL.fullmatch(text) else math.nan


def utf16_length(text: str) -> int:
    """Count UTF-16 units, as ``.length`` does."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def quoted(text: str) -> str:
    """Write a text as a JSON string; lone surrogates become escapes."""
    try:
        return orjson.dumps(text).decode()
    except TypeError:
        pieces = _LONE_SURROGATE.split(text)
        escapes = [f"\\u{ord(unit):04x}" for unit in _LONE_SURROGATE.findall(text)]
        bodies = [orjson.dumps(piece).decode()[1:-1] for piece in pieces]
        return f'"{"".join(_interleave(bodies, escapes))}"'


def _interleave(bodies: list[str], escapes: list[str]) -> Iterator[str]:
    for body, escape in zip(bodies, [*escapes, ""], strict=True):
        yield body
        yield escape


def _item_text(item: Any) -> str:
    text = string_of(item)
    return "" if item is None or (text == "undefined" and not isinstance(item, str)) else text


def _plain(mantissa: str, exponent: int) -> str:
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = whole + ("" if fraction == "0" else fraction)
    point = len(whole) + exponent
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return sign + digits.ljust(point, "0")
    return f"{sign}{digits[:point]}.{digits[point:]}"
