"""``/docs``: what ``/openapi.json`` says, for people; it wants no login."""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from flask import Blueprint, Flask, current_app

from adapter.bootstrap import Services
from adapter.jsonvalue import JSONObject
from adapter.web.console.layout import Page, page
from adapter.web.openapi import description

_TITLES = {
    "segment_webhook": ("Segment webhook", "One event, or many in an array, signed."),
    "segment_api": ("Segment HTTP API", "Segment's own calls, by its own clients."),
    "segment_pixel": ("Segment pixel", "Calls in the query of an image; always 200 and a GIF."),
    "track_v1": ("Track API v1", "Customer.io's calls, by its own clients."),
    "track_v2": ("Track API v2", "Operations on people and objects, singly or in a batch."),
    "gif": ("Old snippet's images", "Events in the query of an image; always 200 and a GIF."),
    "read": ("Read and admin API", "The log, people, why, and what operators do."),
    "operations": ("Operations", "For those who run it."),
}
"""By tag, in the order in which they are shown."""


class Operation(NamedTuple):
    """What one method of a path does.

    Attributes:
        query: names of parameters in the query.
        bodies: names of schemas that the body may have.
        answers: by status, what it means.
    """

    method: str
    path: str
    query: list[str]
    bodies: list[str]
    answers: dict[str, str]


class Chapter(NamedTuple):
    """The operations of one door."""

    tag: str
    title: str
    sentence: str
    credential: str
    operations: list[Operation]


def add(console: Blueprint, _services: Services) -> None:
    """Add the page."""
    # The description does not change while the process lives.
    described = cache(description)

    @console.get("/docs")
    def docs() -> Page:
        found = described(_app())
        return page("docs.html", chapters=list(_chapters(found)), calls=_calls(found))


def _app() -> Flask:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return app


def _chapters(described: JSONObject) -> Iterator[Chapter]:
    schemes = described["components"]["securitySchemes"]
    for tag, (title, sentence) in _TITLES.items():
        found = [
            (method, path, told)
            for path, methods in described["paths"].items()
            for method, told in methods.items()
            if tag in told["tags"]
        ]
        names = {name for *_, told in found for need in told.get("security", ()) for name in need}
        credential = " ".join(schemes[name]["description"] for name in sorted(names))
        operations = [_operation(*each) for each in sorted(found, key=lambda each: each[1])]
        yield Chapter(tag, title, sentence, credential, operations)


def _operation(method: str, path: str, told: JSONObject) -> Operation:
    content = told.get("requestBody", {}).get("content", {})
    bodies = [name for each in content.values() for name in _named(each.get("schema", {}))]
    query = [each["name"] for each in told["parameters"] if each["in"] == "query"]
    answers = {status: each["description"] for status, each in told["responses"].items()}
    return Operation(method.upper(), path, query, bodies, answers)


def _named(schema: Any) -> Iterator[str]:
    """Name the schemas that one refers to, however deep."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].rsplit("/", 1)[1]
        for part in schema.values():
            yield from _named(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _named(part)


def _calls(described: JSONObject) -> dict[str, dict[str, str]]:
    """Tell of each call's fields what they take."""
    return {
        name: {
            field: " or ".join(_types(told))
            + (f". {told['description']}" if "description" in told else "")
            for field, told in schema.get("properties", {}).items()
        }
        for name, schema in described["components"]["schemas"].items()
        if name.startswith("Call_")
    }


def _types(told: JSONObject) -> list[str]:
    kinds = told.get("type", "anything")
    return [kinds] if isinstance(kinds, str) else kinds
