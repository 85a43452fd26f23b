"""Templates turned into closures: what their texts, outputs and tags print."""

import re
from collections import deque
from collections.abc import Callable, Collection, Iterable

from adapter.mapping.javascript.text import string_of
from adapter.mapping.liquid.lexer import Kind, Token, tag_of, tokens_of
from adapter.mapping.liquid.operators import is_true
from adapter.mapping.liquid.reader import Evaluate, Reader
from adapter.mapping.liquid.scope import Scope
from adapter.mapping.liquid.values import written

Print = Callable[[Scope], str]

DISABLED_TAGS = ("case", "for", "include", "layout", "render", "tablerow")

_UNMARKED_LINE = re.compile(r"\n\s*[^#\s]")


def parsed(template: str) -> Print:
    """Turn a template into what prints it.

    Raises:
        ValueError: if it is malformed.
    """
    return _Parser(tokens_of(template)).rest()


class _Parser:
    """Goes through tokens; tags take what belongs to them."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = deque(tokens)

    def rest(self) -> Print:
        """Take all that is left."""
        parts: list[Print] = []
        while self._tokens:
            parts.append(self._part(self._tokens.popleft()))
        return _joined(parts)

    def until(self, opening: Token, names: Collection[str]) -> tuple[Print, Token]:
        """Take what comes before a tag of one of these names, and the tag."""
        parts: list[Print] = []
        while self._tokens:
            token = self._tokens.popleft()
            if token.name in names:
                return _joined(parts), token
            parts.append(self._part(token))
        raise _not_closed(opening)

    def skip(self, opening: Token, name: str) -> None:
        """Leave out what comes before a tag, whatever it is."""
        while self._tokens:
            if self._tokens.popleft().name == name:
                return
        raise _not_closed(opening)

    def _part(self, token: Token) -> Print:
        if token.kind is Kind.TAG:
            if token.name in DISABLED_TAGS:
                raise ValueError(f'the tag "{token.name}" is disabled')
            if token.name not in _TAGS:
                raise ValueError(f'the tag "{token.name}" is unknown here')
            return _TAGS[token.name](token, self)
        if token.kind is Kind.OUTPUT:
            return _printed(Reader(token.text).filtered())
        return _text(token.text)


def _not_closed(opening: Token) -> ValueError:
    return ValueError(f'the tag "{opening.name}" is not closed')


def _joined(parts: list[Print]) -> Print:
    return lambda scope: "".join([part(scope) for part in parts])


def _text(text: str) -> Print:
    return lambda _: text


def _printed(value: Evaluate) -> Print:
    return lambda scope: written(value(scope))


def _assign(tag: Token, _: _Parser) -> Print:
    reader = Reader(tag.text)
    name = reader.name()
    if not name or not reader.took("="):
        raise ValueError(f"assign wants name = value: {tag.text!r}")
    value = reader.filtered()

    def assign(scope: Scope) -> str:
        scope.assigned[name] = value(scope)
        return ""

    return assign


def _capture(tag: Token, parser: _Parser) -> Print:
    reader = Reader(tag.text)
    name = reader.name() or reader.quoted()
    if name is None:
        raise ValueError(f"capture wants a name: {tag.text!r}")
    content, _ = parser.until(tag, {"endcapture"})

    def capture(scope: Scope) -> str:
        scope.assigned[name] = content(scope)
        return ""

    return capture


def _comment(tag: Token, parser: _Parser) -> Print:
    parser.skip(tag, "endcomment")
    return _text("")


def _inline_comment(tag: Token, _: _Parser) -> Print:
    if _UNMARKED_LINE.search(tag.text):
        raise ValueError("every line of an inline comment begins with #")
    return _text("")


def _cycle(tag: Token, _: _Parser) -> Print:
    reader = Reader(tag.text)
    group = reader.value()
    if group is None or not reader.took(":"):
        reader, group = Reader(tag.text), None
    values = []
    while not reader.is_at_end():
        values.append(reader.filtered())
        reader.go_past(",")
    if not values:
        raise ValueError("cycle wants values")

    def cycle(scope: Scope) -> str:
        key = (None if group is None else string_of(group(scope)), tag.text)
        turn = scope.cycles.get(key, 0)
        scope.cycles[key] = (turn + 1) % len(values)
        return written(values[turn](scope))

    return cycle


def _counted(step: int) -> Callable[[Token, _Parser], Print]:
    """Print a number that goes up afterwards, or goes down before."""

    def read(tag: Token, _: _Parser) -> Print:
        name = Reader(tag.text).name()

        def count(scope: Scope) -> str:
            held = scope.counted.get(name)
            if isinstance(held, bool) or not isinstance(held, int | float):
                held = 0
            scope.counted[name] = held + step
            return written(held if step > 0 else held + step)

        return count

    return read


def _echo(tag: Token, _: _Parser) -> Print:
    reader = Reader(tag.text)
    return _text("") if reader.is_at_end() else _printed(reader.filtered())


def _branched(*, wanted: bool) -> Callable[[Token, _Parser], Print]:
    """Print what comes first of the branches whose condition holds, or what stands at the end."""

    def read(tag: Token, parser: _Parser) -> Print:
        end = f"end{tag.name}"
        branches: list[tuple[Evaluate, bool, Print]] = []
        opening, holds, otherwise = tag, wanted, _text("")
        while opening.name != end:
            condition = None if opening.name == "else" else Reader(opening.text).filtered()
            names = {end} if condition is None else {"elsif", "else", end}
            content, following = parser.until(tag, names)
            if condition is None:
                otherwise = content
            else:
                branches.append((condition, holds, content))
            if following.name != "elsif" and following.text:
                raise ValueError(f'after "{following.name}" comes nothing: {following.text!r}')
            opening, holds = following, True

        def choose(scope: Scope) -> str:
            for condition, holds, content in branches:
                if is_true(condition(scope)) is holds:
                    return content(scope)
            return otherwise(scope)

        return choose

    return read


def _liquid(tag: Token, _: _Parser) -> Print:
    return _Parser([tag_of(line) for line in tag.text.split("\n") if line.strip()]).rest()


_TAGS: dict[str, Callable[[Token, _Parser], Print]] = {
    "#": _inline_comment,
    "assign": _assign,
    "capture": _capture,
    "comment": _comment,
    "cycle": _cycle,
    "decrement": _counted(-1),
    "echo": _echo,
    "if": _branched(wanted=True),
    "increment": _counted(+1),
    "liquid": _liquid,
    "unless": _branched(wanted=False),
}
