"""A JSON Schema of mapping files, for editors: what may stand where, with the words of help."""

from adapter.jsonvalue import JSONObject
from adapter.mapping.actions.operation import Action
from adapter.mapping.actions.table import ACTIONS
from adapter.mapping.fields import FieldType
from adapter.mapping.validate import DIRECTIVES

_MEANINGS = {
    "@path": "a value of the call: $.traits.email",
    "@template": "a text with {{paths}} in it, without $.",
    "@literal": "the value itself; directives inside it are resolved",
    "@if": "then, if exists (or blank) has a value; else",
    "@case": "the text in lower or upper case",
    "@replace": "the text with a pattern replaced",
    "@arrayPath": "a list at a path, and what each item becomes",
    "@flatten": "nested objects as one, keys joined by a separator",
    "@json": "a value as JSON text (encode), or out of it (decode)",
    "@merge": "objects joined; later wins, or earlier if direction is left",
    "@transform": "mapping applied to what apply gives",
    "@excludeWhenNull": "the value without its nulls",
    "@liquid": "a text by a Liquid template",
}


# An object with at least one @-key.
_KEYED = {"type": "object", "not": {"propertyNames": {"pattern": "^[^@]"}}}


def mapping_schema() -> JSONObject:
    """Give the schema (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Mapping file",
        "type": "object",
        "required": ["subscriptions"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "description": {"type": "string"},
            "subscriptions": {"type": "array", "items": {"$ref": "#/$defs/subscription"}},
            "examples": {"type": "array", "items": {"$ref": "#/$defs/example"}},
        },
        "$defs": {
            "subscription": _subscription(),
            "example": _example(),
            "field": _field(),
            "directive": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": {name: {"description": _MEANINGS[name]} for name in DIRECTIVES}
                | {"_metadata": True},
            },
        },
    }


def _subscription() -> JSONObject:
    return {
        "type": "object",
        "required": ["action", "subscribe"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "description": {"type": "string"},
            "action": {"enum": list(ACTIONS)},
            "enabled": {"type": "boolean", "default": True},
            "exclusive": {
                "type": "boolean",
                "default": False,
                "description": "a call that it takes goes to no subscription below it",
            },
            "subscribe": {"type": "string", "description": 'FQL, such as type = "track"'},
            "fields": {"type": "object", "additionalProperties": {"$ref": "#/$defs/field"}},
            "mapping": {
                "type": "object",
                "description": "Segment's own mapping object; goes before the defaults",
            },
        },
        "allOf": [_fields_of(action) for action in ACTIONS.values()],
    }


def _fields_of(action: Action) -> JSONObject:
    names = {"propertyNames": {"enum": list(action.fields)}}
    return {
        "if": {"properties": {"action": {"const": action.name}}, "required": ["action"]},
        "then": {"properties": {"fields": names, "mapping": names}},
    }


def _field() -> JSONObject:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "label": {"type": "string"},
            "description": {"type": "string"},
            "type": {"enum": [kind.value for kind in FieldType]},
            "required": {"type": "boolean", "default": False},
            "choices": {"type": "array", "items": {"type": "string"}},
            "default": {
                "description": "a directive, or any JSON value",
                "anyOf": [{"not": _KEYED}, {"$ref": "#/$defs/directive"}],
            },
        },
    }


def _example() -> JSONObject:
    return {
        "type": "object",
        "required": ["call", "expect"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string"},
            "call": {"type": "object", "description": "a Segment call"},
            "expect": {
                "type": "array",
                "items": {"type": "object"},
                "description": "the native operations that come of it, in order",
            },
        },
    }
