"""How Liquid takes and writes values here."""

import math
from typing import Any

from adapter.mapping.javascript.text import number_of, string_of
from adapter.mapping.javascript.values import UNDEFINED


def written(value: Any) -> str:
    """Write a value as it is printed: nothing for null, arrays without commas."""
    if isinstance(value, str):
        return value
    if value is None or value is UNDEFINED:
        return ""
    return "".join(map(written, value)) if isinstance(value, list) else string_of(value)


def number(value: Any) -> float:
    """Read a value as a number; what is none is 0."""
    read = number_of(string_of(value) if isinstance(value, list) else value)
    return 0.0 if math.isnan(read) else read


def items(value: Any) -> list[Any]:
    """Take a value as a list: nothing is an empty one, a single value a list of one."""
    if isinstance(value, list):
        return value
    return [] if value is None or value is UNDEFINED or value == "" else [value]
