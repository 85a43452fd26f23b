"""The filters of ``@liquid``; those that must not be used refuse by name."""

from collections.abc import Callable
from typing import Any

from adapter.mapping.liquid.dates import date
from adapter.mapping.liquid.lists import LIST_FILTERS
from adapter.mapping.liquid.numbers import NUMBER_FILTERS
from adapter.mapping.liquid.texts import TEXT_FILTERS

DISABLED_FILTERS = (
    "array_to_sentence_string", "concat", "find", "find_exp", "find_index", "find_index_exp",
    "group_by", "group_by_exp", "has", "has_exp", "map", "newline_to_br", "reject", "reject_exp",
    "reverse", "sort", "sort_natural", "type", "uniq", "where_exp",
)  # fmt: skip
"""Filters that Segment refuses."""

UNSUPPORTED_FILTERS = (
    "date_to_long_string", "date_to_rfc822", "date_to_string", "date_to_xmlschema", "hmac_sha256",
    "number_of_words", "pop", "push", "sample", "sha256", "shift", "slugify", "unshift",
    "uri_escape",
)  # fmt: skip
"""Filters that Segment has and we have not: refused, rather than passed through unnoticed."""


def _refusal(name: str, why: str) -> Callable[..., str]:
    def refuse(*_arguments: object, **_options: object) -> str:
        raise ValueError(f'the filter "{name}" is {why}')

    return refuse


FILTERS: dict[str, Callable[..., Any]] = {
    **NUMBER_FILTERS,
    **TEXT_FILTERS,
    **LIST_FILTERS,
    "date": date,
    **{name: _refusal(name, "disabled") for name in DISABLED_FILTERS},
    **{name: _refusal(name, "not supported") for name in UNSUPPORTED_FILTERS},
}
"""Unknown ones pass their value on."""
