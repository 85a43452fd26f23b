"""The engine: which tags and filters there are, and how values are printed."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TextIO

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin.output import Output, OutputNode
from liquid.builtin.tags.echo_tag import EchoNode, EchoTag
from liquid.exceptions import LiquidError

from adapter.mapping.directives import DirectiveFailed
from adapter.mapping.javascript.text import utf16_length
from adapter.mapping.javascript.values import UNDEFINED, member
from adapter.mapping.liquid.lists import LIST_FILTERS
from adapter.mapping.liquid.numbers import NUMBER_FILTERS
from adapter.mapping.liquid.texts import TEXT_FILTERS
from adapter.mapping.liquid.values import written

MAX_LENGTH = 1000

DISABLED_TAGS = ("case", "for", "include", "layout", "render", "tablerow")
DISABLED_FILTERS = (
    "array_to_sentence_string", "concat", "find", "find_exp", "find_index", "find_index_exp",
    "group_by", "group_by_exp", "has", "has_exp", "map", "newline_to_br", "reject", "reject_exp",
    "reverse", "sort", "sort_natural", "type", "uniq", "where_exp",
)  # fmt: skip
UNSUPPORTED_FILTERS = (
    "date_to_long_string", "date_to_rfc822", "date_to_string", "date_to_xmlschema", "hmac_sha256",
    "number_of_words", "pop", "push", "sample", "sha256", "shift", "slugify", "unshift",
    "uri_escape",
)  # fmt: skip
"""Filters that Segment has and we have not: refused, rather than passed through unnoticed."""

_KEPT_FILTERS = ("date",)

_SPECIAL: dict[str, Callable[[Any], Any]] = {
    "size": lambda value: utf16_length(value) if isinstance(value, str) else _count(value),
    "first": lambda value: value[0] if isinstance(value, list) and value else UNDEFINED,
    "last": lambda value: value[-1] if isinstance(value, list) and value else UNDEFINED,
}
"""Members that values have beyond their own."""


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
        return _parsed(template).render(payload if isinstance(payload, dict) else {})
    except (LiquidError, ValueError, TypeError, OverflowError) as error:
        raise DirectiveFailed(f"@liquid: {error}") from error


def _count(value: Any) -> Any:
    return len(value) if isinstance(value, list | dict) else UNDEFINED


class _OutputNode(OutputNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(written(self.expression.evaluate(context)))


class _EchoNode(EchoNode):
    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(written(self.expression.evaluate(context)))


class _Context(RenderContext):
    def get_item(self, obj: Any, key: Any) -> Any:
        """Read a member as JavaScript does, besides size, first and last.

        Raises:
            KeyError: if there is none; the engine then takes it for undefined.
        """
        value = member(obj, str(key)) if isinstance(obj, dict) else UNDEFINED
        if value is UNDEFINED and isinstance(key, int) and isinstance(obj, list):
            value = member(obj, str(key + len(obj) if key < 0 else key))
        if value is UNDEFINED and key in _SPECIAL:
            value = _SPECIAL[key](obj)
        elif value is UNDEFINED and isinstance(obj, str | list):
            value = member(obj, str(key)) if obj else UNDEFINED
        if value is UNDEFINED:
            raise KeyError(key)
        return value


class _Template(BoundTemplate):
    context_class = _Context


class _Output(Output):
    node_class = _OutputNode


class _EchoTag(EchoTag):
    node_class = _EchoNode


def _environment() -> Environment:
    environment = Environment(strict_filters=False)
    environment.template_class = _Template
    for name in set(environment.filters) - set(_KEPT_FILTERS):
        del environment.filters[name]
    environment.filters |= {**NUMBER_FILTERS, **TEXT_FILTERS, **LIST_FILTERS}
    environment.filters |= {name: _refusal(name, "disabled") for name in DISABLED_FILTERS}
    environment.filters |= {name: _refusal(name, "not supported") for name in UNSUPPORTED_FILTERS}
    for tag in DISABLED_TAGS:
        environment.tags.pop(tag, None)
    environment.add_tag(_Output)
    environment.add_tag(_EchoTag)
    return environment


def _refusal(name: str, why: str) -> Callable[..., str]:
    def refuse(*_arguments: object, **_options: object) -> str:
        raise DirectiveFailed(f'@liquid: the filter "{name}" is {why}')

    return refuse


_ENVIRONMENT = _environment()


@lru_cache(maxsize=1024)
def _parsed(template: str) -> BoundTemplate:
    return _ENVIRONMENT.from_string(template)
