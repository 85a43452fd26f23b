"""Native operations become messages (K1-K4, K7, P2, T3, T4)."""

import pytest

from adapter.clock import parse_instant
from adapter.doors.envelopes import Envelope
from adapter.doors.operations import message_of
from adapter.model.messages import (
    AnonymousEvent,
    DeletePerson,
    EventKind,
    IdentifiedEvent,
    Identify,
    Ignored,
    InviteEvent,
    MergePeople,
    SuppressPerson,
    Unapplicable,
    UnsuppressPerson,
)
from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.reasons import Reason
from tests.build import T0

ENVELOPE = Envelope(
    id="id-1",
    workspace_id=3,
    source_id=4,
    received_id="request-1",
    message_id="m1",
    index=5,
    part=1,
    received_at=T0,
    record={"as": "it came"},
)
COMMON = {
    "id": "id-1",
    "workspace_id": 3,
    "source_id": 4,
    "received_id": "request-1",
    "message_id": "m1",
    "index": 5,
    "part": 1,
    "received_at": T0,
    "occurred_at": T0,
}
ORDER = COMMON | {"kind": EventKind.EVENT, "name": "Order"}
U1 = PersonRef(IdentifierKind.ID, "u1")


def event(identifiers=None, attributes=None, **changes):
    operation = {"type": "person", "action": "event", "name": "Order", **changes}
    if identifiers is not None:
        operation["identifiers"] = identifiers
    if attributes is not None:
        operation["attributes"] = attributes
    return made(operation)


def made(operation, timestamp=None, envelope=ENVELOPE):
    return message_of(operation, envelope=envelope, timestamp=timestamp)


def test_k1_an_event_that_names_a_person_is_theirs():
    assert event({"id": "u1"}) == IdentifiedEvent(**ORDER, data="{}", person=U1)


def test_k1_an_anonymous_id_beside_a_person_is_data_and_no_claim():
    message = event({"id": "u1"}, {"anonymous_id": "a1", "n": 1})

    expected = IdentifiedEvent(
        **ORDER, data='{"anonymous_id":"a1","n":1}', person=U1, anonymous_id="a1"
    )
    assert message == expected


@pytest.mark.parametrize("beside", [None, " ", [], {"x": 1}, True, "a" * 1001])
def test_k1_whatever_stands_for_an_anonymous_id_harms_no_known_persons_event(beside):
    message = event({"id": "u1"}, {"anonymous_id": beside})

    assert (type(message), message.anonymous_id) == (IdentifiedEvent, None)


def test_k2_an_event_with_an_anonymous_id_alone_is_anonymous():
    message = event({"anonymous_id": "a1"}, {"n": 1})

    assert message == AnonymousEvent(**ORDER, data='{"n":1}', anonymous_id="a1")


def test_k2_a_recipient_beside_an_anonymous_id_is_plain_data():
    message = event({"anonymous_id": 7}, {"recipient": "f@example.com"})

    assert (type(message), message.anonymous_id, message.notes) == (
        AnonymousEvent, "7", (Reason.RECIPIENT_IGNORED_HAS_ANONYMOUS_ID,),
    )  # fmt: skip


@pytest.mark.parametrize("identifiers", [None, {}, {"anonymous_id": ""}, {"anonymous_id": None}])
def test_k3_an_event_for_a_recipient_alone_is_an_invite(identifiers):
    message = event(identifiers, {"recipient": "f@example.com"})

    expected = InviteEvent(**ORDER, data='{"recipient":"f@example.com"}', recipient="f@example.com")
    assert message == expected


@pytest.mark.parametrize("attributes", [None, {"recipient": "nobody"}, {"recipient": ["f@e.com"]}])
def test_k4_an_event_for_nobody_is_kept_with_its_reason(attributes):
    message = event(None, attributes)

    assert (type(message), message.reason) == (Unapplicable, Reason.NO_SUBJECT)


@pytest.mark.parametrize("junk", ["null", "None", ' "undefined" ', "NaN", "[object Object]"])
def test_k7_a_non_value_is_nobodys_id(junk):
    message = event({"id": junk})

    assert (type(message), message.reason) == (Unapplicable, Reason.JUNK_ID)


@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        pytest.param({"id": 42}, PersonRef(IdentifierKind.ID, "42"), id="number"),
        pytest.param({"id": "U1"}, PersonRef(IdentifierKind.ID, "U1"), id="case of ids counts"),
        pytest.param(
            {"email": "P@E.com"}, PersonRef(IdentifierKind.EMAIL, "p@e.com"), id="e-mail folded"
        ),
        pytest.param({"cio_id": "ab"}, PersonRef(IdentifierKind.CIO_ID, "ab"), id="cio_id"),
        pytest.param({"id": "", "email": "p@e.com"},
                     PersonRef(IdentifierKind.EMAIL, "p@e.com"), id="blank id is absent"),
        pytest.param({"id": "0", "anonymous_id": "a"}, PersonRef(IdentifierKind.ID, "0"), id="0"),
    ],
)  # fmt: skip
def test_p2_a_person_is_named_by(identifiers, expected):
    assert event(identifiers).person == expected


@pytest.mark.parametrize(
    ("changes", "reason", "says"),
    [
        pytest.param({"name": None}, Reason.MISSING_FIELD, "must be there", id="no name"),
        pytest.param({"name": " "}, Reason.MISSING_FIELD, "blank", id="blank name"),
        pytest.param({"name": "n" * 101}, Reason.TOO_LONG, "limit is 100", id="long name"),
        pytest.param({"name": ["n"]}, Reason.INVALID_FIELD, "an array", id="name is an array"),
        pytest.param({"attributes": "x"}, Reason.INVALID_FIELD, "an object", id="attributes"),
        pytest.param({"attributes": {"x": "é" * 50_000}}, Reason.TOO_LONG, "100000", id="data"),
        pytest.param({"identifiers": {"id": {}}}, Reason.INVALID_FIELD, "an object", id="id"),
        pytest.param({"identifiers": {"id": "u" * 151}}, Reason.TOO_LONG, "150", id="long id"),
    ],
)
def test_what_cannot_be_applied_is_kept_with_reason_text_and_record(changes, reason, says):
    message = event(**{"identifiers": {"id": "u1"}, **changes})

    assert (type(message), message.reason) == (Unapplicable, reason)
    assert says in message.text
    assert message.raw == '{"as":"it came"}'


@pytest.mark.parametrize("action", ["page", "screen"])
def test_pages_and_screens_may_have_long_names(action):
    message = event({"id": "u1"}, action=action, name="n" * 1000)

    assert (message.kind, len(message.name)) == (action, 1000)


def test_a_name_keeps_the_blanks_around_it_where_the_door_left_them():
    assert event({"id": "u1"}, name=" Order ").name == " Order "


@pytest.mark.parametrize("action", ["viewed_content", "clicked_content"])
def test_a_content_event_is_an_event_of_its_name(action):
    message = event({"anonymous_id": "a1"}, {"contentId": 1}, action=action, name=action)

    expected = AnonymousEvent(
        **COMMON | {"kind": EventKind.EVENT, "name": action},
        data='{"contentId":1}',
        anonymous_id="a1",
    )
    assert message == expected


def test_a_name_that_looks_like_a_date_comes_as_a_number_and_is_a_text():
    assert event({"id": "u1"}, name=1704153600).name == "1704153600"


def test_t3_the_time_is_the_senders_to_the_microsecond():
    operation = {"type": "person", "action": "event", "name": "O", "identifiers": {"id": "u"}}

    message = made(operation | {"timestamp": 1714979289}, "2024-05-06T07:08:09.876543Z")

    assert message.occurred_at == parse_instant("2024-05-06T07:08:09.876543Z")


@pytest.mark.parametrize("timestamp", ["soon", True, -5, {"at": 1}])
def test_t4_a_time_that_cannot_be_read_is_the_time_of_receipt_and_noted(timestamp):
    operation = {"type": "person", "action": "event", "name": "O", "identifiers": {"id": "u"}}

    message = made(operation, timestamp)

    assert (message.occurred_at, message.notes) == (T0, (Reason.TIMESTAMP_UNREADABLE,))


def test_an_identify_claims_the_anonymous_id_among_its_attributes():
    attributes = {"plan": "pro", "anonymous_id": "a1"}
    operation = {
        "type": "person",
        "action": "identify",
        "identifiers": {"id": "u1"},
        "attributes": attributes,
    }

    message = made(operation)

    expected = Identify(**COMMON, person=U1, attributes={"plan": "pro"}, anonymous_id="a1")
    assert message == expected
    assert attributes == {"plan": "pro", "anonymous_id": "a1"}


@pytest.mark.parametrize(
    ("flag", "update_only"), [(True, True), ("true", True), (False, False), (None, False)]
)
def test_an_identify_may_ask_to_create_nobody_and_that_is_no_attribute(flag, update_only):
    operation = {
        "type": "person",
        "action": "identify",
        "identifiers": {"id": "u1"},
        "attributes": {"plan": "pro", "_update": flag},
    }

    expected = Identify(**COMMON, person=U1, attributes={"plan": "pro"}, update_only=update_only)
    assert made(operation) == expected


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("delete", DeletePerson),
        ("suppress", SuppressPerson),
        ("unsuppress", UnsuppressPerson),
    ],
)
def test_p6_people_are_deleted_suppressed_and_unsuppressed(action, kind):
    operation = {"type": "person", "action": action, "identifiers": {"id": "u1"}}

    assert made(operation) == kind(**COMMON, person=U1)
    nobody = made(operation | {"identifiers": {"anonymous_id": "a1"}})
    assert (nobody.reason, nobody.pointer) == (Reason.NO_SUBJECT, "/identifiers")


@pytest.mark.parametrize("blank", ["", " ", None])
def test_a_blank_anonymous_id_claims_nothing(blank):
    operation = {
        "type": "person",
        "action": "identify",
        "identifiers": {"id": "u1"},
        "attributes": {"anonymous_id": blank},
    }

    assert made(operation) == Identify(**COMMON, person=U1)


def test_an_identify_of_an_anonymous_id_alone_is_ignored():
    operation = {"type": "person", "action": "identify", "identifiers": {"anonymous_id": "a1"}}

    expected = Ignored(**COMMON, reason=Reason.IDENTIFY_WITHOUT_PERSON, anonymous_id="a1")
    assert made(operation) == expected


def test_an_alias_joins_two_people():
    operation = {
        "type": "person",
        "action": "merge",
        "primary": {"email": "New@e.com"},
        "secondary": {"id": "u1"},
    }

    expected = MergePeople(
        **COMMON, primary=PersonRef(IdentifierKind.EMAIL, "new@e.com"), secondary=U1
    )
    assert made(operation) == expected


@pytest.mark.parametrize("missing", ["primary", "secondary"])
def test_an_alias_of_one_person_alone_is_kept_with_its_reason(missing):
    operation = {"type": "person", "action": "merge", "primary": {"id": 1}, "secondary": {"id": 2}}

    message = made(operation | {missing: None})

    assert (message.reason, missing in message.text) == (Reason.NO_SUBJECT, True)


@pytest.mark.parametrize(
    "operation",
    [
        {"type": "delivery", "action": "delete"},
        {"type": ["odd"], "action": {}},
        {},
    ],
)
def test_an_operation_that_is_not_supported_is_kept(operation):
    message = made(operation)

    assert (type(message), message.reason) == (Unapplicable, Reason.UNSUPPORTED_OPERATION)
