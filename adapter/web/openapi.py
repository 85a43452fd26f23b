"""``/openapi.json``: every door and the read API in OpenAPI 3.1.

Paths come from the tables that answer them, and the shapes of calls from the schemas that check
them, so that nothing is described that is not there.
"""

import re
from collections.abc import Iterator
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Flask, Response

from adapter import __version__
from adapter.doors.fields import Object, Text
from adapter.doors.shapes import SHAPES
from adapter.jsonvalue import JSONObject
from adapter.web.door import Door, Route
from adapter.web.doors.segment_api import SHORT_FORMS
from adapter.web.doors.table import DOORS
from adapter.web.replies import Reply
from adapter.web.responses import response_of

_READ_API = "/v1/"
_OPERATIONS = ("/healthz", "/readyz", "/metrics", "/openapi.json")
_NAMED = re.compile(r"\{(\w+)(?:\.\.\.)?\}")
_FLASK_NAMED = re.compile(r"<(?:\w+:)?(\w+)>")
_IMAGES = frozenset({"segment_pixel", "gif"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_WORDS_OF_LOG = (
    "start", "limit", "type", "name", "view", "customer_id", "id_type", "anonymous_id", "event_id",
)  # fmt: skip

_SCHEMES: dict[str, JSONObject] = {
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Signature",
        "description": "Hex HMAC-SHA1 of the body with the source's shared secret; of a batch, of "
        "its first item.",
    },
    "writeKey": {
        "type": "http",
        "scheme": "basic",
        "description": "The write key as user without a password; it may stand in the body, the "
        "first item or the query instead. Or the public site id.",
    },
    "siteIdAndApiKey": {"type": "http", "scheme": "basic", "description": "Of a workspace."},
    "appKey": {"type": "http", "scheme": "bearer", "description": "The workspace's app key."},
}
_SCHEME_OF = {
    "segment_webhook": "signature",
    "segment_api": "writeKey",
    "track_v1": "siteIdAndApiKey",
    "track_v2": "siteIdAndApiKey",
}
_ERRORS: dict[str, JSONObject] = {
    "SegmentError": {
        "type": "object",
        "required": ["success", "code", "message"],
        "properties": {
            "success": {"const": False},
            "code": {"type": "string"},
            "message": {"type": "string"},
        },
    },
    "TrackV1Error": {
        "type": "object",
        "required": ["meta"],
        "properties": {
            "meta": {
                "type": "object",
                "properties": {
                    "error": {"type": "string"},
                    "errors": {"type": "array", "items": {"type": "string"}},
                },
            }
        },
    },
    "TrackV2Error": {
        "type": "object",
        "required": ["errors"],
        "properties": {
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["reason", "field", "message"],
                    "properties": {
                        "batch_index": {"type": "integer"},
                        "reason": {"type": "string"},
                        "field": {"type": "string"},
                        "message": {"type": "string"},
                    },
                },
            }
        },
    },
}
_ERROR_OF = {"track_v1": "TrackV1Error", "track_v2": "TrackV2Error"}


def openapi_routes(app: Flask) -> Blueprint:
    """Make the route; it wants no credential.

    Args:
        app: whose other routes are described as well, once all are there.
    """
    routes = Blueprint("openapi", __name__)

    @routes.get("/openapi.json")
    def openapi() -> Response:
        return response_of(Reply(200, description(app)))

    return routes


def description(app: Flask) -> JSONObject:
    """Describe every door and the read API."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="Anonymous events adapter",
        version=__version__,
        openapi_version="3.1.0",
        plugins=[plugin],
    )
    if plugin.converter is not None:  # the spec has just made it
        plugin.converter.add_attribute_function(_kind_of)  # type: ignore[no-untyped-call]
    for name, scheme in _SCHEMES.items():
        spec.components.security_scheme(name, scheme)
    for name, error in _ERRORS.items():
        spec.components.schema(name, error)
    for kind, shape in SHAPES.items():
        spec.components.schema(f"Call_{kind}", schema=shape.schema)
    paths: dict[str, dict[str, JSONObject]] = {}
    for path, method, operation in (*_door_operations(), *_read_operations(app)):
        paths.setdefault(path, {}).setdefault(method.lower(), operation)
    for path, operations in paths.items():
        spec.path(path=path, operations=operations)
    described: JSONObject = spec.to_dict()
    return described


def _kind_of(_converter: Any, field: Any, **_: Any) -> JSONObject:
    """Describe our own fields: numbers are taken for texts (X11), null for absent (X10)."""
    if isinstance(field, Text):
        return {
            "type": ["string", "number", "null"],
            "description": f"At most {field.limit} bytes of UTF-8.",
        }
    return {"type": ["object", "null"]} if isinstance(field, Object) else {}


def _door_operations() -> Iterator[tuple[str, str, JSONObject]]:
    for door in DOORS:
        for route in door.routes:
            path = _NAMED.sub(r"{\1}", route.pattern)
            for method in route.methods:
                yield path, method, _operation(door, route, method)


def _operation(door: Door, route: Route, method: str) -> JSONObject:
    operation: JSONObject = {
        "tags": [door.name],
        "parameters": [_in_path(name) for name in _NAMED.findall(route.pattern)],
        "responses": _responses(door),
    }
    if door.name in _SCHEME_OF:
        operation["security"] = [{_SCHEME_OF[door.name]: []}]
    if method in _WITH_BODY:
        content = {"application/json": {"schema": _body_of(door, route)}}
        operation["requestBody"] = {"content": content}
    return operation


def _responses(door: Door) -> JSONObject:
    if door.name in _IMAGES:
        return {"200": {"description": "A GIF, always.", "content": {"image/gif": {}}}}
    error = {"$ref": f"#/components/schemas/{_ERROR_OF.get(door.name, 'SegmentError')}"}
    responses: JSONObject = {
        "200": _answer("Taken in.", {"type": "object"}),
        "default": _answer("Refused, or to be sent again.", error),
    }
    if door.name == "track_v2":
        responses["207"] = _answer("Some items of the batch were refused.", error)
    return responses


def _body_of(door: Door, route: Route) -> JSONObject:
    word = route.pattern.removeprefix(_READ_API)
    calls = {"anyOf": [_call(kind) for kind in SHAPES]}
    if door.name == "segment_webhook":
        return {"anyOf": [*calls["anyOf"], {"type": "array", "items": {}, "maxItems": 4_000}]}
    if door.name != "segment_api":
        return {"type": "object"}
    for kind, short in SHORT_FORMS.items():
        if word in {kind, short}:
            return _call(kind)
    if word in {"batch", "b", "import"}:
        batch = {"type": "array", "items": calls, "maxItems": 2_500}
        return {"type": "object", "required": ["batch"], "properties": {"batch": batch}}
    return {}


def _call(kind: str) -> JSONObject:
    return {"$ref": f"#/components/schemas/Call_{kind}"}


def _read_operations(app: Flask) -> Iterator[tuple[str, str, JSONObject]]:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith((_READ_API, *_OPERATIONS)):
            continue
        path = _FLASK_NAMED.sub(r"{\1}", rule.rule)
        parameters = [_in_path(name) for name in _FLASK_NAMED.findall(rule.rule)]
        if path.endswith("/activities"):
            parameters += [_in_query(name) for name in _WORDS_OF_LOG]
        error = {"$ref": "#/components/schemas/SegmentError"}
        operation: JSONObject = {
            "tags": ["read" if path.startswith(_READ_API) else "operations"],
            "parameters": parameters,
            "responses": {
                "200": _answer("What was asked for.", {"type": "object"}),
                "default": _answer("Refused.", error),
            },
        }
        if path.startswith(_READ_API):
            operation["security"] = [{"appKey": []}]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield path, method, operation


def _answer(sentence: str, schema: JSONObject) -> JSONObject:
    return {"description": sentence, "content": {"application/json": {"schema": schema}}}


def _in_path(name: str) -> JSONObject:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _in_query(name: str) -> JSONObject:
    return {"name": name, "in": "query", "schema": {"type": "string"}}
