"""``@liquid``: Liquid as Segment's engine speaks it, with the tags and filters it forbids."""

from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError

from adapter.mapping.directives import DirectiveFailed
from adapter.mapping.javascript.text import utf16_length

MAX_LENGTH = 1000

_DISABLED_TAGS = ("case", "for", "include", "layout", "render", "tablerow")
_DISABLED_FILTERS = (
    "array_to_sentence_string", "concat", "find", "find_exp", "find_index", "find_index_exp",
    "group_by", "group_by_exp", "has", "has_exp", "map", "newline_to_br", "reject", "reject_exp",
    "reverse", "sort", "sort_natural", "type", "uniq", "where_exp",
)  # fmt: skip


def render(template: Any, payload: Any) -> str:
    """Render a Liquid template with a payload.

    Raises:
        DirectiveFailed: if the template is no text, too long, malformed, or uses what is forbidden.
    """
    if not isinstance(template, str):
        raise DirectiveFailed("@liquid: the template must be a string")
    if utf16_length(template) > MAX_LENGTH:
        raise DirectiveFailed(f"@liquid: the template is longer than {MAX_LENGTH} characters")
    try:
        return _parsed(template).render(payload if isinstance(payload, dict) else {})
    except LiquidError as error:
        raise DirectiveFailed(f"@liquid: {error}") from error


def _environment() -> Environment:
    environment = Environment(strict_filters=False)
    for tag in _DISABLED_TAGS:
        environment.tags.pop(tag, None)
    for name in _DISABLED_FILTERS:
        environment.filters[name] = _disabled(name)
    return environment


def _disabled(name: str) -> Any:
    def refuse(*_args: object, **_kwargs: object) -> str:
        raise DirectiveFailed(f'@liquid: filter "{name}" is disabled')

    return refuse


_ENVIRONMENT = _environment()


@lru_cache(maxsize=1024)
def _parsed(template: str) -> BoundTemplate:
    return _ENVIRONMENT.from_string(template)
