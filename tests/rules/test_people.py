"""K5, P1-P5: how people are found, created, updated and joined."""

import pytest

from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.reasons import Reason
from adapter.rules.decision import Fate
from adapter.rules.identifiers import read_identifier
from adapter.store.memory.store import MemoryStore
from tests.build import (
    anonymous_event,
    apply,
    at,
    identified_event,
    identify,
    log,
    merge_people,
    with_workspace,
)


@pytest.fixture
def store():
    memory = MemoryStore()
    with_workspace(memory)
    return memory


def attributes(store, identifier):
    person = store.find_person(1, read_identifier(identifier))
    return {name: item.value for name, item in person.attributes.items() if item.value is not None}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        pytest.param("cio_0100", IdentifierKind.CIO_ID, "0100", id="cio_id without its prefix"),
        pytest.param("A.b+c@Example.com", IdentifierKind.EMAIL, "a.b+c@example.com", id="e-mail"),
        pytest.param("User-1", IdentifierKind.ID, "User-1", id="id as it came"),
        pytest.param("a@b", IdentifierKind.ID, "a@b", id="no dot in the domain"),
        pytest.param("a..b@example.com", IdentifierKind.ID, "a..b@example.com", id="two dots"),
        pytest.param("+491701234567", IdentifierKind.ID, "+491701234567", id="phone number"),
    ],
)
def test_p2_a_bare_identifier_tells_its_kind(text, kind, value):
    assert read_identifier(text) == PersonRef(kind, value)


def test_p1_an_email_is_one_person_in_any_case(store):
    apply(store, identify("Person@Example.com", plan="free"))
    apply(store, identify("person@example.COM", plan="pro"))

    assert attributes(store, "PERSON@example.com")["plan"] == "pro"


def test_k5_an_event_of_an_unknown_person_creates_them(store):
    apply(store, identified_event("u1"))

    assert [row.type for row in log(store)] == ["event", "profile_create"]
    assert store.find_person(1, read_identifier("u1")) is not None


def test_k1_an_event_of_a_person_claims_no_anonymous_id(store):
    apply(store, anonymous_event("a", message_id="e"))
    apply(store, identified_event("u1", anonymous_id="a"))

    (row,) = log(store, event_id="e")
    assert row.reason == Reason.AWAITING_IDENTIFY


def test_an_unknown_cio_id_creates_nobody(store):
    (outcome,) = apply(store, identify("cio_unknown", plan="pro"))

    assert (outcome.fate, outcome.reasons) == (Fate.IGNORED, (Reason.UNKNOWN_CIO_ID,))


def test_p3_an_identifier_of_another_person_is_left_out_and_the_rest_applies(store):
    apply(store, identify("u1", email="a@example.com"))

    apply(store, identify("u2", email="A@example.com", plan="pro"))

    assert attributes(store, "u2") == {"id": "u2", "plan": "pro"}
    (failure,) = log(store, type="failed_attribute_change")
    assert (failure.name, failure.reason) == ("email", Reason.IDENTIFIER_TAKEN)


def test_p3_a_person_addressed_by_email_keeps_that_email(store):
    apply(store, anonymous_event("abc123"))
    apply(store, identify("person@example.com", anonymous_id="abc123", email="user@example.com"))

    assert store.find_person(1, read_identifier("user@example.com")) is None
    (failure,) = log(store, type="failed_attribute_change")
    assert failure.reason == Reason.IDENTIFIER_CHANGE_REFUSED
    (merge,) = log(store, type="anon_merge")
    assert merge.identifiers["email"] == "person@example.com"


def test_p3_a_person_addressed_by_id_may_change_their_email(store):
    apply(store, identify("u1", email="old@example.com"))

    apply(store, identify("u1", email="new@example.com", received_at=at(seconds=1)))

    assert store.find_person(1, read_identifier("old@example.com")) is None
    assert attributes(store, "new@example.com")["id"] == "u1"


def test_a_new_id_with_the_email_of_somebody_without_an_id_is_theirs(store):
    apply(store, identify("lead@example.com", plan="free"))

    apply(store, identify("u1", email="lead@example.com"))

    assert attributes(store, "u1")["plan"] == "free"


@pytest.mark.parametrize(
    ("second_at", "plan"),
    [
        pytest.param(at(seconds=-1), "first", id="older is skipped"),
        pytest.param(at(), "second", id="equally old is applied"),
        pytest.param(at(seconds=1), "second", id="newer is applied"),
    ],
)
def test_p4_attributes_follow_the_senders_time(store, second_at, plan):
    apply(store, identify("u1", plan="first"))

    apply(store, identify("u1", plan="second", occurred_at=second_at))

    assert attributes(store, "u1")["plan"] == plan
    skipped = log(store, type="skipped_update")
    assert [row.reason for row in skipped] == [Reason.OLDER_THAN_CURRENT] * (plan == "first")


def test_p4_an_empty_text_removes_a_key_like_null(store):
    apply(store, identify("u1", plan="pro", city="Kiel"))
    apply(store, identify("u1", plan="", city="", received_at=at(seconds=1)))

    assert attributes(store, "u1") == {"id": "u1"}


def test_p4_null_removes_a_key_for_older_updates_too(store):
    apply(store, identify("u1", plan="pro"))
    apply(store, identify("u1", plan=None, occurred_at=at(seconds=2)))
    apply(store, identify("u1", plan="late", occurred_at=at(seconds=1)))

    assert attributes(store, "u1") == {"id": "u1"}


def test_p5_the_secondarys_events_ids_and_missing_attributes_go_to_the_primary(store):
    apply(store, identify("u1", plan="pro"), identified_event("u1"))
    apply(store, identify("u2", anonymous_id="a", plan="free", city="Kiel"), identified_event("u2"))

    apply(store, merge_people("u1", "u2"))

    assert attributes(store, "u2") == {
        "id": "u1",
        "plan": "pro",
        "city": "Kiel",
        "anonymous_id": "a",
    }
    events = log(store, type="event")
    assert [row.identifiers["id"] for row in events] == ["u1", "u1"]
    apply(store, anonymous_event("a", message_id="late", received_at=at(seconds=1)))
    (late,) = log(store, event_id="late", now=at(seconds=1))
    assert late.identifiers["id"] == "u1"


@pytest.mark.parametrize(
    ("primary", "secondary", "reason"),
    [
        pytest.param("u1", "u1", Reason.SAME_PERSON, id="same identifier"),
        pytest.param("u1", "u1@example.com", Reason.SAME_PERSON, id="same person"),
        pytest.param("u1", "6c1f-anonymous", Reason.SECONDARY_UNKNOWN, id="anonymous previous id"),
        pytest.param("nobody", "u1", Reason.PRIMARY_UNKNOWN, id="unknown primary"),
    ],
)
def test_p5_joining_nobody_does_nothing(store, primary, secondary, reason):
    apply(store, identify("u1", email="u1@example.com"))

    (outcome,) = apply(store, merge_people(primary, secondary))

    assert (outcome.fate, outcome.reasons[0]) == (Fate.IGNORED, reason)
