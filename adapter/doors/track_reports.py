"""The calls of Track API v1 that report: on deliveries, forms and segments (contracts 3.2).

For a product about anonymous events they are activities; none of them may be a 404.
"""

from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from adapter.doors.items import Item, Operation
from adapter.doors.limits import TOKEN_LIMIT
from adapter.doors.shape import Shape
from adapter.doors.times import is_absent
from adapter.doors.track_fields import (
    V1_WORDING,
    Array,
    Attributes,
    Choice,
    Line,
    Seconds,
)
from adapter.doors.track_identifiers import read_identifier_text
from adapter.doors.track_v1 import TrackCall, items_of, path_problems
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject, storable
from adapter.model.reasons import Reason

METRICS = (
    "bounced", "clicked", "converted", "deferred", "delivered", "dropped", "opened", "spammed",
)  # fmt: skip
PUSH_EVENTS = ("opened", "converted", "delivered")
MOST_IDS = 1_000
"""People of one change of a segment."""


def metric(call: TrackCall) -> list[Item]:
    """POST metrics: what became of a delivery."""
    body, problems = _METRIC.fit(call.body)
    further = {name: body[name] for name in ("recipient", "reason", "href") if body.get(name)}
    operation = _delivery_event(body.get("delivery_id"), body.get("metric"), further)
    return items_of(call, [operation], problems, timestamp=body.get("timestamp"))


def push_event(call: TrackCall) -> list[Item]:
    """POST push/events: what became of a push notification."""
    body, problems = _PUSH.fit(call.body)
    token = body.get("device_id")
    further = {} if token is None else {"device_token": token}
    operation = _delivery_event(body.get("delivery_id"), body.get("event"), further)
    return items_of(call, [operation], problems, timestamp=body.get("timestamp"))


def unsubscribe(call: TrackCall) -> list[Item]:
    """POST unsubscribe/{delivery_id}: somebody wants no more, by the link of a delivery."""
    delivery_id = call.params["delivery_id"]
    problems = path_problems(delivery_id, TOKEN_LIMIT, "delivery_id")
    if call.body.get("unsubscribe") not in (True, "true"):
        problems += (Problem(Reason.INVALID_FIELD, "unsubscribe must be true", "/unsubscribe"),)
    return items_of(call, [_delivery_event(storable(delivery_id), "unsubscribed", {})], problems)


def submit_form(call: TrackCall) -> list[Item]:
    """POST forms/{form_id}/submit: a person, by e-mail or id, call a form in."""
    form_id = call.params["form_id"]
    fitted, problems = _FORM.fit(call.body)
    data = fitted.get("data") or {}
    person = {kind: data[kind] for kind in ("id", "email") if not is_absent(data.get(kind))}
    if not problems and not person:
        problems = (Problem(Reason.NO_SUBJECT, "data must have an id or an email", "/data"),)
    operation = {
        "type": "form",
        "action": "submit",
        "identifiers": person,
        "name": storable(form_id),
        "attributes": data,
    }
    return items_of(call, [operation], (*path_problems(form_id, TOKEN_LIMIT, "form_id"), *problems))


def delivery_of(item: Item) -> str:
    """Give the id of the delivery that an item reports on; "" for none."""
    identifiers: JSONObject = item.record["identifiers"] if isinstance(item, Operation) else {}
    return str(identifiers.get("id", ""))


def as_strangers(item: Item) -> Item:
    """Cut a report to what a stranger may write: each thing once about a delivery, in no words."""
    if not isinstance(item, Operation):
        return item
    name = item.record["name"]
    message_id = f"report-{delivery_of(item)}-{name}"
    record = {**item.record, "attributes": {}, "id": message_id}
    return replace(item, message_id=message_id, record=record)


def add_to_segment(call: TrackCall) -> list[Item]:
    """POST segments/{id}/add_customers: people who belong to a segment by hand."""
    return _segment_change(call, "add_to_segment")


def remove_from_segment(call: TrackCall) -> list[Item]:
    """POST segments/{id}/remove_customers: people who no longer belong to it."""
    return _segment_change(call, "remove_from_segment")


_DELIVERY_ID = Line(TOKEN_LIMIT, needed="delivery_id must be present")
_METRIC = Shape(
    {
        "delivery_id": _DELIVERY_ID,
        "metric": Choice(METRICS, needed="metric must be present"),
        "timestamp": Seconds(),
        "recipient": Line(TOKEN_LIMIT),
        "reason": Line(TOKEN_LIMIT),
        "href": Line(TOKEN_LIMIT),
    }
)
_PUSH = Shape(
    {
        "delivery_id": _DELIVERY_ID,
        "event": Choice(PUSH_EVENTS, needed="event must be present"),
        "device_id": Line(TOKEN_LIMIT),
        "timestamp": Seconds(),
    }
)
_FORM = Shape({"data": Attributes(V1_WORDING, needed="data must be present")})
_PEOPLE = Shape({"ids": Array(MOST_IDS, needed="ids must be an array")})
_ID_TYPES = ("id", "email", "cio_id")


def _delivery_event(delivery_id: Any, name: Any, attributes: JSONObject) -> JSONObject:
    return {
        "type": "delivery",
        "action": "event",
        "identifiers": {"id": delivery_id},
        "name": name,
        "attributes": attributes,
    }


def _segment_change(call: TrackCall, action: str) -> list[Item]:
    """Take each person for a record of its own; what is wrong with one refuses the call."""
    segment_id, kind = call.params["segment_id"], call.query.get("id_type", "id")
    body, problems = _PEOPLE.fit(call.body)
    problems += path_problems(segment_id, TOKEN_LIMIT, "segment id")
    if kind not in _ID_TYPES:
        message = f"id_type must be one of {', '.join(_ID_TYPES)}, not {kind[:40]!r}"
        problems += (Problem(Reason.INVALID_FIELD, message),)
    ids, further = _ids_in(body.get("ids") or [], kind)
    if problems or further:
        return items_of(call, [], (*problems, *further))
    operation = {"type": "person", "action": action, "name": storable(segment_id)}
    return [
        Operation(
            index=index,
            message_id=None,
            received_at=call.received_at,
            timestamp=None,
            record={**operation, "identifiers": {kind: text}},
        )
        for index, text in enumerate(ids)
    ]


def _ids_in(values: list[Any], kind: str) -> tuple[list[str], list[Problem]]:
    ids: list[str] = []
    problems: list[Problem] = []
    for index, value in enumerate(values):
        pointer = f"/ids/{index}"
        if is_absent(value):
            problems.append(Problem(Reason.MISSING_FIELD, f"ids: number {index} is blank", pointer))
            continue
        try:
            ids.append(read_identifier_text(kind, value, pointer))
        except ValidationError as error:
            problems += error.args[0]
    return ids, problems
