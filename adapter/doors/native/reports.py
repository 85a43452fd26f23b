"""Reports on deliveries, forms and segments kept by hand (contracts 3.2, 4.2)."""

from adapter.doors.limits import TOKEN_LIMIT
from adapter.doors.native.part import Common, Part
from adapter.ids import fingerprint
from adapter.jsonvalue import JSONObject, canonical, dumps
from adapter.model.messages import (
    ChangeSegment,
    Message,
    ReportDelivery,
    SubmitForm,
    Unsubscribe,
)
from adapter.model.people import IdentifierKind

METRICS = (
    "bounced", "clicked", "converted", "deferred", "delivered", "dropped", "opened", "spammed",
)  # fmt: skip
_UNSUBSCRIBED = "unsubscribed"
_OUTCOMES = (*METRICS, _UNSUBSCRIBED)

_OF_A_METRIC = frozenset({"delivery_id", "metric", "timestamp"})
_CLAIM = "anonymous_id"


def metric_operation(body: JSONObject) -> JSONObject:
    """Make the operation of the body of ``POST /api/v1/metrics``, as a mapping gives it."""
    return {
        "type": "delivery",
        "action": "event",
        "identifiers": {"id": body.get("delivery_id")},
        "name": body.get("metric"),
        "attributes": {name: value for name, value in body.items() if name not in _OF_A_METRIC},
    }


def delivery_event(operation: Part, common: Common) -> Message:
    """``delivery event``: ``identifiers.id`` names a delivery, ``name`` says what became of it.

    Names are those of v1's metrics and of push events, and ``unsubscribed``.
    """
    delivery_id = operation.part("identifiers").needed("id", TOKEN_LIMIT)
    name = operation.choice("name", _OUTCOMES)
    attributes = operation.attributes()
    if name == _UNSUBSCRIBED:
        return Unsubscribe(**common, delivery_id=delivery_id)
    _recognise(common, delivery_id, name, attributes)
    data = dumps(attributes)
    return ReportDelivery(**common, delivery_id=delivery_id, metric=name, data=data)


def submit_form(operation: Part, common: Common) -> Message:
    """``form submit``: ``name`` is the form, ``attributes`` are its data.

    ``identifiers`` hold the data's ``id`` or ``email``, or both; then the id names the person.
    """
    identifiers = operation.part("identifiers")
    person = identifiers.person(IdentifierKind.ID, IdentifierKind.EMAIL)
    attributes = operation.attributes()
    return SubmitForm(
        **common,
        person=person or identifiers.nobody("they must have an id or an email"),
        attributes={name: value for name, value in attributes.items() if name != _CLAIM},
        anonymous_id=operation.part("attributes").anonymous_id(),
        form_id=operation.needed("name", TOKEN_LIMIT),
    )


def join_segment(operation: Part, common: Common) -> Message:
    """``person add_to_segment``: ``name`` is a segment kept by hand."""
    return _change_segment(operation, common, joins=True)


def leave_segment(operation: Part, common: Common) -> Message:
    """``person remove_from_segment``: the same the other way."""
    return _change_segment(operation, common, joins=False)


def _change_segment(operation: Part, common: Common, *, joins: bool) -> Message:
    person = operation.part("identifiers").needed_person()
    segment_id = operation.needed("name", TOKEN_LIMIT)
    return ChangeSegment(**common, person=person, segment_id=segment_id, joins=joins)


def _recognise(common: Common, delivery_id: str, metric: str, attributes: JSONObject) -> None:
    """Give a report that says when it happened an id, to be known by when it comes again (X8).

    Such calls bear none, but nothing happens to a delivery twice at one instant.
    """
    at = common["occurred_at"]
    if common["message_id"] is None and at != common["received_at"]:
        same = fingerprint("delivery", delivery_id, metric, str(at), canonical(attributes))
        common["message_id"] = f"delivery-{same.hex()}"
