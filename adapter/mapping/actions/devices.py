"""Actions about devices, and reports of what became of a delivery."""

from adapter.jsonvalue import JSONObject
from adapter.mapping.actions.conversion import converted_timestamp, person_identifiers
from adapter.mapping.actions.operation import (
    BATCHING,
    FLAG,
    METRICS,
    OBJECT,
    REQUIRED,
    TEXT,
    Action,
    dated,
    present,
)
from adapter.mapping.fields import Field, FieldType
from adapter.mapping.javascript.text import number_of

_METRICS = (
    "delivered",
    "opened",
    "clicked",
    "converted",
    "spammed",
    "bounced",
    "dropped",
    "deferred",
)


def _add(fields: JSONObject) -> JSONObject:
    attributes = dict(fields.get("attributes") or {})
    if fields.get("app_version"):
        attributes["app_version"] = fields["app_version"]
    device = present(
        token=fields["device_id"],
        platform=fields["platform"],
        last_used=fields.get("last_used"),
        attributes=attributes,
    )
    return present(
        type="person",
        action="add_device",
        **dated(fields, {"device": device}),
        identifiers=person_identifiers(fields["person_id"]),
    )


def _delete(fields: JSONObject) -> JSONObject:
    return present(
        type="person",
        action="delete_device",
        device={"token": fields["device_id"]},
        identifiers=person_identifiers(fields["person_id"]),
    )


def _report(fields: JSONObject) -> JSONObject:
    """Build the body of a delivery report; without a readable time it bears none.

    (Segment puts its own clock's time there; whoever receives this has a clock of their own.)
    """
    seconds = number_of(converted_timestamp(fields.get("timestamp", "none")))
    known = seconds == seconds  # noqa: PLR0124 - NaN is not itself
    metadata = present(
        action_name=fields.get("action_name") or None,
        action_value=fields.get("action_value") or None,
    )
    return present(
        delivery_id=fields["delivery_id"],
        metric=fields["metric"],
        timestamp=(int(seconds) if seconds.is_integer() else seconds) if known else None,
        recipient=fields.get("recipient") or None,
        reason=fields.get("reason") or None,
        href=fields.get("href") or None,
        metadata=metadata or None,
    )


DEVICES = (
    Action(
        name="createUpdateDevice",
        fields={
            "person_id": REQUIRED,
            "device_id": REQUIRED,
            "app_version": TEXT,
            "platform": REQUIRED,
            "last_used": TEXT,
            "attributes": OBJECT,
            "convert_timestamp": FLAG,
            **BATCHING,
        },
        build=_add,
        timestamp="last_used",
    ),
    Action(
        name="deleteDevice",
        fields={"person_id": REQUIRED, "device_id": REQUIRED, **BATCHING},
        build=_delete,
    ),
    Action(
        name="reportDeliveryEvent",
        fields={
            "delivery_id": REQUIRED,
            "metric": Field(required=True, choices=_METRICS),
            "recipient": TEXT,
            "reason": TEXT,
            "href": TEXT,
            "action_name": TEXT,
            "action_value": TEXT,
            "timestamp": Field(type=FieldType.DATETIME),
            **BATCHING,
        },
        build=_report,
        timestamp="timestamp",
        path=METRICS,
    ),
)
