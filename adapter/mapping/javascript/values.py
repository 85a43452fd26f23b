"""JavaScript's values: undefined, truth, blankness, members and the order of keys."""

from collections.abc import Iterable
from typing import Any, Final

from adapter.mapping.javascript.text import string_of

_LARGEST_INDEX = 2**32 - 2


class Undefined:
    """The type of the value that is absent, as opposed to ``None``, which is JSON's null."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()


def is_truthy(value: Any) -> bool:
    """Tell whether JavaScript takes a value for true: empty arrays and objects are."""
    if isinstance(value, list | dict):
        return True
    return bool(value) and value == value  # noqa: PLR0124 - NaN is falsy, and not itself


def is_nullish(value: Any) -> bool:
    """Tell whether a value is null or undefined."""
    return value is None or value is UNDEFINED


def equals_empty_text(value: Any) -> bool:
    """Tell whether JavaScript's ``value == ''`` holds: for 0, false, [] and [null], say."""
    if is_nullish(value):
        return False
    if isinstance(value, str | list):
        return string_of(value) == ""
    return not isinstance(value, dict) and value == 0


def type_name(value: Any) -> str:
    """Name a value's type as Segment's messages do."""
    if value is UNDEFINED:
        return "undefined"
    if value is None:
        return "null"
    for kind, name in _TYPE_NAMES:
        if isinstance(value, kind):
            return name
    return type(value).__name__


_TYPE_NAMES: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "boolean"),
    ((int, float), "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def member(value: Any, key: str) -> Any:
    """Read ``value[key]``; a falsy value is returned as it is.

    Quirk: paths go on past null, 0, "" and false without complaint, and yield them
    (mapping-kit, Paths).
    """
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if isinstance(value, list):
        if key == "length":
            return len(value)
        index = index_of(key)
        return value[index] if index is not None and index < len(value) else UNDEFINED
    if not is_truthy(value):
        return value
    return _member_of_text(value, key) if isinstance(value, str) else UNDEFINED


def index_of(key: str) -> int | None:
    """Read a key as an array index: digits, and no leading zero."""
    if not (key.isascii() and key.isdigit()) or (key[0] == "0" and key != "0"):
        return None
    index = int(key)
    return index if index <= _LARGEST_INDEX else None


def keys_of(value: dict[str, Any]) -> Iterable[str]:
    """List an object's keys in JavaScript's order: indexes ascending, then as they came."""
    indexes = [key for key in value if key and key[0] <= "9" and index_of(key) is not None]
    if not indexes:
        return value
    return [*sorted(indexes, key=int), *(key for key in value if index_of(key) is None)]


def entries_of(value: Any) -> Iterable[tuple[str, Any]]:
    """List what ``Object.entries`` lists: of objects, arrays and texts."""
    if isinstance(value, dict):
        return [(key, value[key]) for key in keys_of(value)]
    if isinstance(value, list):
        return [(str(index), item) for index, item in enumerate(value)]
    if isinstance(value, str):
        return [(str(index), unit) for index, unit in enumerate(utf16_units(value))]
    return ()


def utf16_units(text: str) -> list[str]:
    """Split a text into UTF-16 units; characters beyond 0xFFFF become two surrogates."""
    raw = text.encode("utf-16-le", "surrogatepass")
    return [chr(raw[at] | raw[at + 1] << 8) for at in range(0, len(raw), 2)]


def without_undefined(value: Any, hole: Any = None) -> Any:
    """Copy a value, leaving out undefined members; undefined items of arrays become ``hole``."""
    if isinstance(value, dict):
        return {k: without_undefined(v, hole) for k, v in value.items() if v is not UNDEFINED}
    if isinstance(value, list):
        return [hole if item is UNDEFINED else without_undefined(item, hole) for item in value]
    return value


def _member_of_text(text: str, key: str) -> Any:
    if key == "length":
        return len(text) if text.isascii() else len(utf16_units(text))
    index = index_of(key)
    if index is None:
        return UNDEFINED
    units: str | list[str] = text if text.isascii() else utf16_units(text)
    return units[index] if index < len(units) else UNDEFINED
