"""What stands inside delimiters, read as Segment's engine reads it and turned into closures."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from adapter.mapping.javascript.text import WHITESPACE
from adapter.mapping.javascript.values import UNDEFINED
from adapter.mapping.liquid.filters import FILTERS
from adapter.mapping.liquid.lexer import WORD
from adapter.mapping.liquid.operators import NOT, OPERATORS, PRECEDENCE, Literal, is_true
from adapter.mapping.liquid.scope import Scope, property_of
from adapter.mapping.liquid.values import number

Evaluate = Callable[[Scope], Any]

LONGEST_RANGE = 100_000

_BLANKS: Final = re.compile(f"[{WHITESPACE}]*")
_NAME: Final = re.compile(f"{WORD}+")
_LITERAL: Final = re.compile(rf"(true|false|nil|null|empty|blank)(?!{WORD})")
_NUMBER: Final = re.compile(rf"(?>[+-]?\d+(?:\.(?!\.)\d*)?)(?!{WORD}|\.(?!\.))", re.ASCII)
_QUOTED: Final = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'""", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{0,4})|([0-7]{1,3})|(.))", re.DOTALL)
_OPERATOR: Final = re.compile(rf"([=!]=|[<>]=?|(?:contains|not|and|or)(?!{WORD}))")

_LITERALS: Final = {
    "true": True, "false": False, "nil": Literal.NIL, "null": Literal.NIL,
    "empty": Literal.EMPTY, "blank": Literal.BLANK,
}  # fmt: skip
_ESCAPED: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Reader:
    """Reads a text from left to right; white space between its parts says nothing.

    Raises:
        ValueError: from each method, if what it reads is malformed.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def is_at_end(self) -> bool:
        """Tell whether nothing but white space is left."""
        self._match(_BLANKS)
        return self._at >= len(self._text)

    def took(self, character: str) -> bool:
        """Go over a character if it comes next."""
        self._match(_BLANKS)
        comes = self._text.startswith(character, self._at)
        self._at += len(character) if comes else 0
        return comes

    def comes(self, characters: str) -> bool:
        """Tell whether one of these characters comes next."""
        return not self.is_at_end() and self._text[self._at] in characters

    def go_past(self, character: str) -> bool:
        """Go to behind a character, or to the end if it is not there any more."""
        found = self._text.find(character, self._at)
        self._at = len(self._text) if found < 0 else found + 1
        return found >= 0

    def name(self) -> str:
        """Read a name; it is empty if none comes."""
        self._match(_BLANKS)
        match = self._match(_NAME)
        return "" if match is None else match[0]

    def quoted(self) -> str | None:
        """Read a text in quotes."""
        self._match(_BLANKS)
        match = self._match(_QUOTED)
        return None if match is None else _ESCAPE.sub(_unescaped, match[1] or match[2] or "")

    def value(self) -> Evaluate | None:
        """Read a literal, a text, a number, a range or a path; None if none of them comes."""
        begins = self._literal() or self._bounds()
        if begins is not None:
            keys = list(self._keys())
            return _followed(begins, keys) if keys else begins
        keys = list(self._keys(starts=True))
        return _found(keys) if keys else None

    def filtered(self) -> Evaluate:
        """Read operands and operators, and the filters that their value goes through."""
        begin = self._at
        steps = list(self._postfix())
        if not steps:
            raise ValueError(f"a value is missing: {self._rest(begin)}")
        run = _plain(steps[0] if len(steps) == 1 and callable(steps[0]) else _worked_off(steps))
        while not self.is_at_end() and not self.comes(","):
            if not self.took("|"):
                raise ValueError(f"a filter begins with |: {self._rest(self._at)}")
            name = self.name()
            if name:
                run = self._filter(run, name)
            elif not self.is_at_end():
                raise ValueError(f"a filter has no name: {self._rest(self._at)}")
        return run

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self._text, self._at)
        if match is not None:
            self._at = match.end()
        return match

    def _rest(self, begin: int) -> str:
        return repr(self._text[begin : begin + 30])

    def _literal(self) -> Evaluate | None:
        self._match(_BLANKS)
        if (match := self._match(_LITERAL)) is not None:
            return _constant(_LITERALS[match[1]])
        if (text := self.quoted()) is not None:
            return _constant(text)
        if (match := self._match(_NUMBER)) is not None:
            return _constant(float(match[0]))
        return None

    def _bounds(self) -> Evaluate | None:
        if not self.took("("):
            return None
        low, goes_on, high = self.value(), self.took(".."), self.value()
        if low is None or high is None or not goes_on or not self.took(")"):
            raise ValueError(f"a range is (low..high): {self._rest(0)}")
        return _range(_plain(low), _plain(high))

    def _keys(self, *, starts: bool = False) -> Iterator[Evaluate]:
        """Read the keys of a path: names after dots, values in brackets."""
        if starts and (name := self._match(_NAME)) is not None:
            yield _constant(name[0])
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                self._at += 1
                yield _plain(self.value() or _constant(""))
                if not self.go_past("]"):
                    raise ValueError(f"[ is not closed: {self._rest(0)}")
            elif self._text[self._at] == "." and not self._text.startswith("..", self._at):
                self._at += 1
                name = self._match(_NAME)
                if name is None:
                    return
                yield _constant(name[0])
            else:
                return

    def _postfix(self) -> Iterator[Evaluate | str]:
        """Read operands, and after them their operators."""
        waiting: list[str] = []
        while not self.is_at_end():
            if (match := self._match(_OPERATOR)) is not None:
                while waiting and PRECEDENCE[waiting[-1]] > PRECEDENCE[match[1]]:
                    yield waiting.pop()
                waiting.append(match[1])
            elif (operand := self.value()) is not None:
                yield operand
            else:
                break
        yield from reversed(waiting)

    def _filter(self, run: Evaluate, name: str) -> Evaluate:
        arguments: list[Evaluate] = []
        options: dict[str, Evaluate] = {}
        follows = self.took(":")
        while follows:
            begin = self._at
            argument = self.value()
            if argument is not None and self.took(":"):
                key = self._text[begin : self._at - 1].strip(WHITESPACE)
                options[key] = _plain(self.value() or _constant(UNDEFINED))
            elif argument is not None:
                arguments.append(_plain(argument))
            follows = self.took(",")
        if not self.is_at_end() and not self.comes("|,"):
            raise ValueError(f"the filter {name} ends in {self._rest(self._at)}")
        apply = FILTERS.get(name)
        if apply is None:
            return run
        return lambda scope: apply(
            run(scope),
            *(argument(scope) for argument in arguments),
            **{key: value(scope) for key, value in options.items()},
        )


def _constant(value: Any) -> Evaluate:
    return lambda _: value


def _plain(run: Evaluate) -> Evaluate:
    """Give a value where a literal stands for many."""

    def plain(scope: Scope) -> Any:
        value = run(scope)
        if isinstance(value, Literal):
            return None if value is Literal.NIL else ""
        return value

    return plain


def _found(keys: list[Evaluate]) -> Evaluate:
    first, *others = keys
    return _followed(lambda scope: scope.find(first(scope)), others)


def _followed(begins: Evaluate, keys: list[Evaluate]) -> Evaluate:
    begins = _plain(begins)

    def follow(scope: Scope) -> Any:
        value = begins(scope)
        for key in keys:
            value = property_of(value, key(scope))
        return value

    return follow


def _range(low: Evaluate, high: Evaluate) -> Evaluate:
    def numbers(scope: Scope) -> list[float]:
        first, last = number(low(scope)), number(high(scope))
        if not last - first < LONGEST_RANGE:
            raise ValueError(f"a range has more than {LONGEST_RANGE} numbers")
        return [first + step for step in range(int(last - first) + 1)] if last >= first else []

    return numbers


def _worked_off(steps: list[Evaluate | str]) -> Evaluate:
    """Apply operators that stand after their operands; the first that is left is the value."""

    def run(scope: Scope) -> Any:
        operands: list[Any] = []
        for step in steps:
            if not isinstance(step, str):
                operands.append(step(scope))
                continue
            right = operands.pop() if operands else UNDEFINED
            if step == NOT:
                operands.append(not is_true(right))
            else:
                left = operands.pop() if operands else UNDEFINED
                operands.append(OPERATORS[step](left, right))
        return operands[0]

    return run


def _unescaped(escape: re.Match[str]) -> str:
    unicode, octal, other = escape.groups()
    if unicode is not None:
        return chr(int(unicode or "0", 16))
    return chr(int(octal, 8)) if octal is not None else _ESCAPED.get(other, other)
