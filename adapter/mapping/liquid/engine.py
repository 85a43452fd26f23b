"""The engine: how long a template may be, and what becomes of its errors."""

from functools import lru_cache
from typing import Any

from adapter.mapping.directives import DirectiveFailed
from adapter.mapping.javascript.text import utf16_length
from adapter.mapping.liquid.scope import Scope
from adapter.mapping.liquid.tags import parsed

MAX_LENGTH = 1000

_parsed = lru_cache(maxsize=1024)(parsed)


def render(template: Any, payload: Any) -> str:
    """Render a Liquid template with a payload.

    Quirks: "" and 0 are true; unknown filters pass their value on.

    Raises:
        DirectiveFailed: if the template is no text, too long, malformed, or uses what is forbidden.
    """
    if not isinstance(template, str):
        raise DirectiveFailed("@liquid: the template must be a string")
    if utf16_length(template) > MAX_LENGTH:
        raise DirectiveFailed(f"@liquid: the template is longer than {MAX_LENGTH} characters")
    try:
        return _parsed(template)(Scope(payload))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise DirectiveFailed(f"@liquid: {error}") from error
