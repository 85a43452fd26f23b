"""JSON Schemas of the operator's files beside the mappings, for editors.

They say what may stand where. What only the linter finds (FQL that cannot be read, names that are
taken, examples that give something else) they do not.
"""

from collections.abc import Callable

from adapter.jsonvalue import JSONObject
from adapter.mapping.campaigns import CAMPAIGNS, FREQUENCIES, TRIGGERS
from adapter.mapping.destinations import DESTINATIONS, LARGEST_BATCH
from adapter.mapping.endpoints import CUSTOMERIO_HOSTS, MOST_CONCURRENT
from adapter.mapping.schema import mapping_schema
from adapter.mapping.segments import MOST_TIMES, SEGMENT_ID, SEGMENTS
from adapter.model.campaigns import Audience
from adapter.model.messages import EventKind

_TEXT: JSONObject = {"type": "string", "minLength": 1}
_FQL: JSONObject = {"type": "string", "minLength": 1, "description": 'FQL: traits.plan = "pro"'}
_DURATION: JSONObject = {"type": "string", "pattern": "^[0-9]{1,6}[smhdw]$", "examples": ["30d"]}
_VARIABLE: JSONObject = {"type": "string", "minLength": 1, "description": "environment variable"}
_GIVEN: JSONObject = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "required": ["env"],
            "additionalProperties": False,
            "properties": {"env": _VARIABLE},
        },
    ]
}
_COMMON: JSONObject = {
    "description": {"type": "string"},
    "enabled": {"type": "boolean", "default": True},
    "workspace": {"type": "string", "description": "for this one alone; else for every one"},
}
_KINDS = [kind.value for kind in EventKind]
_EVENT: JSONObject = {"name": _TEXT, "kind": {"enum": _KINDS}, "data": {"type": "object"}}
_SEGMENT_IDS: JSONObject = {
    "type": "array",
    "items": {"type": "string", "pattern": f"^{SEGMENT_ID}$"},
}
_PERSON: JSONObject = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "email": {"type": "string"},
        "cio_id": {"type": "string"},
        "attributes": {"type": "object"},
    },
}


def campaigns_schema() -> JSONObject:
    """Give the schema of ``campaigns.yaml`` (draft 2020-12)."""
    words = list(FREQUENCIES)
    campaign = {
        "name": {"type": "string", "minLength": 1, "maxLength": 100},
        **_COMMON,
        "audience": {"enum": [each.value for each in Audience], "default": Audience.PEOPLE.value},
        "trigger": _one_of_many(dict.fromkeys(TRIGGERS, _TEXT)),
        "where": _FQL,
        "in_segments": _SEGMENT_IDS,
        "not_in_segments": _SEGMENT_IDS,
        "frequency": {
            "anyOf": [{"enum": words}, _object({"once_per": _DURATION}, "once_per")],
            "default": words[0],
        },
        "deliver": _one_of_many(
            {"webhook": _webhook(), "customerio": _api({"path": {"type": "string"}})}
        ),
        "body": {"description": "mapping-kit directives over campaign, event, person, recipient"},
        "liquid": {"type": "string", "description": "a text that is JSON, instead of body"},
    }
    example = {
        "campaign": _TEXT,
        "event": _object({**_EVENT, "kind": {"enum": list(TRIGGERS)}}, "name"),
        "person": _PERSON,
        "recipient": {"type": "string"},
        "segments": _SEGMENT_IDS,
        "expect": {"description": "the body that is delivered; null: it starts nothing"},
    }
    return _file(
        "Campaigns",
        CAMPAIGNS,
        _object(campaign, "name", "trigger", "deliver"),
        _object(example, "campaign", "event"),
    )


def segments_schema() -> JSONObject:
    """Give the schema of ``segments.yaml`` (draft 2020-12)."""
    condition = {"$ref": "#/$defs/condition"}
    parts = {"type": "array", "minItems": 1, "items": condition}
    segment = {
        "id": {"type": "string", "pattern": f"^{SEGMENT_ID}$"},
        "name": {"type": "string"},
        **_COMMON,
        "who": condition,
    }
    events = {"type": "array", "items": _object({**_EVENT, "ago": _DURATION}, "name")}
    example = {
        "segment": _TEXT,
        "person": _PERSON,
        "events": events,
        "member": {"type": "boolean"},
    }
    performed = {
        **dict.fromkeys(_KINDS, _TEXT),
        "at_least": {"type": "integer", "minimum": 1, "maximum": MOST_TIMES, "default": 1},
        "within": _DURATION,
        "where": _FQL,
    }
    one_kind = {"oneOf": [{"required": [kind]} for kind in _KINDS]}
    conditions = {
        "and": parts,
        "or": parts,
        "not": condition,
        "performed": _object(performed) | one_kind,
        "attributes": _FQL,
    }
    schema = _file(
        "Segments", SEGMENTS, _object(segment, "id", "who"), _object(example, "segment", "member")
    )
    schema["$defs"]["condition"] = _one_of_many(conditions)
    return schema


def destinations_schema() -> JSONObject:
    """Give the schema of ``destinations.yaml`` (draft 2020-12)."""
    batch = {"type": "integer", "minimum": 1, "maximum": LARGEST_BATCH}
    destination = _api({"name": _TEXT, **_COMMON, "batch": batch})
    destination["required"].append("name")
    schema = _file("Destinations", DESTINATIONS, destination, {})
    del schema["properties"]["examples"], schema["$defs"]["example"]
    return schema


SCHEMAS: dict[str, Callable[[], JSONObject]] = {
    "mapping": mapping_schema,
    CAMPAIGNS: campaigns_schema,
    SEGMENTS: segments_schema,
    DESTINATIONS: destinations_schema,
}
"""By what they are of."""


def _file(title: str, name: str, entry: JSONObject, example: JSONObject) -> JSONObject:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "required": [name],
        "additionalProperties": False,
        "properties": {
            name: {"type": "array", "items": {"$ref": "#/$defs/entry"}},
            "examples": {"type": "array", "items": {"$ref": "#/$defs/example"}},
        },
        "$defs": {"entry": entry, "example": example},
    }


def _object(properties: JSONObject, *required: str) -> JSONObject:
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": properties,
    }


def _one_of_many(properties: JSONObject) -> JSONObject:
    """Describe an object that has exactly one of these."""
    return _object(properties) | {"minProperties": 1, "maxProperties": 1}


def _webhook() -> JSONObject:
    webhook = {
        "url": _GIVEN,
        "secrets": {"anyOf": [_VARIABLE, {"type": "array", "minItems": 1, "items": _VARIABLE}]},
        "headers": {"type": "object", "additionalProperties": _GIVEN},
        "ordered": {"type": "boolean", "default": False},
        "concurrency": {"type": "integer", "minimum": 1, "maximum": MOST_CONCURRENT, "default": 8},
    }
    return _object(webhook, "url", "secrets")


def _api(besides: JSONObject) -> JSONObject:
    api = {
        "region": {"enum": list(CUSTOMERIO_HOSTS)},
        "base_url": _GIVEN,
        "site_id": _VARIABLE,
        "api_key": _VARIABLE,
        **besides,
    }
    one_home = {"oneOf": [{"required": ["region"]}, {"required": ["base_url"]}]}
    return _object(api, "site_id", "api_key") | one_home
