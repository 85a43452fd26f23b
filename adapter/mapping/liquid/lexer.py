"""Templates cut into texts, outputs and tags, as Segment's engine cuts them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from adapter.mapping.javascript.text import WHITESPACE

WORD = rf"(?:[A-Za-z0-9_?-]|[^\x00-\x7f{WHITESPACE}“”])"
"""A character of names."""

_OPENING = re.compile(r"\{[{%]")
_OUTPUT = re.compile(r"""\{\{((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^"'])*?)\}\}""", re.DOTALL)
_TAG = re.compile(r"\{%(.*?)%\}", re.DOTALL)
_NAME = re.compile(rf"[{WHITESPACE}]*(\#|{WORD}+)[{WHITESPACE}]*(.*)", re.DOTALL)
_END_OF_RAW = re.compile(rf"\{{%[{WHITESPACE}]*endraw(?!{WORD})((?:(?!\{{%).)*?)%\}}", re.DOTALL)


class Kind(StrEnum):
    """The kinds of token."""

    TEXT = "text"
    RAW = "raw"
    OUTPUT = "output"
    TAG = "tag"


@dataclass(slots=True)
class Token:
    """A part of a template.

    Attributes:
        text: as it stands, or what is inside the delimiters; of a tag what follows its name.
        name: of a tag.
        trims_before: whether white space in a text before it is left out; alike ``trims_after``.
    """

    kind: Kind
    text: str
    name: str = ""
    trims_before: bool = False
    trims_after: bool = False


def tokens_of(template: str) -> list[Token]:
    """Cut a template.

    Raises:
        ValueError: if an output, a tag or ``raw`` is not closed, or a tag has no name.
    """
    tokens = list(_cut(template))
    for token, after in pairwise(tokens):
        if token.kind is Kind.TEXT and after.trims_before:
            token.text = token.text.rstrip(WHITESPACE)
        elif token.trims_after and after.kind is Kind.TEXT:
            after.text = after.text.lstrip(WHITESPACE)
    return tokens


def tag_of(inside: str) -> Token:
    """Read a tag from what is inside its delimiters.

    Raises:
        ValueError: if it has no name.
    """
    before, after, text = _trimmed(inside)
    match = _NAME.match(text)
    if match is None:
        raise ValueError(f"a tag has no name: {inside.strip()!r}")
    return Token(Kind.TAG, match[2], match[1], before, after)


def _cut(template: str) -> Iterator[Token]:
    at = 0
    while at < len(template):
        opening = _OPENING.search(template, at)
        start = len(template) if opening is None else opening.start()
        if start > at:
            yield Token(Kind.TEXT, template[at:start])
        if opening is None:
            return
        match = _matched(_OUTPUT if opening[0] == "{{" else _TAG, template, start)
        at = match.end()
        if opening[0] == "{{":
            before, after, text = _trimmed(match[1])
            yield Token(Kind.OUTPUT, text, trims_before=before, trims_after=after)
            continue
        tag = tag_of(match[1])
        if tag.name == "raw":
            end = _END_OF_RAW.search(template, at)
            if end is None:
                raise _not_closed(template, start)
            text, after = template[at : end.start()], end[1].endswith("-")
            tag = Token(Kind.RAW, text, trims_before=tag.trims_before, trims_after=after)
            at = end.end()
        yield tag


def _matched(pattern: re.Pattern[str], template: str, start: int) -> re.Match[str]:
    match = pattern.match(template, start)
    if match is None:
        raise _not_closed(template, start)
    return match


def _not_closed(template: str, start: int) -> ValueError:
    return ValueError(f"not closed: {template[start : start + 30]!r}")


def _trimmed(inside: str) -> tuple[bool, bool, str]:
    """Tell what the hyphens at both ends ask, and give what is between them."""
    before, after = inside.startswith("-"), inside.endswith("-")
    return before, after, inside[before : len(inside) - after].strip(WHITESPACE)
