"""Traps of FQL: subscriptions that Segment reads otherwise than people do (mapping-kit.md)."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from adapter.mapping.fql.ast import FIELDS, Condition, Group, Node
from adapter.mapping.fql.lexer import FqlError, Kind, Token, lex
from adapter.mapping.fql.parser import FUNCTIONS, joined, parse

CALL_TYPES = ("identify", "track", "page", "screen", "group", "alias", "delete")


class FqlTrap(NamedTuple):
    """A trap, and where in the text it lies."""

    offset: int
    code: str
    message: str
    cure: str


def fql_traps(text: str) -> Iterator[FqlTrap]:
    """Yield the traps of a subscription; of one that cannot be read, none."""
    try:
        tokens, tree = joined(lex(text)), parse(text)
    except FqlError:
        return
    yield from _mixed(tokens)
    for index, token in enumerate(tokens):
        following = tokens[index + 1 :]
        yield from _about_token(token, following)
    yield from _about_groups(tokens)
    yield from _about_conditions(tree)
    yield from _never(tree)


def _mixed(tokens: Sequence[Token]) -> Iterator[FqlTrap]:
    depth, seen = 0, set()
    for token in tokens:
        depth += {Kind.PAREN_LEFT: 1, Kind.PAREN_RIGHT: -1}.get(token.kind, 0)
        if token.kind is Kind.CONDITIONAL and depth == 0:
            seen.add(token.value)
            if len(seen) > 1:
                message = f"and and or are mixed: the last one, {token.value}, joins everything"
                yield FqlTrap(token.offset, "M201", message, "put one kind in parentheses")
                return


def _about_token(token: Token, following: Sequence[Token]) -> Iterator[FqlTrap]:
    if token.kind is Kind.IDENT and token.value.lower() in {"and", "or"}:
        message = f"{token.value} is ignored: in capitals it is no operator, so this is an and"
        yield FqlTrap(token.offset, "M202", message, token.value.lower())
    elif token.kind is Kind.OPERATOR and token.value == "!" and not _is_call(following):
        message = "! negates contains() and match() only; here it is dropped"
        yield FqlTrap(token.offset, "M203", message, "negate each condition: = becomes !=")
    elif token.kind is Kind.STRING and token.value.startswith("'"):
        message = "single quotes stay part of the text"
        yield FqlTrap(token.offset, "M204", message, f'"{token.value[1:-1]}"')
    elif token.kind is Kind.IDENT and _is_call([token]) and following[0].kind is Kind.PAREN_LEFT:
        yield from _about_call(token, following)
    elif _is_unknown_field(token, following):
        near = get_close_matches(token.value.split(".")[0], FIELDS, n=1)
        cure = f"did you mean {near[0]}?" if near else f"one of: {', '.join(FIELDS)}"
        message = f"{token.value} is no field: the condition is dropped"
        yield FqlTrap(token.offset, "M208", message, cure)


def _is_call(tokens: Sequence[Token]) -> bool:
    return bool(tokens) and tokens[0].kind is Kind.IDENT and tokens[0].value in FUNCTIONS


def _is_unknown_field(token: Token, following: Sequence[Token]) -> bool:
    known = token.value.split(".")[0] in FIELDS or token.value in {"true", "false"}
    compares = following and following[0].kind is Kind.OPERATOR and following[0].value != "!"
    return token.kind is Kind.IDENT and not known and bool(compares)


def _about_call(function: Token, following: Sequence[Token]) -> Iterator[FqlTrap]:
    field, value = (*following, function, function, function, function)[1:4:2]
    first = field.value.split(".")[0]
    if first not in FIELDS or first == "type":
        message = f"{function.value}({field.value}, ...) is dropped: it takes no such field"
        cure = f"one of: {', '.join(name for name in FIELDS if name != 'type')}"
        yield FqlTrap(field.offset, "M208", message, cure)
    if function.value == "match" and "*" not in value.value:
        inner = value.value.strip("\"'")
        message = f'without * this means "ends with {inner[1:]}"'
        yield FqlTrap(value.offset, "M207", message, f'= "{inner}", or "{inner}*", or "*{inner}"')


def _about_groups(tokens: Sequence[Token]) -> Iterator[FqlTrap]:
    opened: Token | None = None
    for index, token in enumerate(tokens):
        if token.kind is Kind.PAREN_LEFT and not (index and _is_call([tokens[index - 1]])):
            opened = token
        elif token.kind is Kind.PAREN_RIGHT:
            opened = None
        elif opened is not None and _is_call([token]):
            message = "a call inside parentheses closes them: what follows is outside"
            yield FqlTrap(token.offset, "M211", message, "put the call outside the parentheses")


def _about_conditions(node: Node | None) -> Iterator[FqlTrap]:
    if isinstance(node, Group):
        for child in node.children:
            yield from _about_conditions(child)
    elif isinstance(node, Condition):
        yield from _about_condition(node)


def _about_condition(condition: Condition) -> Iterator[FqlTrap]:
    offset, subject = condition.offset, condition.subject
    if subject in {"event", "event-type"} and condition.value == "null":
        message = 'this compares with the text "null"; event and type cannot be tested for null'
        yield FqlTrap(offset, "M205", message, "leave it out")
    if condition.operator == "!=" and condition.value in {True, False, "true", "false"}:
        message = "!= true and != false compare with a text, so a boolean always differs"
        yield FqlTrap(offset, "M206", message, "write = false or = true")
    if condition.value == "eos":
        message = 'nothing is compared with: this means the text "eos"'
        yield FqlTrap(offset, "M209", message, "write the value")
    if subject == "event-type" and condition.operator == "=" and _is_odd_type(condition.value):
        near = get_close_matches(str(condition.value), CALL_TYPES, n=1)
        cure = f"did you mean {near[0]}?" if near else f"one of: {', '.join(CALL_TYPES)}"
        yield FqlTrap(offset, "M212", f'no call is of type "{condition.value}"', cure)


def _is_odd_type(value: object) -> bool:
    """Tell whether no call is of this type; quotes and a missing value are reported already."""
    text = str(value)
    return text not in CALL_TYPES and text != "eos" and not text.startswith("'")


def _never(group: Group) -> Iterator[FqlTrap]:
    """Find an ``and`` that asks one field to be two things."""
    if group.operator != "and":
        return
    wanted: dict[tuple[str, str], Condition] = {}
    for child in group.children:
        if not isinstance(child, Condition) or child.operator not in {"=", "!="}:
            continue
        first = wanted.setdefault((child.subject, child.name), child)
        clash = first.value != child.value if child.operator == "=" else first.value == child.value
        if first.operator == "=" and first is not child and clash:
            message = "no call can be both: this subscription is never reached"
            yield FqlTrap(child.offset, "M213", message, "join them with or, or drop one")
