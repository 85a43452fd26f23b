"""What each directive does to values already resolved; how values are resolved is elsewhere.

:mod:`adapter.mapping.evaluate` walks a mapping anew for every payload and is the reference;
:mod:`adapter.mapping.compile` turns it into closures once. Both use these.
"""

import re
from collections.abc import Callable
from typing import Any

from adapter.errors import AdapterError
from adapter.jsonvalue import JSONObject
from adapter.mapping.javascript.json import parse, stringify
from adapter.mapping.javascript.text import string_of, utf16_length
from adapter.mapping.javascript.values import UNDEFINED, entries_of, is_truthy, type_name

ROOT_DIRECTIVE = "__segment_internal_directive"
"""Wraps a whole mapping in one directive, whose ``mapping`` the other fields become."""

METADATA = "_metadata"
"""The only key without an @ that a directive may have beside it."""

MAX_PATTERN = 10
MAX_REPLACEMENT = 10

_BEYOND_ASCII = 128
_LAST_BMP = 0xFFFF


class DirectiveFailed(AdapterError):
    """A directive cannot be applied to this payload."""

    code = "directive_failed"


def is_directive(value: Any) -> bool:
    """Tell whether a value is an object of @-keys only, ``_metadata`` apart."""
    if not isinstance(value, dict):
        return False
    found = False
    for key in value:
        if key.startswith("@"):
            found = True
        elif key != METADATA:
            return False
    return found


def name_of(directive: JSONObject) -> str:
    """Give the first @-key of a directive, which is the one that counts."""
    return next(key for key in directive if key.startswith("@"))


def options_of(value: Any, name: str, *required: str) -> JSONObject:
    """Check that a directive's value is an object in which some keys are truthy.

    Raises:
        DirectiveFailed: naming what is missing.
    """
    if not isinstance(value, dict):
        raise DirectiveFailed(f"{name} requires an object, got {type_name(value)}")
    for key in required:
        if not is_truthy(value.get(key)):
            raise DirectiveFailed(f'{name} requires a "{key}" key that is not falsy')
    return value


def text_for(value: Any, name: str) -> str:
    """Check that what a directive is given is a text.

    Raises:
        DirectiveFailed: if it is not.
    """
    if not isinstance(value, str):
        raise DirectiveFailed(f"{name}: expected string, got {type_name(value)}")
    return value


def change_case(value: Any, operator: Any) -> Any:
    """Do ``@case``: lower or upper; what is no text stays as it is."""
    if not isinstance(value, str):
        return value
    if operator == "lower":
        return value.lower()
    if operator == "upper":
        return value.upper()
    raise DirectiveFailed('@case: operator should be "lower" or "upper"')


def replacer(options: JSONObject) -> Callable[[Any], Any]:
    """Prepare ``@replace``: a function from the resolved value to the new one.

    Quirks: null, missing, objects and arrays become ""; so does any value when an option has the
    wrong type; ``pattern2`` is checked only when it runs.
    """
    given = {key: value for key, value in options.items() if value is not None}
    chosen: JSONObject = {
        "replacement": "",
        "replacement2": "",
        "ignorecase": False,
        "global": True,
    } | given
    pattern, second = chosen.get("pattern"), chosen.get("pattern2")
    replacement, replacement2 = chosen["replacement"], chosen["replacement2"]
    fold, everywhere = chosen["ignorecase"], chosen["global"]
    switches_sound = isinstance(fold, bool) and isinstance(everywhere, bool)

    def run(value: Any) -> Any:
        if isinstance(value, bool | int | float):
            value = string_of(value)
        if not (isinstance(value, str) and isinstance(pattern, str) and switches_sound):
            return ""
        if not isinstance(replacement, str):
            return ""
        value = _replaced(value, pattern, replacement, fold=fold, everywhere=everywhere)
        if isinstance(second, str) and second and isinstance(replacement2, str):
            value = _replaced(value, second, replacement2, fold=fold, everywhere=everywhere)
        return value

    return run


def flatten(value: Any, separator: str, *, omit_arrays: bool, prefix: str = "") -> JSONObject:
    """Do ``@flatten``.

    Quirks: a scalar gives ``{"": value}``; empty objects and arrays vanish.
    """
    if not (isinstance(value, dict) or (isinstance(value, list) and not omit_arrays)):
        return {prefix: value}
    flat: JSONObject = {}
    for key, item in entries_of(value):
        path = f"{prefix}{separator}{key}" if prefix else key
        flat.update(flatten(item, separator, omit_arrays=omit_arrays, prefix=path))
    return flat


def merge(values: list[Any], direction: Any) -> JSONObject:
    """Do ``@merge``: later wins, or earlier if the direction is exactly ``left``.

    Quirks: an undefined value in a later object erases the earlier one; texts and arrays spread to
    index keys; other scalars are ignored; ``LEFT`` acts as right.
    """
    merged: JSONObject = {}
    for value in reversed(values) if direction == "left" else values:
        merged.update(value if isinstance(value, dict) else entries_of(value))
    return merged


def convert_json(value: Any, mode: Any) -> Any:
    """Do ``@json``; a text that is no JSON is decoded to itself.

    Quirk: ``ENCODE`` and ``DECODE`` pass validation and give undefined.
    """
    if mode == "encode":
        return stringify(value)
    if mode != "decode":
        return UNDEFINED
    if not isinstance(value, str):
        return value
    try:
        return parse(value)
    except ValueError:
        return value


def exclude_nulls(value: Any) -> Any:
    """Do ``@excludeWhenNull``: null becomes undefined, in nested objects too, in arrays not."""
    if value is None:
        return UNDEFINED
    if isinstance(value, dict):
        return {key: exclude_nulls(item) for key, item in value.items()}
    return value


def rooted(mapping: Any) -> JSONObject:
    """Give the object that is resolved in place of a whole mapping.

    Texts and arrays spread to index keys; a :data:`ROOT_DIRECTIVE` takes the other fields in.

    Raises:
        DirectiveFailed: if the mapping is null or its root directive is malformed.
    """
    if mapping is None or mapping is UNDEFINED:
        raise DirectiveFailed(f"a mapping must be an object, got {type_name(mapping)}")
    if not isinstance(mapping, dict):
        return dict(entries_of(mapping))
    if ROOT_DIRECTIVE not in mapping:
        return mapping
    root = mapping[ROOT_DIRECTIVE]
    if not isinstance(root, dict) or len(root) != 1:
        raise DirectiveFailed("the root mapping must be an object with a single directive")
    ((name, options),) = root.items()
    if isinstance(options, list):
        return root
    if not isinstance(options, dict):
        raise DirectiveFailed("the root directive must be an object")
    fields = {key: value for key, value in mapping.items() if key != ROOT_DIRECTIVE}
    return {name: {**options, "mapping": fields}}


def _replaced(text: str, pattern: str, replacement: str, *, fold: bool, everywhere: bool) -> str:
    if utf16_length(pattern) > MAX_PATTERN:
        raise DirectiveFailed(f'@replace: "pattern" is longer than {MAX_PATTERN}')
    if utf16_length(replacement) > MAX_REPLACEMENT:
        raise DirectiveFailed(f'@replace: "replacement" is longer than {MAX_REPLACEMENT}')
    if not fold and "$" not in replacement:
        return text.replace(pattern, replacement, -1 if everywhere else 1)
    searched, needle = (_folded(text), _folded(pattern)) if fold else (text, pattern)
    pieces, start = [], 0
    at = searched.find(needle)
    while at >= 0:
        end = at + len(needle)
        pieces += [text[start:at], _expanded(replacement, text, at, end)]
        start = end
        at = searched.find(needle, end) if everywhere else -1
    return "".join([*pieces, text[start:]])


def _expanded(replacement: str, text: str, start: int, end: int) -> str:
    """Fill in ``$$``, ``$&``, ``$``` and ``$'``, which stay active in a replacement."""
    parts = {"$$": "$", "$&": text[start:end], "$`": text[:start], "$'": text[end:]}
    return re.sub(r"\$[$&`']", lambda match: parts[match[0]], replacement)


def _folded(text: str) -> str:
    """Fold case as a JavaScript pattern without the u flag does, unit by unit."""
    return "".join(map(_folded_unit, text))


def _folded_unit(character: str) -> str:
    upper = character.upper()
    kept = (
        len(upper) != 1
        or ord(character) > _LAST_BMP
        or (ord(character) >= _BEYOND_ASCII > ord(upper))
    )
    return character if kept else upper
