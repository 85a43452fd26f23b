"""Forms and queries: flat pairs of texts become nested objects (X6, contracts 2.1)."""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from adapter.errors import RequestError, TooDeep
from adapter.jsonvalue import MAX_DEPTH, JSONObject

FORM_TYPE = "application/x-www-form-urlencoded"

_MOST_PAIRS = 1_000
_BRACKETED = re.compile(r"([^\[\]]*)((?:\[[^\[\]]*\])*)")
_INSIDE = re.compile(r"\[([^\[\]]*)\]")

Split = Callable[[str], list[str]]
"""From a name to the keys that lead to its value."""


def bracketed(name: str) -> list[str]:
    """Part ``data[address][city]``; what is not so written is one key."""
    found = _BRACKETED.fullmatch(name)
    return [name] if found is None else [found[1], *_INSIDE.findall(found[2])]


def dotted(name: str) -> list[str]:
    """Part ``properties.address.city``."""
    return name.split(".")


def read_form(text: str, split: Split) -> JSONObject:
    """Read a form, or a query. All values are texts; the last of those with the same name wins.

    Args:
        text: percent-encoded pairs.
        split: how names lead into objects.

    Raises:
        RequestError: it has too many pairs, or is not UTF-8.
        TooDeep: a name leads deeper than 64.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PAIRS)
    except UnicodeDecodeError:
        raise RequestError("the form is not UTF-8 when percent-decoded") from None
    except ValueError:
        raise RequestError(f"the form has more than the limit of {_MOST_PAIRS} fields") from None
    return _nested(pairs, split)


def _nested(pairs: Iterable[tuple[str, str]], split: Split) -> JSONObject:
    whole: JSONObject = {}
    for name, value in pairs:
        *way, last = split(name)
        if len(way) >= MAX_DEPTH:
            raise TooDeep(f"the form nests deeper than {MAX_DEPTH}")
        inner: JSONObject = whole
        for key in way:
            inner = _object_in(inner, key)
        inner[last] = value
    return whole


def _object_in(fields: JSONObject, key: str) -> JSONObject:
    """Give the object under a key, in place of a text that may stand there."""
    found: Any = fields.get(key)
    inner: JSONObject = found if isinstance(found, dict) else {}
    fields[key] = inner
    return inner
