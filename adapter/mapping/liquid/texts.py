"""Filters on texts."""

import base64
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from adapter.mapping.javascript.text import WHITESPACE
from adapter.mapping.javascript.values import utf16_units
from adapter.mapping.liquid.values import number, written

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}
_UNESCAPES = {escape: character for character, escape in _ESCAPES.items()}
_BLANKS = re.compile(f"[{WHITESPACE}]+")
_HTML = (("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->"), ("<", ">"))


def _on_text(apply: Callable[..., Any]) -> Callable[..., Any]:
    """Write the value and the arguments as texts first."""

    def run(value: Any, *arguments: Any) -> Any:
        return apply(written(value), *map(written, arguments))

    return run


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(character, character) for character in text)


def _escaped_once(text: str) -> str:
    return _escaped(re.sub(r"&(amp|lt|gt|#34|#39);", lambda match: _UNESCAPES[match[0]], text))


def _split(text: str, separator: str = "") -> list[str]:
    parts = text.split(separator) if separator else utf16_units(text)
    while parts and not parts[-1]:
        parts.pop()
    return parts


def _without_last(text: str, piece: str) -> str:
    return _last_replaced(text, piece, "")


def _last_replaced(text: str, piece: str, replacement: str) -> str:
    before, found, after = text.rpartition(piece) if piece else ("", "", text)
    return f"{before}{replacement}{after}" if found else text


def _replaced(text: str, piece: str, replacement: str = "") -> str:
    return replacement.join(text.split(piece) if piece else list(text))


def _without_html(text: str) -> str:
    kept, at = "", 0
    while (start := text.find("<", at)) >= 0:
        kept += text[at:start]
        for opening, closing in _HTML:
            end = (
                text.find(closing, start + len(opening)) if text.startswith(opening, start) else -1
            )
            if end >= 0:
                at = end + len(closing)
                break
        else:
            return kept + text[start:]
    return kept + text[at:]


def _truncated(value: Any, length: Any = 50, ending: Any = "...") -> Any:
    text, end = written(value), written(ending)
    size = int(number(length))
    return value if len(text) <= size else text[: max(size - len(end), 0)] + end


def _truncated_words(value: Any, count: Any = 15, ending: Any = "...") -> str:
    words = _BLANKS.split(written(value).lstrip(WHITESPACE))
    size = max(int(number(count)), 1)
    kept = " ".join(words[:size])
    return kept + written(ending) if len(words) >= size else kept


def _slice(value: Any, start: Any, length: Any = 1) -> Any:
    whole = value if isinstance(value, list) else written(value)
    begin, size = int(number(start)), int(number(length))
    begin += len(whole) if begin < 0 else 0
    empty: Any = [] if isinstance(whole, list) else ""
    return empty if begin < 0 or size < 0 else whole[begin : begin + size]


def _decoded(text: str) -> str:
    return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")


TEXT_FILTERS: dict[str, Callable[..., Any]] = {
    "append": _on_text(lambda text, suffix: text + suffix),
    "base64_decode": _on_text(_decoded),
    "base64_encode": _on_text(lambda text: base64.b64encode(text.encode()).decode()),
    "capitalize": _on_text(_capitalized),
    "cgi_escape": _on_text(lambda text: quote(text, safe="-_.").replace("%20", "+")),
    "downcase": _on_text(str.lower),
    "escape": _on_text(_escaped),
    "escape_once": _on_text(_escaped_once),
    "lstrip": _on_text(lambda text, characters="": text.lstrip(characters or WHITESPACE)),
    "normalize_whitespace": _on_text(lambda text: _BLANKS.sub(" ", text)),
    "prepend": _on_text(lambda text, prefix: prefix + text),
    "remove": _on_text(lambda text, piece: text.replace(piece, "") if piece else text),
    "remove_first": _on_text(lambda text, piece: text.replace(piece, "", 1)),
    "remove_last": _on_text(_without_last),
    "replace": _on_text(_replaced),
    "replace_first": _on_text(lambda text, piece, other="": text.replace(piece, other, 1)),
    "replace_last": _on_text(_last_replaced),
    "rstrip": _on_text(lambda text, characters="": text.rstrip(characters or WHITESPACE)),
    "slice": _slice,
    "split": _on_text(_split),
    "squish": _on_text(lambda text: _BLANKS.sub(" ", text.strip(WHITESPACE))),
    "strip": _on_text(lambda text, characters="": text.strip(characters or WHITESPACE)),
    "strip_html": _on_text(_without_html),
    "strip_newlines": _on_text(lambda text: re.sub(r"\r?\n", "", text)),
    "truncate": _truncated,
    "truncatewords": _truncated_words,
    "upcase": _on_text(str.upper),
    "url_decode": _on_text(lambda text: unquote(text.replace("+", " "), errors="strict")),
    "url_encode": _on_text(lambda text: quote(text, safe="!'()*-._~").replace("%20", "+")),
    "xml_escape": _on_text(_escaped),
}
