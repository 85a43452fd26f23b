"""FQL's tokens, cut as Segment's lexer cuts them, oddities and all."""

import re
from enum import StrEnum
from typing import NamedTuple

from adapter.errors import AdapterError


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


class Token(NamedTuple):
    """One token.

    Attributes:
        value: its text; strings keep their quotes, the end is ``eos``.
        offset: of its first character.
    """

    kind: Kind
    value: str
    offset: int


_END = r"(?=[ \t\n,\])]|\Z)"

# Each alternative is a kind of token, but for two oddities. ``cut``: a last word that begins like
# a keyword and is shorter than it keeps its first letter only. ``string``: a closing quote before
# anything but a terminator is left over, and so opens the next string.
_TOKEN = re.compile(
    rf"""
      (?P<conditional> (?:and|or) {_END} )
    | (?P<null> null {_END} )
    | (?P<cut> (?: a [^ \t\n,\])]? | n [^ \t\n,\])]{{0,2}} ) \Z )
    | (?P<ident> (?: [A-Za-z_] | \\[\0-\uffff] ) (?: [A-Za-z0-9_-] | \\[\0-\uffff] )*+
                 (?= [ \t\n,\]).(=!] | \Z ) )
    | (?P<operator> ! (?=[A-Za-z(]) | [!<>]= {_END} | [=<>] )
    | (?P<number> [0-9+-] [0-9]*+ (?: \. (?! [ \t\n,\])] | \Z ) [0-9]*+ )?+ (?!\.) )
    | (?P<string> "[^"]*+ (?: " {_END} | (?=") ) | '[^']*+ (?: ' {_END} | (?=') ) )
    | (?P<dot> \. ) | (?P<brackleft> \[ ) | (?P<brackright> \] ) | (?P<comma> , )
    | (?P<parenleft> \( ) | (?P<parenright> \) )
    """,
    re.VERBOSE,
)
_BLANKS = re.compile(r"[ \t\n]*")
_ESCAPED = re.compile(r"\\([\0-\uffff])")
_LONGEST = 100_000

_COMPLAINTS = (
    (r"!", '"!" must be followed by "= " (with a blank), a function or "("'),
    (r"[\"']", "this string is not closed"),
    (r"[0-9+-]", "a number may have one decimal point, and digits after it"),
    (r"[A-Za-z_\\]", "this name runs into a character that cannot follow it"),
)


def lex(text: str) -> list[Token]:
    """Cut a subscription into tokens, the last of kind ``END``.

    Raises:
        FqlError: at the first character that begins no token.
    """
    tokens: list[Token] = []
    blanks, token = _BLANKS.match, _TOKEN.match
    at = blanks(text)
    while at is not None and at.end() < len(text):
        match = token(text, at.end())
        if match is None:
            raise FqlError(_complaint(text[at.end()]), at.end())
        tokens.append(_made(match))
        at = blanks(text, match.end())
    tokens.append(Token(Kind.END, "eos", len(text)))
    return tokens


def _made(match: re.Match[str]) -> Token:
    kind, value = str(match.lastgroup), match[0]
    if len(value) > _LONGEST:
        raise FqlError("this is unreasonably long", match.start())
    if kind == "cut":
        return Token(Kind.IDENT, value[0], match.start())
    if kind == "ident" and "\\" in value:
        value = _ESCAPED.sub(r"\1", value)
    elif kind == "string":
        value = f"{value[0]}{value[1:].rstrip(value[0])}{value[0]}"
    return Token(_KINDS[kind], value, match.start())


def _complaint(character: str) -> str:
    for begins, complaint in _COMPLAINTS:
        if re.match(begins, character):
            return complaint
    return f"{character!r} begins nothing"


_KINDS = {kind.value: kind for kind in Kind}
