"""Why a field has the value it has: which directive gave it, or why there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapter.errors import AdapterError
from adapter.jsonvalue import JSONObject, dumps
from adapter.mapping.directives import is_directive, name_of
from adapter.mapping.evaluate import resolve
from adapter.mapping.javascript.values import (
    UNDEFINED,
    is_nullish,
    is_truthy,
    member,
    type_name,
    without_undefined,
)
from adapter.mapping.paths import get, split, without_root
from adapter.mapping.templates import placeholders

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Trace:
    """One step on the way to a value.

    Attributes:
        what: the directive and its operand, such as ``@path $.userId``.
        value: what it gave; undefined if nothing.
        why: what decided: the branch taken, the member that is missing.
        steps: the directives inside that were run.
    """

    what: str
    value: Any
    why: str = ""
    steps: tuple["Trace", ...] = ()

    def as_json(self) -> JSONObject:
        """Give it as an object; without ``value`` if there is none."""
        shown: JSONObject = {"what": self.what}
        if self.value is not UNDEFINED:
            shown["value"] = without_undefined(self.value)
        if self.why:
            shown["why"] = self.why
        if self.steps:
            shown["steps"] = [step.as_json() for step in self.steps]
        return shown


def trace(mapping: Any, payload: Any) -> Trace:
    """Resolve part of a mapping and tell how; a directive that fails tells its error."""
    if not is_directive(mapping):
        return _of_plain(mapping, payload)
    name = name_of(mapping)
    options = mapping[name]
    try:
        value = resolve(mapping, payload)
    except AdapterError as error:
        return Trace(name, UNDEFINED, f"failed: {error}")
    return _TRACERS.get(name, _of_parts)(name, options, payload, value)


def shown(value: Any) -> str:
    """Write a value short enough for one line."""
    text = "nothing" if value is UNDEFINED else dumps(without_undefined(value))
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _of_plain(mapping: Any, payload: Any) -> Trace:
    if isinstance(mapping, dict):
        steps = tuple(trace(item, payload) for item in mapping.values())
        return Trace("object", _resolved(mapping, payload), steps=steps)
    if isinstance(mapping, list):
        steps = tuple(trace(item, payload) for item in mapping)
        return Trace("array", _resolved(mapping, payload), steps=steps)
    return Trace("literal", mapping)


def _resolved(mapping: Any, payload: Any) -> Any:
    try:
        return resolve(mapping, payload)
    except AdapterError:
        return UNDEFINED


def _of_path(name: str, path: Any, payload: Any, value: Any) -> Trace:
    if not isinstance(path, str):
        return _of_parts(name, path, payload, value)
    return Trace(f"@path {path}", value, _where_it_ends(path, payload))


def _where_it_ends(path: str, payload: Any) -> str:
    """Name the first member of a path that is not there, or cannot have members."""
    value, walked = payload, "the call"
    for key in split(without_root(path)):
        below = member(value, key)
        if not is_truthy(value) and value is not payload:
            return f"{walked} is {shown(value)}"
        if below is UNDEFINED:
            return (
                f"{walked} has no {key}"
                if isinstance(value, dict | list)
                else (f"{walked} is a {type_name(value)}")
            )
        value, walked = below, key if walked == "the call" else f"{walked}.{key}"
    return f"{walked} is null" if value is None else ""


def _of_template(name: str, template: Any, payload: Any, value: Any) -> Trace:
    if not isinstance(template, str):
        return _of_parts(name, template, payload, value)
    reads = [f"{path or '.'} = {shown(get(payload, path))}" for path in placeholders(template)]
    return Trace(f"@template {template}", value, ", ".join(reads))


def _of_if(name: str, options: Any, payload: Any, value: Any) -> Trace:
    kind = "exists" if "exists" in options else "blank"
    condition = trace(options[kind], payload)
    taken = not is_nullish(condition.value)
    if kind == "blank":
        taken = resolve({name: {kind: options[kind], "then": True}}, payload) is True
    branch = "then" if taken else "else"
    why = f"{condition.what} {'has' if taken else 'has no'} value, so {branch}"
    if branch not in options:
        return Trace(name, value, f"{why}, which is not given", (condition,))
    return Trace(name, value, why, (condition, trace(options[branch], payload)))


def _of_parts(name: str, options: Any, payload: Any, value: Any) -> Trace:
    """Tell of a directive by what is inside it."""
    parts = options.values() if isinstance(options, dict) else options
    if not isinstance(options, dict | list):
        return Trace(f"{name} {shown(options)}", value)
    if is_directive(options):
        return Trace(name, value, steps=(trace(options, payload),))
    nested = [part for part in parts if isinstance(part, dict | list)]
    return Trace(name, value, steps=tuple(trace(part, payload) for part in nested))


def _of_scoped(name: str, options: Any, payload: Any, value: Any) -> Trace:
    """Tell of a directive whose parts see another payload: only its own result."""
    del options, payload
    return Trace(name, value)


_TRACERS: dict[str, Callable[[str, Any, Any, Any], Trace]] = {
    "@path": _of_path,
    "@template": _of_template,
    "@if": _of_if,
    "@arrayPath": _of_scoped,
    "@transform": _of_scoped,
}
