"""``@template``: texts with ``{{path}}`` in them."""

import re
from typing import Any

from adapter.mapping.javascript.text import WHITESPACE, string_of
from adapter.mapping.javascript.values import UNDEFINED, is_nullish
from adapter.mapping.paths import Run, get, getter, split

_TRIPLE = re.compile(r"\{\{\{([^}]+)\}\}\}")
_DOUBLE = re.compile(r"\{\{([^}]+)\}\}")


def render(template: str, payload: Any) -> str:
    """Fill a template in.

    Quirks: ``$.`` is not removed, so ``{{$.name}}`` is empty; ``{{ }}`` is the payload itself; what
    ``{{{x}}}`` yields is rendered a second time.
    """
    if "{{{" in template:
        template = _fill(_TRIPLE, template, payload)
    return _fill(_DOUBLE, template, payload)


def compiled(template: str) -> Run:
    """Compile a template; one with triple braces has to be read anew each time."""
    if _TRIPLE.search(template):
        return lambda payload: render(template, payload)
    texts = _DOUBLE.split(template)
    if len(texts) == 1:
        return lambda _payload: template
    parts = [
        _reader(text) if index % 2 else text
        for index, text in enumerate(texts)
        if index % 2 or text
    ]
    if len(parts) == 1 and not isinstance(parts[0], str):
        only = parts[0]
        return lambda payload: _text(only(payload))
    return lambda payload: "".join(
        part if isinstance(part, str) else _text(part(payload)) for part in parts
    )


def placeholders(template: str) -> list[str]:
    """List the paths a template reads, as written."""
    return [text.strip(WHITESPACE) for text in _DOUBLE.findall(_TRIPLE.sub(r"{{\1}}", template))]


def _reader(placeholder: str) -> Run:
    keys = split(placeholder.strip(WHITESPACE))
    return getter(keys) if keys else _whole


def _whole(payload: Any) -> Any:
    """Give the payload itself; a missing one is an empty object to a template."""
    return {} if payload is UNDEFINED else payload


def _fill(pattern: re.Pattern[str], template: str, payload: Any) -> str:
    def replacement(match: re.Match[str]) -> str:
        return _text(get(whole, match[1].strip(WHITESPACE)))

    whole = _whole(payload)
    return pattern.sub(replacement, template)


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    return "" if is_nullish(value) else string_of(value)
