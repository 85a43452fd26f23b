"""Mappings as closures: whatever depends on the mapping alone is decided once.

Gives the same as :mod:`adapter.mapping.evaluate`; a fault that the evaluator would only meet when
it reaches a directive is likewise raised only then.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from adapter.mapping.directives import (
    DirectiveFailed,
    change_case,
    convert_json,
    exclude_nulls,
    is_directive,
    merge,
    name_of,
    replacer,
    rooted,
)
from adapter.mapping.evaluate import resolve
from adapter.mapping.javascript.values import (
    UNDEFINED,
    equals_empty_text,
    is_truthy,
    type_name,
    without_undefined,
)
from adapter.mapping.paths import Run, getter, split, without_root
from adapter.mapping.templates import compiled
from adapter.mapping.validate import require_valid


class Compiled(NamedTuple):
    """A part of a mapping, ready to run.

    Attributes:
        run: payload in, value out.
        clean: given plain JSON it gives plain JSON or undefined, with no undefined inside.
    """

    run: Run
    clean: bool


def compile_mapping(mapping: Any) -> Run:
    """Compile a whole mapping into a function from an object to JSON, or undefined.

    Raises:
        DirectiveFailed: if Segment refuses the mapping whatever the payload. (The function raises
            it too, for a payload to which a directive cannot be applied.)
    """
    root = rooted(mapping)
    require_valid(root)
    compiled_root = compile_value(root)
    run = compiled_root.run

    def transform(payload: Any) -> Any:
        if type(payload) is not dict:
            raise DirectiveFailed(f"data must be an object, got {type_name(payload)}")
        return run(payload) if compiled_root.clean else without_undefined(run(payload))

    return transform


def compile_value(mapping: Any) -> Compiled:
    """Compile any part of a mapping that :func:`require_valid` has let pass."""
    if isinstance(mapping, list):
        return _compiled_array(mapping)
    if not isinstance(mapping, dict):
        return Compiled(lambda _payload: mapping, clean=True)
    if not is_directive(mapping):
        return _compiled_object(mapping)
    name = name_of(mapping)
    compiler = _DIRECTIVES.get(name)
    node = compiler(mapping[name]) if compiler else None
    return node or Compiled(lambda payload: resolve(mapping, payload), clean=False)


def _compiled_array(items: list[Any]) -> Compiled:
    runs = [compile_value(item).run for item in items]
    return Compiled(lambda payload: [run(payload) for run in runs], clean=not runs)


def _compiled_object(members: dict[str, Any]) -> Compiled:
    runs = [(key, compile_value(value).run) for key, value in members.items()]
    return Compiled(lambda payload: {key: run(payload) for key, run in runs}, clean=not runs)


def _path(path: Any) -> Compiled | None:
    if not isinstance(path, str):
        return None
    return Compiled(getter(split(without_root(path))), clean=True)


def _template(template: Any) -> Compiled | None:
    return Compiled(compiled(template), clean=True) if isinstance(template, str) else None


def _if(options: Any) -> Compiled | None:
    if not isinstance(options, dict):
        return None
    exists, blank = options.get("exists", UNDEFINED), options.get("blank", UNDEFINED)
    if not (is_truthy(exists) or is_truthy(blank)):
        return None
    then = compile_value(options.get("then", UNDEFINED))
    otherwise = options.get("else", UNDEFINED)
    other = compile_value(otherwise if is_truthy(otherwise) else UNDEFINED)
    clean = then.clean and other.clean
    if exists is UNDEFINED:
        return Compiled(_unless_blank(compile_value(blank).run, then.run, other.run), clean)
    if exists == options.get("then"):
        return Compiled(_first_existing(then.run, other.run), clean)
    return Compiled(_when_existing(compile_value(exists).run, then.run, other.run), clean)


def _first_existing(first: Run, other: Run) -> Run:
    """Serve the commonest ``@if`` of all, "this, else that", without resolving "this" twice."""

    def run(payload: Any) -> Any:
        value = first(payload)
        return other(payload) if value is None or value is UNDEFINED else value

    return run


def _when_existing(condition: Run, then: Run, other: Run) -> Run:
    def run(payload: Any) -> Any:
        value = condition(payload)
        return other(payload) if value is None or value is UNDEFINED else then(payload)

    return run


def _unless_blank(condition: Run, then: Run, other: Run) -> Run:
    def run(payload: Any) -> Any:
        value = condition(payload)
        if value is None or value is UNDEFINED or equals_empty_text(value):
            return other(payload)
        return then(payload)

    return run


def _case(options: Any) -> Compiled | None:
    value, operator = _options(options, "value", "operator")
    if not (is_truthy(value) and is_truthy(operator)):
        return None
    node = compile_value(value)
    return Compiled(lambda payload: change_case(node.run(payload), operator), node.clean)


def _replace(options: Any) -> Compiled | None:
    value, pattern = _options(options, "value", "pattern")
    if not (is_truthy(value) and is_truthy(pattern)):
        return None
    replace, inner = replacer(options), compile_value(value).run
    return Compiled(lambda payload: replace(inner(payload)), clean=True)


def _json(options: Any) -> Compiled | None:
    value, mode = _options(options, "value", "mode")
    if not (is_truthy(value) and is_truthy(mode)):
        return None
    inner = compile_value(value)
    clean = inner.clean or mode == "encode"
    return Compiled(lambda payload: convert_json(inner.run(payload), mode), clean)


def _merge(options: Any) -> Compiled | None:
    objects, direction = _options(options, "objects", "direction")
    if not (isinstance(objects, list) and isinstance(direction, str) and direction):
        return None
    runs = [compile_value(item).run for item in objects]
    return Compiled(lambda payload: merge([run(payload) for run in runs], direction), clean=False)


def _exclude_when_null(value: Any) -> Compiled:
    inner = compile_value(value).run
    return Compiled(lambda payload: exclude_nulls(inner(payload)), clean=False)


def _array_path(value: Any) -> Compiled | None:
    if not (isinstance(value, list) and value and isinstance(value[0], str)):
        return None
    root_of = getter(split(without_root(value[0])))
    shape = value[1] if len(value) > 1 else UNDEFINED
    if not (isinstance(shape, dict) and shape):
        return Compiled(root_of, clean=True)
    item_of = compile_value(shape).run

    def run(payload: Any) -> Any:
        root = root_of(payload)
        if isinstance(root, dict):
            return [item_of(root)]
        return [item_of(item) for item in root] if isinstance(root, list) else root

    return Compiled(run, clean=False)


def _options(options: Any, *keys: str) -> list[Any]:
    if not isinstance(options, dict):
        return [UNDEFINED for _ in keys]
    return [options.get(key, UNDEFINED) for key in keys]


_DIRECTIVES: dict[str, Callable[[Any], Compiled | None]] = {
    "@path": _path,
    "@template": _template,
    "@literal": compile_value,
    "@if": _if,
    "@case": _case,
    "@replace": _replace,
    "@json": _json,
    "@merge": _merge,
    "@arrayPath": _array_path,
    "@excludeWhenNull": _exclude_when_null,
}
"""Those worth compiling; each gives None for options it leaves to the evaluator."""
