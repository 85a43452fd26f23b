"""Subscriptions as predicates: does this rule take this call?"""

from collections.abc import Callable
from typing import Any

from adapter.mapping.fql.ast import Condition, Group, Literal, Node, Subject
from adapter.mapping.fql.lexer import FqlError
from adapter.mapping.fql.parser import parse
from adapter.mapping.javascript.text import number_of, string_of
from adapter.mapping.javascript.values import UNDEFINED, is_nullish
from adapter.mapping.paths import Run, getter

Predicate = Callable[[Any], bool]
Test = Callable[[Any], bool]

_TOP = {
    Subject.TYPE: "type",
    Subject.EVENT: "event",
    Subject.NAME: "name",
    Subject.USER_ID: "userId",
}
_PARENTS = {
    Subject.PROPERTY: "properties",
    Subject.TRAIT: "traits",
    Subject.CONTEXT: "context",
}


def compile_fql(text: str) -> Predicate:
    """Compile a subscription.

    Raises:
        FqlError: if it cannot be read.
    """
    return predicate(parse(text))


def predicate(node: Node | None) -> Predicate:
    """Compile a parsed subscription, or part of one."""
    if node is None:
        return _empty
    if isinstance(node, Group):
        return _group(node)
    read, test = _reader(node), _test(node)
    return lambda payload: test(read(payload))


def _empty(_payload: Any) -> bool:
    raise FqlError("empty parentheses cannot be evaluated", 0)


def _group(group: Group) -> Predicate:
    if group.operator == "and":
        return _all_of(_runs(group.children, "!=", lambda texts: lambda value: value not in texts))
    return _any_of(_runs(group.children, "=", lambda texts: lambda value: value in texts))


def _all_of(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]

    def run(payload: Any) -> bool:
        for holds in predicates:  # noqa: SIM110 - twice as fast as all() over a generator
            if not holds(payload):
                return False
        return True

    return run


def _any_of(predicates: list[Predicate]) -> Predicate:
    if len(predicates) == 1:
        return predicates[0]

    def run(payload: Any) -> bool:
        for holds in predicates:  # noqa: SIM110 - twice as fast as any() over a generator
            if holds(payload):
                return True
        return False

    return run


def _runs(
    children: tuple[Node | None, ...],
    operator: str,
    test_of: Callable[[frozenset[str]], Test],
) -> list[Predicate]:
    """Fold neighbours that compare one field with texts into one look-up in a set."""
    predicates: list[Predicate] = []
    index = 0
    while index < len(children):
        texts, field = set(), children[index]
        while index < len(children) and _compares(children[index], field, operator):
            texts.add(_text(children[index]))
            index += 1
        if len(texts) > 1 and isinstance(field, Condition):
            predicates.append(_in(_reader(field), test_of(frozenset(texts)), operator))
            continue
        predicates += [predicate(field)]
        index += 0 if texts else 1
    return predicates


def _in(read: Run, test: Test, operator: str) -> Predicate:
    def run(payload: Any) -> bool:
        value = read(payload)
        return test(value) if type(value) is str else operator == "!="

    return run


def _compares(node: Node | None, like: Node | None, operator: str) -> bool:
    return (
        isinstance(node, Condition)
        and isinstance(like, Condition)
        and node.operator == operator
        and (node.subject, node.name) == (like.subject, like.name)
    )


def _text(node: Node | None) -> str:
    return string_of(node.value) if isinstance(node, Condition) else ""


def _reader(condition: Condition) -> Run:
    top = _TOP.get(condition.subject)
    if top is not None:
        return _field(top)
    parent = _field(_PARENTS[condition.subject])
    keys = condition.name.replace("[", ".").replace("]", ".").split(".")
    below = getter(tuple(key for key in keys if key))
    return lambda payload: below(parent(payload))


def _field(name: str) -> Run:
    def read(payload: Any) -> Any:
        if type(payload) is dict:
            return payload.get(name, UNDEFINED)
        if payload is None:
            raise FqlError(f"cannot read {name} of null", 0)
        return UNDEFINED

    return read


def _test(condition: Condition) -> Test:
    make = _OPERATORS.get(condition.operator)
    return make(condition.value) if make else _never


def _never(_value: Any) -> bool:
    return False


def _on_numbers(compare: Callable[[float, float], bool]) -> Callable[[Literal | None], Test]:
    """Quirk: what is no number fails every numeric comparison, ``!=`` too."""

    def make(expected: Literal | None) -> Test:
        number = number_of(expected)
        return lambda value: type(value) in _NUMBERS and compare(float(value), number)

    return make


def _on_texts(compare: Callable[[str, str], bool]) -> Callable[[Literal | None], Test]:
    """Quirk: what is no text fails every text function, negated ones too."""

    def make(expected: Literal | None) -> Test:
        text = _wanted(expected)
        return lambda value: isinstance(value, str) and compare(value, text)

    return make


def _wanted(expected: Literal | None) -> str:
    return "undefined" if expected is None else string_of(expected)


def _equals(expected: Literal | None) -> Test:
    text = _wanted(expected)
    return lambda value: type(value) is str and value == text


def _differs(expected: Literal | None) -> Test:
    """Quirk: what is no text differs from every text; ``true != true``."""
    text = _wanted(expected)
    return lambda value: type(value) is not str or value != text


_NUMBERS = (int, float)
_OPERATORS: dict[str, Callable[[Literal | None], Test]] = {
    "=": _equals,
    "!=": _differs,
    "number_equals": _on_numbers(lambda value, number: value == number),
    "number_not_equals": _on_numbers(lambda value, number: value != number),
    "<": _on_numbers(lambda value, number: value < number),
    "<=": _on_numbers(lambda value, number: value <= number),
    ">": _on_numbers(lambda value, number: value > number),
    ">=": _on_numbers(lambda value, number: value >= number),
    "contains": _on_texts(lambda value, text: text in value),
    "not_contains": _on_texts(lambda value, text: text not in value),
    "starts_with": _on_texts(str.startswith),
    "not_starts_with": _on_texts(lambda value, text: not value.startswith(text)),
    "ends_with": _on_texts(str.endswith),
    "not_ends_with": _on_texts(lambda value, text: not value.endswith(text)),
    "exists": lambda _expected: lambda value: not is_nullish(value),
    "not_exists": lambda _expected: is_nullish,
    "is_true": lambda _expected: lambda value: value is True,
    "is_false": lambda _expected: lambda value: value is False,
}
