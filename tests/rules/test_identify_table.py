"""Contracts 3.4: whom an identify reaches, and what of it applies, row by row."""

import pytest

from adapter.jsonvalue import loads
from adapter.model.people import IdentifierKind
from adapter.model.reasons import Reason
from adapter.rules.decision import Fate
from adapter.rules.identifiers import read_identifier
from tests.build import anonymous_event, apply, at, identify, log, with_workspace


@pytest.fixture(autouse=True)
def _workspace(store):
    with_workspace(store)


def person(store, identifier):
    return store.find_person(1, read_identifier(identifier))


def values(store, identifier):
    held = person(store, identifier).attributes
    return {name: one.value for name, one in held.items() if one.value is not None}


def failures(store):
    return [(row.name, row.reason) for row in log(store, type="failed_attribute_change")]


def test_the_person_of_the_path_is_updated(store):
    apply(store, identify("u1", plan="free"))

    apply(store, identify("u1", plan="pro", received_at=at(seconds=1)))

    assert values(store, "u1") == {"id": "u1", "plan": "pro"}


@pytest.mark.parametrize(
    ("known", "path", "body"),
    [
        pytest.param("lead@example.com", "u1", {"email": "lead@example.com"}, id="by email"),
        pytest.param("u1", "lead@example.com", {"id": "u1"}, id="by id"),
    ],
)
def test_p3_an_unknown_path_is_given_to_whoever_the_body_names(store, known, path, body):
    apply(store, identify(known, plan="free"))

    apply(store, identify(path, **body, city="Kiel", received_at=at(seconds=1)))

    assert person(store, path) == person(store, known)
    assert values(store, path) == {
        "id": "u1",
        "email": "lead@example.com",
        "plan": "free",
        "city": "Kiel",
    }
    assert failures(store) == []


def test_p3_path_and_body_of_two_people_update_the_path_without_the_bodys_identifier(store):
    apply(store, identify("u1"), identify("u2", email="two@example.com"))

    (outcome,) = apply(store, identify("u1", email="two@example.com", plan="pro"))

    assert values(store, "u1") == {"id": "u1", "plan": "pro"}
    assert values(store, "u2")["email"] == "two@example.com"
    assert failures(store) == [("email", Reason.IDENTIFIER_TAKEN)]
    assert outcome.fate is Fate.STORED


def test_k5_when_neither_is_known_a_person_is_created_with_both(store):
    apply(store, identify("u1", email="new@example.com"))

    assert person(store, "u1") == person(store, "new@example.com")


def test_p1_an_unknown_cio_id_is_dropped_and_told(store):
    (outcome,) = apply(store, identify("cio_unknown", email="new@example.com", anonymous_id="a"))

    assert (outcome.fate, outcome.reasons) == (Fate.IGNORED, (Reason.UNKNOWN_CIO_ID,))
    assert person(store, "new@example.com") is None
    assert [row.reason for row in log(store, type="ignored")] == [Reason.UNKNOWN_CIO_ID]


def test_p3_a_set_id_changes_only_through_the_cio_id(store):
    apply(store, identify("u1", email="one@example.com"))
    cio_id = person(store, "u1").person_id

    apply(store, identify("one@example.com", id="u2", received_at=at(seconds=1)))
    refused = (person(store, "u2"), failures(store))
    apply(store, identify(f"cio_{cio_id}", id="u2", received_at=at(seconds=2)))

    assert refused == (None, [("id", Reason.IDENTIFIER_CHANGE_REFUSED)])
    assert person(store, "u2").person_id == cio_id


@pytest.mark.parametrize("prefix", ["", "cio_"])
def test_p1_a_generated_id_is_never_taken_from_the_body(store, prefix):
    apply(store, identify("u1"))
    own = person(store, "u1").person_id

    apply(store, identify("u1", cio_id=f"{prefix}{own}", received_at=at(seconds=1)))
    harmless = failures(store)
    apply(store, identify("u1", cio_id=f"{prefix}made-up", received_at=at(seconds=2)))

    assert (harmless, failures(store)) == (
        [],
        [("cio_id", Reason.IDENTIFIER_CHANGE_REFUSED)],
    )
    assert values(store, "u1") == {"id": "u1"}
    assert person(store, "u1").identifiers == {IdentifierKind.ID: "u1"}


@pytest.mark.parametrize("blank", [None, ""])
def test_p4_null_and_an_empty_text_remove_an_attribute(store, blank):
    apply(store, identify("u1", plan="pro", email="one@example.com"))

    apply(store, identify("u1", plan=blank, email=blank, received_at=at(seconds=1)))

    assert values(store, "u1") == {"id": "u1"}
    assert person(store, "one@example.com") is None


def test_reserved_attributes_are_kept_as_they_come(store):
    reserved = {
        "phone": "+4917012345",
        "unsubscribed": True,
        "created_at": 1577836800,
        "cio_subscription_preferences": {"topics": {"topic_1": True}},
    }

    apply(store, identify("u1", **reserved))

    assert values(store, "u1") == {"id": "u1", **reserved}


def test_an_empty_body_makes_sure_that_the_person_exists(store):
    outcomes = [*apply(store, identify("u1")), *apply(store, identify("u1"))]

    assert [one.reasons[0] for one in outcomes] == [
        Reason.PERSON_CREATED,
        Reason.NOTHING_CHANGED,
    ]


def test_p3_the_seeds_trap_the_path_gets_the_events_and_the_bodys_email_is_refused(store):
    apply(store, anonymous_event("abc123", message_id="e"))

    (outcome,) = apply(
        store,
        identify("person@example.com", anonymous_id="abc123", email="user@example.com"),
    )

    (event,) = log(store, event_id="e")
    (merge,) = log(store, type="anon_merge")
    assert event.identifiers["email"] == merge.identifiers["email"] == "person@example.com"
    assert loads(merge.data)["count"] == 1
    assert person(store, "user@example.com") is None
    assert failures(store) == [("email", Reason.IDENTIFIER_CHANGE_REFUSED)]
    assert outcome.fate is Fate.STORED
