"""Every native call that Segment's own destination was seen to make becomes a message."""

import json
from pathlib import Path

import pytest

from adapter.doors.envelopes import Envelope
from adapter.doors.native.reports import metric_operation
from adapter.doors.operations import message_of
from adapter.mapping.actions.operation import METRICS
from adapter.model.messages import (
    AddDevice,
    AnonymousEvent,
    DeleteDevice,
    DeleteObject,
    DeletePerson,
    IdentifiedEvent,
    Identify,
    IdentifyObject,
    Ignored,
    MergePeople,
    ReportDelivery,
    SuppressPerson,
    Unapplicable,
    Unrelate,
    UnsuppressPerson,
)
from tests.build import T0

RECORDED = json.loads(
    (Path(__file__).parents[1] / "mapping" / "golden" / "segment_customerio.json").read_text(
        encoding="utf-8"
    )
)
ENVELOPE = Envelope(
    id="id",
    workspace_id=1,
    source_id=1,
    received_id="request",
    message_id="m-1",
    index=0,
    received_at=T0,
    record=None,
)
EXPECTED = {
    "track known+anon": IdentifiedEvent,
    "track anon only": AnonymousEvent,
    "track anon userId null": AnonymousEvent,
    "track userId email": IdentifiedEvent,
    "track userId cio_": IdentifiedEvent,
    "track event name is a date": IdentifiedEvent,
    "track no ids": Unapplicable,
    "track numeric userId": IdentifiedEvent,
    "page known": IdentifiedEvent,
    "page anon": AnonymousEvent,
    "screen anon": AnonymousEvent,
    "identify known": Identify,
    "identify email only": Identify,
    "identify anon only": Ignored,
    "identify created_at unix": Identify,
    "group known": IdentifyObject,
    "group anon": IdentifyObject,
    "alias": MergePeople,
    "alias same": MergePeople,
    "alias anon previous": MergePeople,
    "Application Opened": AddDevice,
    "Device Deleted": DeleteDevice,
    "User Deleted": DeletePerson,
    "Report Delivery Event": ReportDelivery,
    "Report Content Event": AnonymousEvent,
    "User Suppressed": SuppressPerson,
    "User Unsuppressed": UnsuppressPerson,
    "Object Deleted": DeleteObject,
    "Relationship Deleted": Unrelate,
}


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items(), ids=EXPECTED)
def test_a_recorded_operation_becomes_a_message(name, expected):
    (request,) = RECORDED[name]["requests"]
    body = request["body"]
    operation = metric_operation(body) if request["path"] == METRICS else body

    message = message_of(operation, envelope=ENVELOPE, timestamp="2024-05-06T07:08:09.876Z")

    assert type(message) is expected


def test_no_recorded_operation_is_left_out():
    made = {
        name for name, call in RECORDED.items() if isinstance(call, dict) and call.get("requests")
    }

    assert {name for name in made if not name.startswith("__")} == set(EXPECTED)
