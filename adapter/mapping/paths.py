"""``@path``: dotted and bracketed paths, which resemble JSONPath and are not.

| path | leads to |
|---|---|
| ``$.traits.email``, ``traits.email`` | the member ``email`` of ``traits`` |
| ``$.products[0].sku``, ``traits['plan']`` | an item, a quoted member |
| ``""``, ``.``, ``$.`` | the payload itself |
"""

import re
from collections.abc import Callable
from typing import Any

from adapter.mapping.javascript.values import UNDEFINED, member

Run = Callable[[Any], Any]
"""Something compiled: payload in, value out."""

_SEPARATOR = re.compile(r"""\[(?=["'0-9])|\.|(?<=["'0-9])\]+""")


def split(path: str) -> tuple[str, ...]:
    """Split a path into keys.

    Quirk: quotes do not protect a dot (``['a.b']`` is a, then b), and a bracket that holds neither
    a digit nor a quote is part of the key (``a[b]`` is one key).
    """
    steps = [step for step in _SEPARATOR.split(path) if step]
    return tuple(step.replace("'", "").replace('"', "") for step in steps)


def without_root(path: str) -> str:
    """Remove the ``$.`` of a path.

    Quirk: the first one, wherever it stands; a bare ``$`` stays and is a key.
    """
    return path.replace("$.", "", 1)


def get(value: Any, path: str) -> Any:
    """Follow a path whose ``$.`` has been removed."""
    return follow(value, split(path))


def follow(value: Any, keys: tuple[str, ...]) -> Any:
    """Follow keys one by one; a missing member gives undefined."""
    for key in keys:
        value = member(value, key)
    return value


def getter(keys: tuple[str, ...]) -> Run:
    """Compile keys; payloads are objects nearly always, so those are looked at first."""
    if not keys:
        return _itself
    if len(keys) == 1:
        return _one(keys[0])
    return _two(*keys) if len(keys) == 2 else _many(keys)  # noqa: PLR2004 - said by the names


def _itself(payload: Any) -> Any:
    return payload


def _one(key: str) -> Run:
    def run(payload: Any) -> Any:
        if type(payload) is dict:
            return payload.get(key, UNDEFINED)
        return member(payload, key)

    return run


def _two(first: str, second: str) -> Run:
    def run(payload: Any) -> Any:
        parent = payload.get(first, UNDEFINED) if type(payload) is dict else member(payload, first)
        if type(parent) is dict:
            return parent.get(second, UNDEFINED)
        return member(parent, second)

    return run


def _many(keys: tuple[str, ...]) -> Run:
    def run(payload: Any) -> Any:
        value = payload
        for key in keys:
            if type(value) is dict:
                value = value.get(key, UNDEFINED)
            elif value is UNDEFINED:
                return value
            else:
                value = member(value, key)
        return value

    return run
