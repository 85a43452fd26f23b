"""FQL's tokens, cut as Segment's lexer cuts them, oddities and all."""

from dataclasses import dataclass
from enum import StrEnum

from adapter.errors import AdapterError

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = frozenset("0123456789")
_IDENTIFIER = _LETTERS | _DIGITS | frozenset("_-\\")
_WORD_STARTS = _LETTERS | frozenset("!=<>\\_")
_BLANKS = frozenset(" \t\n")
_TERMINATORS = _BLANKS | frozenset(",])")
_AFTER_IDENTIFIER = _TERMINATORS | frozenset(".(=!")
_KEYWORDS = {"a": ("nd", "conditional"), "o": ("r", "conditional"), "n": ("ull", "null")}
_LONGEST = 100_000
_LAST_UNIT = "\uffff"
_END = ""


class FqlError(AdapterError):
    """The subscription cannot be read.

    Attributes:
        offset: where, in characters from its beginning.
    """

    code = "invalid_fql"

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class Kind(StrEnum):
    """The kinds of token."""

    IDENT = "ident"
    DOT = "dot"
    OPERATOR = "operator"
    CONDITIONAL = "conditional"
    STRING = "string"
    NUMBER = "number"
    NULL = "null"
    BRACKET_LEFT = "brackleft"
    BRACKET_RIGHT = "brackright"
    PAREN_LEFT = "parenleft"
    PAREN_RIGHT = "parenright"
    COMMA = "comma"
    END = "eos"


_PUNCTUATION = {
    ".": Kind.DOT,
    "[": Kind.BRACKET_LEFT,
    "]": Kind.BRACKET_RIGHT,
    ",": Kind.COMMA,
    "(": Kind.PAREN_LEFT,
    ")": Kind.PAREN_RIGHT,
}


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        value: its text; strings keep their quotes, the end is ``eos``.
        offset: of its first character.
    """

    kind: Kind
    value: str
    offset: int


def lex(text: str) -> list[Token]:
    """Cut a subscription into tokens, the last of kind ``END``.

    Raises:
        FqlError: at the first character that begins no token.
    """
    return _Lexer(text).lex()


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.start = 0

    def lex(self) -> list[Token]:
        tokens = []
        while self.at < len(self.text):
            self.start = self.at
            character = self.next()
            if character not in _BLANKS:
                tokens.append(self.token(character))
        tokens.append(Token(Kind.END, "eos", len(self.text)))
        return tokens

    def token(self, character: str) -> Token:
        if character == "!" and (self.peek() in _LETTERS or self.peek() == "("):
            return self.made(Kind.OPERATOR, "!")
        if character in _WORD_STARTS:
            return self.word(character)
        if character in _DIGITS or character in "+-":
            return self.number(character)
        if character in "\"'":
            return self.string(character)
        if character in _PUNCTUATION:
            return self.made(_PUNCTUATION[character], character)
        raise FqlError(f"unexpected character {character!r}", self.start)

    def word(self, first: str) -> Token:
        if first == "=":
            return self.made(Kind.OPERATOR, "=")
        if first == "!":
            if self.accept("="):
                return self.made(Kind.OPERATOR, "!=")
            raise FqlError('"!" must be followed by "= " (with a blank), a name or "("', self.start)
        if first in "<>":
            return self.made(Kind.OPERATOR, f"{first}=" if self.accept("=") else first)
        rest, kind = _KEYWORDS.get(first, ("", ""))
        if rest and self.accept(rest):
            return self.made(Kind(kind), first + rest)
        return self.identifier(first)

    def identifier(self, character: str) -> Token:
        name = ""
        while True:
            if character == "\\":
                character = self.escaped()
            name += character
            if self.peek() not in _IDENTIFIER or self.peek() == _END:
                break
            character = self.next()
        if self.peek() not in _AFTER_IDENTIFIER and self.peek() != _END:
            raise FqlError(f"a name cannot be followed by {self.peek()!r}", self.at)
        return self.made(Kind.IDENT, name)

    def escaped(self) -> str:
        character = self.next()
        if character == _END or character > _LAST_UNIT:
            raise FqlError("a backslash must be followed by a character", self.at)
        return character

    def number(self, first: str) -> Token:
        digits, points = first, 0
        while self.peek() != _END and (self.peek() in _DIGITS or self.peek() == "."):
            character = self.next()
            digits += character
            if character == ".":
                points += 1
                if points > 1 or self.at_terminator():
                    raise FqlError("a number may have one decimal point, digits after it", self.at)
        return self.made(Kind.NUMBER, digits)

    def string(self, quote: str) -> Token:
        end = self.text.find(quote, self.at)
        if end < 0:
            raise FqlError("this string is not closed", self.start)
        content = self.text[self.at : end]
        self.at = end
        # Quirk: a closing quote before anything but a terminator is not consumed, and so opens
        # the next string.
        self.accept(quote)
        return self.made(Kind.STRING, f"{quote}{content}{quote}")

    def accept(self, expected: str) -> bool:
        """Consume ``expected`` if a terminator follows it.

        Quirk: at the end of the text what was read so far stays consumed (a last word ``an`` is
        the name ``a``).
        """
        read = ""
        for _ in expected:
            character = self.next()
            if character == _END:
                return False
            read += character
            if character in _TERMINATORS:
                break
        if read == expected and self.at_terminator():
            return True
        self.at -= len(read)
        return False

    def at_terminator(self) -> bool:
        return self.at >= len(self.text) or self.text[self.at] in _TERMINATORS

    def next(self) -> str:
        character = self.peek()
        self.at += len(character)
        return character

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else _END

    def made(self, kind: Kind, value: str) -> Token:
        if len(value) > _LONGEST:
            raise FqlError("this is unreasonably long", self.start)
        return Token(kind, value, self.start)
