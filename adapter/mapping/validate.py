"""Validation before a mapping runs: the same mappings are refused as at Segment."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from adapter.jsonvalue import JSONObject
from adapter.mapping.directives import MAX_PATTERN, MAX_REPLACEMENT, METADATA, DirectiveFailed
from adapter.mapping.javascript.text import utf16_length
from adapter.mapping.javascript.values import UNDEFINED, type_name

Path = tuple[str | int, ...]


class Fault(NamedTuple):
    """Something a mapping must not contain, and where it stands."""

    path: Path
    message: str


Faults = Iterator[Fault]
Check = Callable[[Any, Path], Faults]


def faults_of(mapping: Any, path: Path = ()) -> Faults:
    """Yield everything that makes Segment refuse a mapping.

    Quirk: arrays and what they hold are not looked into, wherever they stand.
    """
    kind = _kind(mapping)
    if kind == "directive":
        yield from _directive(mapping, path)
    elif kind == "object":
        yield from _object(mapping, path)


def require_valid(mapping: Any) -> None:
    """Refuse a mapping at its first fault.

    Raises:
        DirectiveFailed: naming it.
    """
    fault = next(faults_of(mapping), None)
    if fault is not None:
        raise DirectiveFailed(f"/{'/'.join(map(str, fault.path))} {fault.message}")


def _kind(value: Any) -> str:
    if isinstance(value, dict) and any(key.startswith("@") for key in value):
        return "directive"
    return type_name(value)


def _directive(value: JSONObject, path: Path) -> Faults:
    names = [key for key in value if key.startswith("@")]
    others = [key for key in value if not key.startswith("@") and key != METADATA]
    if len(names) > 1 or others:
        yield Fault(path, f"must have one @-key and no other, has {', '.join(value)}")
        return
    check = DIRECTIVES.get(names[0])
    if check is None:
        yield Fault((*path, names[0]), f"{names[0]} is no directive")
        return
    yield from check(value[names[0]], (*path, names[0]))


def _object(value: Any, path: Path) -> Faults:
    kind = _kind(value)
    if kind != "object":
        yield Fault(path, f"must be an object, is {_articled(kind)}")
        return
    for key, item in value.items():
        yield from faults_of(item, (*path, key))


def _directive_or(kind: str) -> Check:
    def check(value: Any, path: Path) -> Faults:
        found = _kind(value)
        if found == "directive":
            yield from _directive(value, path)
        elif found != kind:
            yield Fault(path, f"must be {_articled(kind)} or a directive, is {_articled(found)}")
        elif kind == "object":
            yield from _object(value, path)

    return check


_directive_or_string = _directive_or("string")
_directive_or_object = _directive_or("object")


def _directive_or_raw(value: Any, path: Path) -> Faults:
    """Quirk: raw objects and arrays pass unread here."""
    if _kind(value) == "directive":
        yield from _directive(value, path)
    elif value is UNDEFINED:
        yield Fault(path, "must be a directive or a JSON value, is missing")


def _a(kind: str) -> Check:
    def check(value: Any, path: Path) -> Faults:
        if _kind(value) != kind:
            yield Fault(path, f"must be {_articled(kind)}, is {_articled(_kind(value))}")

    return check


_string, _boolean, _array = _a("string"), _a("boolean"), _a("array")


def _string_of(shortest: int, longest: int) -> Check:
    def check(value: Any, path: Path) -> Faults:
        yield from _string(value, path)
        if isinstance(value, str) and not shortest <= utf16_length(value) <= longest:
            size = utf16_length(value)
            yield Fault(path, f"must be {shortest} to {longest} characters long, is {size}")

    return check


def _one_of(*allowed: str) -> Check:
    """Quirk: case is ignored here, but not when the directive runs."""

    def check(value: Any, path: Path) -> Faults:
        yield from _string(value, path)
        if isinstance(value, str) and value.lower() not in allowed:
            yield Fault(path, f"must be one of {', '.join(allowed)}, is {value!r}")

    return check


def _fields(*, required: dict[str, Check], optional: dict[str, Check]) -> Check:
    def check(value: Any, path: Path) -> Faults:
        yield from _object(value, path)
        if not isinstance(value, dict):
            return
        for key, inner in {**required, **optional}.items():
            if key in value:
                yield from inner(value[key], (*path, key))
            elif key in required:
                yield Fault(path, f'needs the key "{key}"')

    return check


def _array_path(value: Any, path: Path) -> Faults:
    yield from _array(value, path)
    if isinstance(value, list):
        yield from _directive_or_string(value[0] if value else UNDEFINED, (*path, 0))
        yield from faults_of(value[1] if len(value) > 1 else UNDEFINED, (*path, 1))


_merge_fields = _fields(
    required={"objects": _array}, optional={"direction": _one_of("left", "right")}
)


def _merge(value: Any, path: Path) -> Faults:
    yield from _merge_fields(value, path)
    objects = value.get("objects") if isinstance(value, dict) else None
    for index, item in enumerate(objects if isinstance(objects, list) else ()):
        yield from _directive_or_object(item, (*path, "objects", index))


DIRECTIVES: dict[str, Check] = {
    "@path": _directive_or_string,
    "@template": _directive_or_string,
    "@literal": _directive_or_raw,
    "@if": _fields(
        required={},
        optional=dict.fromkeys(("exists", "then", "else"), _directive_or_raw),
    ),
    "@case": _fields(required={}, optional={"operator": _string, "value": _directive_or_string}),
    "@replace": _fields(
        required={"pattern": _string_of(1, MAX_PATTERN), "value": _directive_or_string},
        optional={
            "replacement": _string_of(0, MAX_REPLACEMENT),
            "ignorecase": _boolean,
            "global": _boolean,
        },
    ),
    "@arrayPath": _array_path,
    "@flatten": _fields(required={"value": _directive_or_raw}, optional={"separator": _string}),
    "@json": _fields(
        required={"value": _directive_or_raw, "mode": _one_of("encode", "decode")}, optional={}
    ),
    "@merge": _merge,
    "@transform": _fields(
        required={"apply": _directive_or_object, "mapping": _directive_or_object}, optional={}
    ),
    "@excludeWhenNull": _directive_or_raw,
    "@liquid": _string,
}
"""Every directive, and what its value must look like."""


def _articled(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
