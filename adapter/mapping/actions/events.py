"""Actions that say that something happened: events, page and screen views, content events."""

from typing import Any

from adapter.jsonvalue import JSONObject
from adapter.mapping.actions.conversion import converted, person_identifiers
from adapter.mapping.actions.operation import (
    BATCHING,
    FLAG,
    OBJECT,
    REQUIRED,
    TEXT,
    Action,
    Build,
    addressed,
    dated,
    present,
    timed,
)
from adapter.mapping.fields import Field

_HAPPENED: dict[str, Field] = {
    "id": TEXT,
    "anonymous_id": TEXT,
    "event_id": TEXT,
    "timestamp": TEXT,
    "data": OBJECT,
    "convert_timestamp": FLAG,
    **BATCHING,
}


def _happened(action: str, name_field: str) -> Build:
    """Build an event, page or screen; even its name and id are converted if they are dates."""

    def build(fields: JSONObject) -> JSONObject:
        # Written out, for most calls are events: nothing is copied from one object to the next.
        read = converted if fields.get("convert_timestamp") is True else _as_it_is
        body = {"type": "person", "action": action, "name": read(fields[name_field])}
        if "event_id" in fields:
            body["id"] = read(fields["event_id"])
        if "data" in fields:
            body["attributes"] = read(fields["data"])
        anonymous_id = fields.get("anonymous_id")
        addressed(body, person_identifiers(fields.get("id"), None, anonymous_id), anonymous_id)
        return timed(body, fields.get("timestamp"))

    return build


def _as_it_is(value: Any) -> Any:
    return value


def _content(fields: JSONObject) -> JSONObject:
    anonymous_id, kind = fields.get("anonymous_id"), fields["actionType"]
    data = fields.get("data")
    if data and data.get("actionType"):
        data = {key: value for key, value in data.items() if key != "actionType"}
    body = dated(fields, present(name=kind, attributes=data))
    addressed(body, person_identifiers(None, None, anonymous_id), anonymous_id)
    timed(body, fields.get("timestamp"))
    return {"type": "person", "action": kind, **body}


EVENTS = (
    Action(
        name="trackEvent",
        fields={"name": REQUIRED, **_HAPPENED},
        build=_happened("event", "name"),
        timestamp="timestamp",
    ),
    Action(
        name="trackPageView",
        fields={"url": REQUIRED, **_HAPPENED},
        build=_happened("page", "url"),
        timestamp="timestamp",
    ),
    Action(
        name="trackScreenView",
        fields={"name": REQUIRED, **_HAPPENED},
        build=_happened("screen", "name"),
        timestamp="timestamp",
    ),
    Action(
        name="reportContentEvent",
        fields={
            "anonymous_id": TEXT,
            "actionType": Field(required=True, choices=("viewed_content", "clicked_content")),
            "timestamp": TEXT,
            "data": OBJECT,
            "convert_timestamp": FLAG,
            **BATCHING,
        },
        build=_content,
        timestamp="timestamp",
    ),
)
