"""The fields of an action: their types, and how a value is coerced into one."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from adapter.mapping.javascript.dates import lenient_seconds
from adapter.mapping.javascript.text import number_of, number_text
from adapter.mapping.javascript.values import UNDEFINED


class FieldType(StrEnum):
    """What a field may hold."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What an action expects in one field.

    Attributes:
        type: values of other types are coerced, as Segment does.
        required: without it the action yields nothing.
        choices: the only texts allowed; empty means any.
    """

    type: FieldType = FieldType.STRING
    required: bool = False
    choices: tuple[str, ...] = ()


Coerce = Callable[[Any], Any]
"""From a value to the value as a field holds it, or undefined if it cannot be coerced."""


def _alone(value: Any) -> Any:
    """Take the item of an array of one, as Segment does."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _string(value: Any) -> Any:
    value = _alone(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    return "" if value is None else UNDEFINED


def _number(value: Any) -> Any:
    value = _alone(value)
    if isinstance(value, bool) or value is None:
        return int(bool(value))
    if isinstance(value, int | float):
        return value
    number = number_of(value) if isinstance(value, str) and value else UNDEFINED
    return number if number == number else UNDEFINED  # noqa: PLR0124 - NaN is not itself


def _boolean(value: Any) -> Any:
    value = _alone(value)
    if isinstance(value, bool):
        return value
    if value is None or value == "false" or (isinstance(value, int | float) and value == 0):
        return False
    if value == "true" or (isinstance(value, int | float) and value == 1):
        return True
    return UNDEFINED


def _object(value: Any) -> Any:
    """Quirk: an array of one object is not unwrapped, though one of any other type is."""
    return value if isinstance(value, dict) else UNDEFINED


def _datetime(value: Any) -> Any:
    value = _alone(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return UNDEFINED
    numeric = number_text(number_of(value)) == value
    return value if numeric or lenient_seconds(value) is not None else UNDEFINED


COERCIONS: dict[FieldType, Coerce] = {
    FieldType.STRING: _string,
    FieldType.NUMBER: _number,
    FieldType.BOOLEAN: _boolean,
    FieldType.OBJECT: _object,
    FieldType.DATETIME: _datetime,
}
