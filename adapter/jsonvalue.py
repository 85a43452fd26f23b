"""JSON in and out: the only ``loads`` and ``dumps`` of the product."""

import json
import re
from typing import Any, NoReturn

import orjson

from adapter.errors import InvalidJson

JSONValue = None | bool | int | float | str | list[Any] | dict[str, Any]
JSONObject = dict[str, Any]

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTAINERS = (dict, list)

MAX_DEPTH = 64
"""Deepest nesting of arrays and objects that is accepted (contracts 8.2)."""


def loads(raw: bytes | str) -> Any:
    """Read one JSON value; the last of duplicate keys wins.

    Lone surrogate escapes are accepted (and written back as escapes by :func:`dumps`); integers
    beyond 64 bits become doubles, as in JavaScript.

    Raises:
        InvalidJson: with line and column; for NaN, Infinity, invalid UTF-8 and numbers too large
            for a double as well.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if "surrogate" in error.msg and "UTF-8" not in error.msg:
            return _loads_with_lone_surrogates(raw)
        raise InvalidJson(f"malformed JSON: {error}") from error


def dumps(value: Any) -> str:
    """Write a JSON value compactly, keys in their own order, lone surrogates as escapes."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """Write a JSON value so that equal values give equal text: compact, keys sorted."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False)


def number_text(number: int | float) -> str:  # noqa: PYI041 - both occur, and they print apart
    """Write a JSON number as JavaScript's ``String()`` does for the ids it meets: 1.0 is ``1``."""
    if isinstance(number, int):
        return str(number)
    return str(int(number)) if number.is_integer() and abs(number) < 1e21 else repr(number)  # noqa: PLR2004


def is_too_deep(value: Any, depth: int = MAX_DEPTH) -> bool:
    """Tell whether a value nests deeper than so: level by level, so that a batch costs little."""
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(depth):
        level = [
            child
            for container in level
            for child in (container.values() if type(container) is dict else container)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def storable(text: str) -> str:
    """Make a text that every database takes: NUL and lone surrogates become JSON's escapes.

    Escapes rather than a substitute, so that ids which differ stay different.
    """
    if "\x00" in text:
        text = text.replace("\x00", "\\u0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    return text


def _loads_with_lone_surrogates(raw: bytes | str) -> Any:
    try:
        # Numbers as above, so that a surrogate elsewhere in the text changes none of them.
        return json.loads(
            raw, parse_constant=_refuse_constant, parse_float=orjson.loads, parse_int=orjson.loads
        )
    except (ValueError, RecursionError) as error:
        raise InvalidJson(f"malformed JSON: {error}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
