"""How Segment's engine compares values; nil, empty and blank tell what a value may be."""

import operator
from collections.abc import Callable
from enum import Enum
from itertools import zip_longest
from typing import Any, Final

from adapter.mapping.javascript.text import WHITESPACE, number_of, string_of
from adapter.mapping.javascript.values import is_nullish, type_name


class Literal(Enum):
    """A word that stands for many values in a comparison."""

    NIL = "nil"
    EMPTY = "empty"
    BLANK = "blank"


_NONE: Final = object()


def is_true(value: Any) -> bool:
    """Tell whether a condition holds: for all but nothing and false."""
    return value is not Literal.NIL and not is_nullish(value) and value is not False


def _are_equal(left: Any, right: Any) -> bool:
    if isinstance(left, Literal):
        return _is_such(right, left)
    if isinstance(right, Literal):
        return _is_such(left, right)
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip_longest(left, right, fillvalue=_NONE)
        return all(_are_equal(one, other) for one, other in pairs)
    if isinstance(left, dict):
        return left is right
    return type_name(left) == type_name(right) and bool(left == right)


def _is_such(value: Any, literal: Literal) -> bool:
    if literal is Literal.NIL or value is Literal.NIL:
        return value is Literal.NIL or is_nullish(value)
    if isinstance(value, Literal):
        return False
    if literal is Literal.BLANK and (not is_true(value) or _is_white(value)):
        return True
    return isinstance(value, str | list | dict) and not value


def _is_white(value: Any) -> bool:
    return isinstance(value, str) and not value.strip(WHITESPACE)


def _by_order(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Compare texts by their characters, and all else as numbers."""

    def run(left: Any, right: Any) -> bool:
        if isinstance(left, Literal) or isinstance(right, Literal):
            return False
        left, right = _primitive(left), _primitive(right)
        if isinstance(left, str) and isinstance(right, str):
            return compare(_units(left), _units(right))
        return compare(number_of(left), number_of(right))

    return run


def _primitive(value: Any) -> Any:
    return string_of(value) if isinstance(value, list | dict) else value


def _units(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, list):
        return any(_are_equal(item, right) for item in left)
    if not isinstance(left, str):
        return False
    if isinstance(right, Literal):
        right = None if right is Literal.NIL else ""
    return string_of(right) in left


OPERATORS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "==": _are_equal,
    "!=": lambda left, right: not _are_equal(left, right),
    ">": _by_order(operator.gt),
    "<": _by_order(operator.lt),
    ">=": _by_order(operator.ge),
    "<=": _by_order(operator.le),
    "contains": _contains,
    "and": lambda left, right: is_true(left) and is_true(right),
    "or": lambda left, right: is_true(left) or is_true(right),
}
NOT: Final = "not"
"""The only operator with one operand."""

PRECEDENCE: Final = {**dict.fromkeys(OPERATORS, 2), NOT: 1, "and": 0, "or": 0}
"""Those of a higher number work first; of two alike, the last does."""
