"""What names mean while a template is rendered."""

from collections.abc import Callable
from typing import Any

from adapter.mapping.javascript.text import string_of, utf16_length
from adapter.mapping.javascript.values import UNDEFINED, is_nullish, member


class Scope:
    """The payload, and what the template adds to it.

    Attributes:
        assigned: what ``assign`` and ``capture`` named.
        counted: the payload, with what ``increment`` and ``decrement`` made of its numbers.
        cycles: how often each ``cycle`` was met.
    """

    def __init__(self, payload: Any) -> None:
        self.assigned: dict[str, Any] = {}
        self.counted: dict[str, Any] = dict(payload) if isinstance(payload, dict) else {}
        self.cycles: dict[object, int] = {}

    def find(self, name: str) -> Any:
        """Give what a name stands for; undefined if for nothing."""
        holder = self.assigned if name in self.assigned else self.counted
        return property_of(holder if name in holder else {}, name)


def property_of(value: Any, key: Any) -> Any:
    """Read what a value has of its own, or its size, first or last.

    Negative numbers count from the end of a list.
    """
    if is_nullish(value):
        return value
    if isinstance(value, list) and isinstance(key, int | float) and key < 0:
        key += len(value)
    name = string_of(key)
    if not isinstance(value, str | list | dict):
        return UNDEFINED
    own = member(value, name) if value else UNDEFINED
    return _SPECIAL[name](value) if own is UNDEFINED and name in _SPECIAL else own


def _size(value: Any) -> int:
    return utf16_length(value) if isinstance(value, str) else len(value)


_SPECIAL: dict[str, Callable[[Any], Any]] = {
    "size": _size,
    "first": lambda value: value[0] if isinstance(value, list) and value else UNDEFINED,
    "last": lambda value: value[-1] if isinstance(value, list) and value else UNDEFINED,
}
