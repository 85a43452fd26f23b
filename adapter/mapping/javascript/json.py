"""``JSON.stringify`` and ``JSON.parse``, byte for byte."""

import json
import math
from typing import Any, NoReturn

import orjson

from adapter.mapping.javascript.text import number_text, quoted
from adapter.mapping.javascript.values import UNDEFINED, Undefined, keys_of


def stringify(value: Any) -> str | Undefined:
    """Write a value as JSON: keys in JavaScript's order, NaN and Infinity as null."""
    return UNDEFINED if value is UNDEFINED else _written(value)


def parse(text: str) -> Any:
    """Read one JSON value.

    Raises:
        ValueError: if it is no JSON. Numbers too large for a double are infinite, not an error.
    """
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text.strip(" \t\n\r"), parse_constant=_refuse, strict=True)


def _written(value: Any) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value) if math.isfinite(value) else "null"
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    if isinstance(value, dict):
        members = (
            f"{quoted(key)}:{_written(value[key])}"
            for key in keys_of(value)
            if value[key] is not UNDEFINED
        )
        return f"{{{','.join(members)}}}"
    return "null"


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
