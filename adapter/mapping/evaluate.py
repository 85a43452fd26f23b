"""The reference: walks a mapping for one payload, as plainly as the words of mapping-kit.md.

The compiled form must give the same (a property test holds them together); this one also serves
where a mapping is used once, and for the rare directives that are not worth compiling.
"""

from collections.abc import Callable
from typing import Any

from adapter.mapping.directives import (
    DirectiveFailed,
    change_case,
    convert_json,
    exclude_nulls,
    flatten,
    is_directive,
    merge,
    name_of,
    options_of,
    replacer,
    rooted,
    text_for,
)
from adapter.mapping.javascript.values import (
    UNDEFINED,
    equals_empty_text,
    is_nullish,
    is_truthy,
    type_name,
    without_undefined,
)
from adapter.mapping.liquid import render as render_liquid
from adapter.mapping.paths import get, without_root
from adapter.mapping.templates import render
from adapter.mapping.validate import require_valid


def transform(mapping: Any, payload: Any = UNDEFINED, hole: Any = None) -> Any:
    """Apply a whole mapping to a payload.

    Args:
        mapping: JSON, an object as a rule.
        payload: an object; undefined is an empty one.
        hole: what undefined items of arrays become.

    Returns:
        JSON, or undefined.

    Raises:
        DirectiveFailed: if the mapping is not valid or a directive cannot be applied.
    """
    payload = {} if payload is UNDEFINED else payload
    if not isinstance(payload, dict):
        raise DirectiveFailed(f"data must be an object, got {type_name(payload)}")
    root = rooted(mapping)
    require_valid(root)
    return without_undefined(resolve(root, payload), hole)


def resolve(mapping: Any, payload: Any) -> Any:
    """Resolve any part of a mapping; what is no directive stands for itself."""
    if isinstance(mapping, list):
        return [resolve(item, payload) for item in mapping]
    if not isinstance(mapping, dict):
        return mapping
    if not is_directive(mapping):
        return {key: resolve(value, payload) for key, value in mapping.items()}
    name = name_of(mapping)
    run = _DIRECTIVES.get(name)
    if run is None:
        raise DirectiveFailed(f"{name} is no directive")
    return run(mapping[name], payload)


def _if(value: Any, payload: Any) -> Any:
    """Quirks: a falsy literal condition is an error; a falsy literal ``else`` is dropped."""
    options = options_of(value, "@if")
    exists, blank = options.get("exists", UNDEFINED), options.get("blank", UNDEFINED)
    if not (is_truthy(exists) or is_truthy(blank)):
        raise DirectiveFailed('@if requires an "exists" key or a "blank" key that is not falsy')
    if exists is not UNDEFINED:
        holds = not is_nullish(resolve(exists, payload))
    else:
        found = resolve(blank, payload)
        holds = not is_nullish(found) and not equals_empty_text(found)
    if holds:
        return resolve(options.get("then", UNDEFINED), payload)
    otherwise = options.get("else", UNDEFINED)
    return resolve(otherwise, payload) if is_truthy(otherwise) else UNDEFINED


def _case(value: Any, payload: Any) -> Any:
    options = options_of(value, "@case", "operator")
    if not is_truthy(options.get("value")):
        return UNDEFINED
    return change_case(resolve(options["value"], payload), options["operator"])


def _replace(value: Any, payload: Any) -> Any:
    options = options_of(value, "@replace", "pattern")
    if not is_truthy(options.get("value")):
        return UNDEFINED
    return replacer(options)(resolve(options["value"], payload))


def _array_path(value: Any, payload: Any) -> Any:
    if not isinstance(value, list):
        raise DirectiveFailed(f"@arrayPath expected array, got {type_name(value)}")
    path, shape = (*value, UNDEFINED, UNDEFINED)[:2]
    root = get(payload, without_root(path)) if isinstance(path, str) else resolve(path, payload)
    if isinstance(root, dict | list) and isinstance(shape, dict) and shape:
        items = root if isinstance(root, list) else [root]
        return [resolve(shape, item) for item in items]
    return root


def _path(value: Any, payload: Any) -> Any:
    return get(payload, without_root(text_for(resolve(value, payload), "@path")))


def _template(value: Any, payload: Any) -> Any:
    return render(text_for(resolve(value, payload), "@template"), payload)


def _flatten(value: Any, payload: Any) -> Any:
    options = options_of(value, "@flatten", "separator")
    separator = text_for(resolve(options["separator"], payload), "@flatten separator")
    omit_arrays = is_truthy(options.get("omitArrays"))
    found = resolve(options.get("value", UNDEFINED), payload)
    return flatten(found, separator, omit_arrays=omit_arrays)


def _json(value: Any, payload: Any) -> Any:
    options = options_of(value, "@json", "mode", "value")
    return convert_json(resolve(options["value"], payload), options["mode"])


def _merge(value: Any, payload: Any) -> Any:
    options = options_of(value, "@merge", "direction", "objects")
    direction = resolve(options["direction"], payload)
    if not isinstance(options["objects"], list):
        raise DirectiveFailed("@merge: objects must be an array")
    return merge([resolve(item, payload) for item in options["objects"]], direction)


def _transform(value: Any, payload: Any) -> Any:
    options = options_of(value, "@transform", "mapping", "apply")
    if not isinstance(options["apply"], dict):
        raise DirectiveFailed('@transform: "apply" must be an object')
    return resolve(options["mapping"], transform(options["apply"], payload, UNDEFINED))


def _exclude_when_null(value: Any, payload: Any) -> Any:
    return exclude_nulls(resolve(value, payload))


def _liquid(value: Any, payload: Any) -> Any:
    return render_liquid(value, payload)


_DIRECTIVES: dict[str, Callable[[Any, Any], Any]] = {
    "@path": _path,
    "@template": _template,
    "@literal": resolve,  # Quirk: it does resolve directives
    "@if": _if,
    "@case": _case,
    "@replace": _replace,
    "@arrayPath": _array_path,
    "@flatten": _flatten,
    "@json": _json,
    "@merge": _merge,
    "@transform": _transform,
    "@excludeWhenNull": _exclude_when_null,
    "@liquid": _liquid,
}
