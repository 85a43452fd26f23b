"""Contracts 3.2, 4.2, 7.1: reports on deliveries, forms and segments become lines of the log."""

import pytest

from adapter.doors.envelopes import Envelope
from adapter.doors.native.reports import metric_operation
from adapter.doors.operations import message_of
from adapter.ids import new_id
from adapter.jsonvalue import loads
from adapter.model.reasons import Reason
from adapter.rules.decision import Fate
from adapter.rules.identifiers import read_identifier
from adapter.store.memory.store import MemoryStore
from tests.build import T0, anonymous_event, apply, identify, log, with_workspace

METRIC = metric_operation({"delivery_id": "d1", "metric": "clicked", "href": "https://example.com"})
PUSH = {
    "type": "delivery",
    "action": "event",
    "identifiers": {"id": "d1"},
    "name": "opened",
    "attributes": {"device_token": "t"},
}
FORM = {"type": "form", "action": "submit", "name": "f1"}


@pytest.fixture
def store():
    memory = MemoryStore()
    with_workspace(memory)
    return memory


def send(store, operation, message_id=None):
    own_id = new_id(T0)
    envelope = Envelope(
        id=own_id,
        workspace_id=1,
        source_id=1,
        received_id=own_id,
        message_id=message_id,
        index=0,
        received_at=T0,
        record=operation,
    )
    message = message_of(operation, envelope=envelope, timestamp=operation.get("timestamp"))
    (outcome,) = apply(store, message)
    return outcome


@pytest.mark.parametrize(
    ("operation", "name", "data"),
    [
        pytest.param(METRIC, "clicked", {"href": "https://example.com"}, id="metric"),
        pytest.param(PUSH, "opened", {"device_token": "t"}, id="push"),
    ],
)
def test_what_became_of_a_delivery_is_logged(store, operation, name, data):
    outcome = send(store, operation)

    (line,) = log(store)
    assert (outcome.fate, outcome.reasons) == (Fate.STORED, (Reason.DELIVERY_REPORTED,))
    assert (line.type, line.name) == ("delivery_report", name)
    assert loads(line.data) == {"delivery_id": "d1"} | data


@pytest.mark.parametrize("operation", [METRIC, PUSH])
def test_x8_a_report_with_a_time_is_noted_once(store, operation):
    timed = operation | {"timestamp": 1772359199}

    fates = [send(store, timed).fate for _ in range(2)]
    later = send(store, timed | {"timestamp": 1772359198})

    assert [*fates, later.fate] == [Fate.STORED, Fate.DUPLICATE, Fate.STORED]


def test_x8_reports_without_time_and_id_are_not_guessed_to_be_one(store):
    fates = [send(store, METRIC).fate for _ in range(2)]

    assert fates == [Fate.STORED, Fate.STORED]


def test_l1_a_report_with_an_id_is_noted_once(store):
    fates = [send(store, METRIC, "m1").fate for _ in range(2)]

    assert fates == [Fate.STORED, Fate.DUPLICATE]


def test_l1_a_report_that_says_something_else_under_one_id_is_told(store):
    send(store, METRIC, "m1")

    outcome = send(store, METRIC | {"name": "opened"}, "m1")

    assert outcome.reasons == (Reason.DUPLICATE_CONFLICT,)


def test_an_unsubscription_by_an_unknown_delivery_is_only_logged(store):
    unsubscribe = PUSH | {"name": "unsubscribed", "attributes": {}}

    outcome = send(store, unsubscribe)

    (line,) = log(store)
    assert (outcome.fate, line.type, line.reason) == (
        Fate.STORED,
        "unsubscribe",
        Reason.DELIVERY_UNKNOWN,
    )


def test_a_form_identifies_whoever_it_names(store):
    apply(store, anonymous_event("a1"))

    who = {"email": "New@example.com"}
    send(store, FORM | {"identifiers": who, "attributes": {"plan": "pro", "anonymous_id": "a1"}})

    person = store.find_person(1, read_identifier("new@example.com"))
    assert person.attributes["plan"].value == "pro"
    assert {row.type for row in log(store, person_id=person.person_id)} == {
        "event",
        "profile_create",
        "form_submit",
        "anon_merge",
    }


def test_a_form_with_an_id_and_an_email_goes_by_the_id(store):
    apply(store, identify("u1", email="old@example.com"))

    who = {"id": "u1", "email": "new@example.com"}
    send(store, FORM | {"identifiers": who, "attributes": who})

    person = store.find_person(1, read_identifier("u1"))
    assert person.attributes["email"].value == "new@example.com"


def test_k5_somebody_unknown_may_join_a_segment_kept_by_hand(store):
    change = {"type": "person", "name": 7, "identifiers": {"id": "u1"}}
    leave = change | {"action": "remove_from_segment"}

    outcomes = [
        send(store, change | {"action": "add_to_segment"}),
        send(store, leave),
        send(store, leave | {"identifiers": {"id": "nobody"}}),
    ]

    assert [outcome.reasons[0] for outcome in outcomes] == [
        Reason.SEGMENT_JOINED,
        Reason.SEGMENT_LEFT,
        Reason.UNKNOWN_PERSON,
    ]
    lines = log(store, type="segment_change")
    assert [(row.name, row.identifiers["id"]) for row in lines] == [("7", "u1"), ("7", "u1")]
