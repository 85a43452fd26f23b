"""What all native operations share: dates, identifiers and the anonymous id."""

from collections.abc import Callable
from dataclasses import dataclass

from adapter.jsonvalue import JSONObject
from adapter.mapping.actions.conversion import converted, converted_timestamp
from adapter.mapping.fields import Field, FieldType

ENTITY = "/api/v2/entity"
METRICS = "/api/v1/metrics"

Build = Callable[[JSONObject], JSONObject]
"""From an action's resolved fields to the body of its native request."""

TEXT = Field()
REQUIRED = Field(required=True)
OBJECT = Field(type=FieldType.OBJECT)
FLAG = Field(type=FieldType.BOOLEAN)

BATCHING: dict[str, Field] = {
    "enable_batching": FLAG,
    "batch_size": Field(type=FieldType.NUMBER),
}
"""Fields that every action of Segment's has; they steer Segment's sending and mean nothing here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What one action takes, and what it makes of it.

    Attributes:
        name: Segment's, such as ``trackEvent``.
        fields: by name.
        build: gives the body; fields that are absent are missing from what it is given.
        timestamp: the field that says when it happened, "" if there is none.
        path: where Segment sends the body to.
    """

    name: str
    fields: dict[str, Field]
    build: Build
    timestamp: str = ""
    path: str = ENTITY


def dated(fields: JSONObject, body: JSONObject) -> JSONObject:
    """Turn the dates of a body into Unix seconds, if the action is told to.

    The field must be there and be true: an action without it converts nothing (contracts 7.4).
    """
    if fields.get("convert_timestamp") is True:
        return {key: converted(value) for key, value in body.items()}
    return body


def addressed(
    body: JSONObject, identifiers: JSONObject | None, anonymous_id: str | None
) -> JSONObject:
    """Add whom an operation is about.

    The anonymous id moves to the attributes when something else identifies, and leaves them when
    it does itself (contracts 7.2).
    """
    if anonymous_id:
        attributes = body.get("attributes") or {}
        if not identifiers or "anonymous_id" not in identifiers:
            attributes = {**attributes, "anonymous_id": anonymous_id}
        elif "anonymous_id" in attributes:
            attributes = {**attributes}
            del attributes["anonymous_id"]
        body["attributes"] = attributes
    if identifiers:
        body["identifiers"] = identifiers
    return body


def timed(body: JSONObject, timestamp: str | None) -> JSONObject:
    """Add when an operation happened, in Unix seconds whatever the action is told."""
    if timestamp:
        body["timestamp"] = converted_timestamp(timestamp)
    return body


def present(**members: object) -> JSONObject:
    """Make an object of those members that are not None."""
    return {key: value for key, value in members.items() if value is not None}
