"""What the shipped mapping makes of calls, beyond the recorded ones."""

from pathlib import Path

import pytest

from adapter.mapping.actions.table import ACTIONS
from adapter.mapping.files import load_mapping
from adapter.mapping.positions import read_document

_SHIPPED = Path(__file__).parents[2] / "mappings" / "segment.yaml"
_INVITE = {
    "type": "track",
    "event": "Team Invite Sent",
    "anonymousId": "a1",
    "properties": {"recipient": "friend@example.com"},
}


@pytest.fixture(scope="module")
def mapping():
    return load_mapping(_SHIPPED)


@pytest.fixture(scope="module")
def with_invites(tmp_path_factory):
    switched_on = tmp_path_factory.mktemp("on") / "segment.yaml"
    switched_on.write_text(_SHIPPED.read_text().replace("enabled: false", "enabled: true"))
    return load_mapping(switched_on)


def test_every_action_and_field_is_written_out_with_label_and_description():
    steering = {"enable_batching", "batch_size"}
    entries = read_document(_SHIPPED).value["subscriptions"]

    written = {
        entry["action"]: {
            name
            for name, field in entry["fields"].items()
            if {"label", "description", "type", "default"} <= field.keys()
        }
        for entry in entries
        if entry.get("enabled", True)
    }

    assert written == {name: set(action.fields) - steering for name, action in ACTIONS.items()}


def test_a_call_with_a_recipient_is_an_anonymous_event_as_shipped(mapping):
    (mapped,) = mapping.apply(_INVITE)

    assert mapped.operation["identifiers"] == {"anonymous_id": "a1"}


def test_it_is_an_invite_and_nothing_else_once_that_is_switched_on(with_invites):
    (mapped,) = with_invites.apply(_INVITE)

    assert mapped.operation == {
        "type": "person",
        "action": "event",
        "name": "Team Invite Sent",
        "attributes": {"recipient": "friend@example.com"},
    }


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"userId": "u1"}, id="names a person"),
        pytest.param({"properties": {}}, id="has no recipient"),
        pytest.param({"event": "User Deleted"}, id="is an event with an action of its own"),
    ],
)
def test_it_is_no_invite_if_it(with_invites, mapping, change):
    call = {**_INVITE, **change}

    assert with_invites.apply(call) == mapping.apply(call)


def test_the_timestamp_is_told_as_it_came(mapping):
    call = {**_INVITE, "timestamp": "2024-05-06T07:08:09.876543Z"}

    (mapped,) = mapping.apply(call)

    assert mapped.timestamp == "2024-05-06T07:08:09.876543Z"
    assert mapped.operation["timestamp"] == 1714979289


def test_a_delivery_report_goes_another_way(mapping):
    properties = {"deliveryId": "d1", "metric": "opened", "actionName": "go"}
    call = {"type": "track", "event": "Report Delivery Event", "properties": properties}

    (mapped,) = mapping.apply(call)

    assert mapped.path == "/api/v1/metrics"
    assert mapped.operation == {
        "delivery_id": "d1",
        "metric": "opened",
        "metadata": {"action_name": "go"},
    }


@pytest.mark.parametrize(
    ("call", "code", "pointer"),
    [
        pytest.param({"type": "page"}, "required", "/properties/url", id="a missing field"),
        pytest.param(
            {"type": "page", "properties": {"url": ""}},
            "required",
            "/properties/url",
            id="an empty field",
        ),
        pytest.param(
            {"type": "screen", "name": {}}, "invalid_type", "/name", id="an object for a text"
        ),
        pytest.param(
            {"type": "screen", "name": "a", "properties": "x"},
            "invalid_type",
            "/properties",
            id="a text for an object",
        ),
        pytest.param(
            {
                "type": "track",
                "event": "Report Content Event",
                "properties": {"actionType": "read"},
            },
            "invalid_type",
            "/properties/actionType",
            id="a choice that is none",
        ),
    ],
)
def test_what_cannot_be_mapped_is_a_problem_with_its_place(mapping, call, code, pointer):
    (mapped,) = mapping.apply(call)

    assert mapped.operation is None
    assert [(problem.code, problem.pointer) for problem in mapped.problems] == [(code, pointer)]


def test_a_call_of_another_type_is_taken_by_nothing(mapping):
    assert mapping.apply({"type": "subscribe", "userId": "u1"}) == []


def test_p6_a_delete_call_deletes_the_person_it_names(mapping):
    (mapped,) = mapping.apply({"type": "delete", "userId": "u1"})

    assert mapped.operation == {
        "type": "person",
        "action": "delete",
        "identifiers": {"id": "u1"},
    }
