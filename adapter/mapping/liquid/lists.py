"""Filters on lists and on values of any kind."""

from collections.abc import Callable
from typing import Any

from adapter.mapping.javascript.json import stringify
from adapter.mapping.javascript.text import number_of, string_of, utf16_length
from adapter.mapping.javascript.values import UNDEFINED, member, utf16_units
from adapter.mapping.liquid.values import items, number, written


def _joined(value: Any, separator: Any = " ") -> str:
    parts = ("" if item is None else string_of(item) for item in items(value))
    return written(separator).join(parts)


def _at(index: int) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        value = utf16_units(value) if isinstance(value, str) else value
        return (value[index] if value else UNDEFINED) if isinstance(value, list) else ""

    return run


def _size(value: Any) -> Any:
    """Count a text's characters or a list's items; an object has no size, but maybe a length."""
    if isinstance(value, str):
        return utf16_length(value)
    if isinstance(value, dict):
        return value.get("length") or 0
    return len(value) if isinstance(value, list) else 0


def _sum(value: Any, key: Any = UNDEFINED) -> float:
    name = written(key)
    return sum((number(member(item, name) if name else item) for item in items(value)), 0.0)


def _compact(value: Any) -> list[Any]:
    return [item for item in items(value) if item is not None]


def _where(value: Any, key: Any, wanted: Any = UNDEFINED) -> list[Any]:
    name = written(key)
    found = [(item, member(item, name)) for item in items(value) if isinstance(item, dict)]
    if wanted is UNDEFINED:
        return [item for item, held in found if held not in {None, False, UNDEFINED}]
    return [item for item, held in found if type(held) is type(wanted) and held == wanted]


def _default(value: Any, other: Any = "", **options: Any) -> Any:
    if isinstance(value, str | list):
        return value or other
    if value is False and options.get("allow_false"):
        return value
    return other if value is None or value is UNDEFINED or value is False else value


def _json(value: Any) -> Any:
    return stringify(value)


LIST_FILTERS: dict[str, Callable[..., Any]] = {
    "compact": _compact,
    "default": _default,
    "first": _at(0),
    "inspect": _json,
    "join": _joined,
    "json": _json,
    "jsonify": _json,
    "last": _at(-1),
    "raw": lambda value: value,
    "size": _size,
    "sum": _sum,
    "to_integer": number_of,
    "where": _where,
}
