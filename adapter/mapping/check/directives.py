"""Traps of directives: valid mappings that do what nobody expects (mapping-kit.md)."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from adapter.mapping.directives import is_directive, name_of
from adapter.mapping.javascript.values import UNDEFINED, is_truthy
from adapter.mapping.templates import placeholders
from adapter.mapping.validate import Path, faults_of


class Trap(NamedTuple):
    """A trap, and where in the directive it lies."""

    path: Path
    code: str
    message: str
    cure: str


Traps = Iterator[Trap]

_DOTTED_QUOTES = re.compile(r"""\[(["'])[^"'\]]*\.[^"'\]]*\1\]""")
_WORD_INDEX = re.compile(r"\[[^\"'0-9\]][^\]]*\]")
_MODES = {"@merge": ("direction", ("left", "right")), "@json": ("mode", ("encode", "decode"))}


def traps_of(value: Any, path: Path = ()) -> Traps:
    """Yield the traps in any part of a mapping, nested ones too."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unread_faults(item, (*path, index))
            yield from traps_of(item, (*path, index))
    elif isinstance(value, dict):
        if is_directive(value):
            name = name_of(value)
            look = _TRAPS.get(name)
            if look is not None:
                yield from look(value[name], (*path, name))
        for key, item in value.items():
            yield from traps_of(item, (*path, key))


def _unread_faults(value: Any, path: Path) -> Traps:
    """Quirk: validation passes over what arrays hold; it fails when it runs."""
    for fault in faults_of(value, path):
        message = f"{fault.message}; validation does not look into arrays, so each call fails"
        yield Trap(fault.path, "M110", message, "mend the directive")


def _path(path: Any, where: Path) -> Traps:
    if not isinstance(path, str):
        return
    if _DOTTED_QUOTES.search(path):
        message = "quotes do not protect a dot: ['a.b'] is read as a, then b"
        yield Trap(where, "M101", message, "a key with a dot in it cannot be reached by a path")
    if _WORD_INDEX.search(path):
        message = "brackets hold only digits or quoted names; this stays one long key"
        yield Trap(where, "M111", message, "write a.b, a['b'] or a[0]")


def _template(template: Any, where: Path) -> Traps:
    for placeholder in placeholders(template) if isinstance(template, str) else ():
        if "$." in placeholder:
            message = f"{{{{{placeholder}}}}} is always empty: $. is not removed in a template"
            yield Trap(where, "M102", message, f"{{{{{placeholder.replace('$.', '', 1)}}}}}")


def _if(options: Any, where: Path) -> Traps:
    if not isinstance(options, dict):
        return
    otherwise = options.get("else", UNDEFINED)
    if otherwise is not UNDEFINED and not is_truthy(otherwise):
        message = f"an else of {otherwise!r} is dropped, and the field left out"
        yield Trap((*where, "else"), "M103", message, 'else: {"@literal": ...} keeps it')
    if not (is_truthy(options.get("exists")) or is_truthy(options.get("blank"))):
        message = "this @if fails on each call: its condition is missing or falsy"
        yield Trap(where, "M104", message, 'exists: {"@path": "$.field"}')


def _falsy_value(name: str, outcome: str) -> Callable[[Any, Path], Traps]:
    def look(options: Any, where: Path) -> Traps:
        if isinstance(options, dict) and not is_truthy(options.get("value")):
            message = f"{name} of a falsy literal {outcome}"
            yield Trap(where, "M105", message, 'value: {"@path": "$.field"}')

    return look


def _mode(name: str) -> Callable[[Any, Path], Traps]:
    key, known = _MODES[name]
    outcome = "counts as right" if name == "@merge" else "leaves the field out"

    def look(options: Any, where: Path) -> Traps:
        value = options.get(key) if isinstance(options, dict) else None
        if isinstance(value, str) and value not in known and value.lower() in known:
            message = f"{value} passes validation, but {outcome}: case matters"
            yield Trap((*where, key), "M106", message, f"{key}: {value.lower()}")

    return look


def _merge(options: Any, where: Path) -> Traps:
    yield from _mode("@merge")(options, where)
    if isinstance(options, dict) and not is_truthy(options.get("direction")):
        yield Trap(where, "M107", "without a direction this fails on each call", "direction: right")


def _json(options: Any, where: Path) -> Traps:
    yield from _mode("@json")(options, where)
    yield from _falsy_value("@json", "fails on each call")(options, where)


def _flatten(options: Any, where: Path) -> Traps:
    omit = options.get("omitArrays") if isinstance(options, dict) else None
    if isinstance(omit, str) and omit:
        message = f'the text "{omit}" counts as true'
        yield Trap((*where, "omitArrays"), "M108", message, "omitArrays: false, without quotes")
    if isinstance(options, dict) and not is_truthy(options.get("separator")):
        yield Trap(where, "M107", "without a separator this fails on each call", 'separator: "."')


def _literal(value: Any, where: Path) -> Traps:
    if _holds_directive(value):
        message = "@literal does resolve the directives inside it"
        yield Trap(where, "M109", message, "there is no way to give an @-key literally")


def _holds_directive(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_holds_directive, value))
    return isinstance(value, dict) and (
        is_directive(value) or any(map(_holds_directive, value.values()))
    )


_TRAPS: dict[str, Callable[[Any, Path], Traps]] = {
    "@path": _path,
    "@template": _template,
    "@if": _if,
    "@case": _falsy_value("@case", "leaves the field out"),
    "@replace": _falsy_value("@replace", "leaves the field out"),
    "@json": _json,
    "@merge": _merge,
    "@flatten": _flatten,
    "@literal": _literal,
}
