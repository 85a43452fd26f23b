"""P6, R4, M5: how people go, and what keeps them gone."""

import pytest

from adapter.model.reasons import Reason
from adapter.rules.decision import Decision, Fate
from adapter.rules.identifiers import read_identifier
from tests.build import (
    anonymous_event,
    apply,
    at,
    delete_person,
    delivery,
    identified_event,
    identify,
    invite_event,
    log,
    merge_people,
    suppress_person,
    unsuppress_person,
    with_workspace,
)


@pytest.fixture(autouse=True)
def _workspace(store):
    with_workspace(store)


def person(store, identifier):
    return store.find_person(1, read_identifier(identifier))


def outcome(store, message):
    (found,) = apply(store, message)
    return found.fate, found.reasons[0]


def kept(store, **filters):
    return [(row.type, row.reason) for row in log(store, now=at(hours=1), **filters)]


def test_p6_delete_removes_the_person_their_events_and_their_lines(store):
    apply(store, anonymous_event("a"), identify("u1", anonymous_id="a", email="p@example.com"))
    apply(store, identified_event("u1"))

    told = outcome(store, delete_person("p@example.com"))

    assert told == (Fate.STORED, Reason.PERSON_DELETED)
    assert (person(store, "u1"), person(store, "p@example.com")) == (None, None)
    (line,) = log(store)
    assert (line.type, line.person_id, line.data) == ("profile_delete", None, "{}")


def test_p6_nothing_is_delivered_about_who_is_gone(store):
    apply(store, identify("u1"), identify("u2"))
    theirs = delivery(person_id=person(store, "u1").person_id)
    others = delivery(2, person_id=person(store, "u2").person_id)
    made = Decision(deliveries=[theirs, others])
    store.write(lambda transaction: transaction.commit(made, []))

    apply(store, delete_person("u1"))

    assert store.outbox.find_delivery(1, theirs.id) is None
    assert store.outbox.find_delivery(1, others.id) is not None


def test_p6_deleting_nobody_changes_nothing_and_is_logged(store):
    assert outcome(store, delete_person("u1")) == (Fate.IGNORED, Reason.NOBODY_TO_DELETE)
    assert kept(store) == [("ignored", Reason.NOBODY_TO_DELETE)]


def test_p6_a_later_write_creates_another_person(store):
    apply(store, identify("u1", plan="pro"))
    before = person(store, "u1").person_id

    apply(store, delete_person("u1"), identified_event("u1", message_id="again"))

    after = person(store, "u1")
    assert after.person_id != before
    assert set(after.attributes) == {"id"}
    assert [row.event_id for row in log(store, type="event")] == ["again"]


def test_l1_a_repeat_does_not_bring_a_deleted_record_back(store):
    apply(store, identified_event("u1", message_id="m"), delete_person("u1"))

    told = outcome(store, identified_event("u1", message_id="m"))

    assert told == (Fate.DUPLICATE, Reason.DUPLICATE)
    assert person(store, "u1") is None
    assert store.find_key(1, "m").home == "deleted"


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
@pytest.mark.parametrize("leave", [delete_person, suppress_person])
def test_r4_the_anonymous_ids_of_who_is_gone_are_used_up(store, leave, together):
    steps = [
        anonymous_event("a"),
        identify("u1", anonymous_id="a"),
        leave("u1"),
        anonymous_event("a", message_id="inside the window", received_at=at(minutes=1)),
        identify("u2", anonymous_id="a", received_at=at(minutes=2)),
        anonymous_event("a", message_id="after the claim", received_at=at(minutes=3)),
    ]
    for batch in [steps] if together else [[step] for step in steps]:
        apply(store, *batch)

    stay = [("event", Reason.ANONYMOUS_ID_USED_UP)] * 2
    assert kept(store, view="anonymous", type="event") == stay
    (refused,) = log(store, type="claim_refused")
    assert refused.reason == Reason.ANONYMOUS_ID_USED_UP
    assert "anonymous_id" not in person(store, "u2").attributes
    fact = store.find_anonymous_id(1, "a")
    assert (fact.used_up, fact.person_id, fact.assigned_at) == (True, None, None)


def test_r4_an_id_whose_row_is_gone_is_still_known_to_be_used_up(store):
    apply(store, identify("u1", anonymous_id="a"), delete_person("u1"))

    assert store.find_anonymous_id(1, "a").used_up
    assert store.find_anonymous_id(1, "b") is None


def test_m8_a_claim_that_waits_for_merging_is_used_up_with_its_person(store):
    store.write(lambda transaction: transaction.set_policy(1, {"merging": False}))
    apply(store, anonymous_event("a"), identify("u1", anonymous_id="a"))

    apply(store, delete_person("u1"))

    assert store.find_anonymous_id(1, "a").used_up
    assert store.write(lambda transaction: transaction.claims(1, at())) == []


def test_events_of_strangers_outlive_the_person_who_had_their_id(store):
    apply(store, identify("u1", anonymous_id="a"))
    apply(store, anonymous_event("a", message_id="late", received_at=at(minutes=6)))

    apply(store, delete_person("u1", received_at=at(minutes=7)))

    (row,) = log(store, anonymous_id="a", now=at(hours=1))
    assert (row.event_id, row.view) == ("late", "anonymous")


def test_another_workspace_knows_nothing_of_it(store):
    other = with_workspace(store, "other")
    apply(store, identify("u1", anonymous_id="a"), suppress_person("u1"))

    apply(store, identify("u1", anonymous_id="a", workspace_id=other.id))

    (line,) = log(store, workspace_id=other.id)
    assert line.reason == Reason.ASSIGNED


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(identified_event("u1"), id="event by id"),
        pytest.param(identified_event("P@example.com"), id="event by e-mail in another case"),
        pytest.param(identify("p@example.com", anonymous_id="b"), id="identify"),
        pytest.param(merge_people("u1", "u2"), id="as primary"),
        pytest.param(merge_people("u2", "u1"), id="as secondary"),
        pytest.param(delete_person("u1"), id="delete"),
        pytest.param(suppress_person("u1"), id="suppress again"),
    ],
)
@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_p6_what_is_sent_for_a_suppressed_person_is_ignored(store, message, together):
    steps = [
        identify("u2"),
        identify("u1", anonymous_id="a", email="p@example.com"),
        suppress_person("u1"),
        message,
    ]
    batches = [steps] if together else [[step] for step in steps]
    *_, told = [apply(store, *batch)[-1] for batch in batches]

    assert (told.fate, told.reasons) == (Fate.IGNORED, (Reason.SUPPRESSED,))
    assert (person(store, "u1"), person(store, "p@example.com")) == (None, None)
    ignored = log(store, type="ignored")[-1]
    assert (ignored.reason, ignored.data) == (Reason.SUPPRESSED, "{}")
    assert (ignored.anonymous_id, ignored.person_id) == (None, None)
    fact = store.find_anonymous_id(1, "b")
    assert fact is None or fact.person_id is None


def test_p6_a_suppressed_address_is_refused_to_others_alone(store):
    apply(store, identify("u1", email="p@example.com"), suppress_person("u1"))

    apply(store, identify("u2", email="p@example.com", plan="pro"))

    held = person(store, "u2").attributes
    assert {name: item.value for name, item in held.items()} == {"id": "u2", "plan": "pro"}
    (refused,) = log(store, type="failed_attribute_change")
    assert (refused.reason, refused.data) == (Reason.SUPPRESSED, '{"attribute":"email"}')


def test_p6_suppressing_somebody_unknown_refuses_what_is_to_come(store):
    assert outcome(store, suppress_person("u1")) == (Fate.STORED, Reason.PERSON_SUPPRESSED)
    assert outcome(store, identify("u1")) == (Fate.IGNORED, Reason.SUPPRESSED)
    assert outcome(store, suppress_person("cio_0")) == (Fate.IGNORED, Reason.UNKNOWN_CIO_ID)


def test_p6_the_identifiers_of_all_who_were_joined_are_suppressed(store):
    apply(store, identify("u1", email="p@example.com"), identify("u2"), identify("u3"))
    apply(store, merge_people("u1", "u2"), merge_people("p@example.com", "u3"))

    apply(store, suppress_person("u1"))

    assert outcome(store, identify("u2")) == (Fate.IGNORED, Reason.SUPPRESSED)
    assert outcome(store, identify("u3")) == (Fate.IGNORED, Reason.SUPPRESSED)


def test_p6_an_identifier_that_was_given_up_before_is_not_suppressed(store):
    apply(store, identify("u1", email="old@example.com"))

    apply(store, identify("u1", email="new@example.com"), suppress_person("u1"))

    assert outcome(store, identify("old@example.com"))[0] is Fate.STORED
    assert outcome(store, identify("new@example.com"))[1] is Reason.SUPPRESSED


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "one by one"])
def test_p6_unsuppress_accepts_all_that_was_suppressed_together_and_restores_nothing(
    store, together
):
    steps = [
        identify("u1", email="p@example.com", plan="pro", anonymous_id="a"),
        suppress_person("u1"),
        unsuppress_person("p@example.com"),
        identify("u1", anonymous_id="a"),
        identify("p@example.com"),
    ]
    for batch in [steps] if together else [[step] for step in steps]:
        apply(store, *batch)

    assert set(person(store, "u1").attributes) == {"id"}
    assert person(store, "p@example.com") is not None
    assert store.find_anonymous_id(1, "a").used_up


def test_p6_unsuppressing_whom_nobody_suppressed_is_logged(store):
    assert outcome(store, unsuppress_person("u1")) == (Fate.IGNORED, Reason.NOT_SUPPRESSED)


def test_l1_a_record_that_was_ignored_may_be_sent_again_once_unsuppressed(store):
    apply(store, suppress_person("u1"), identify("u1", message_id="m"), unsuppress_person("u1"))

    assert outcome(store, identify("u1", message_id="m")) == (Fate.STORED, Reason.PERSON_CREATED)


def test_c5_an_invite_to_a_suppressed_address_is_not_kept(store):
    apply(store, suppress_person("friend@example.com"))

    told = outcome(store, invite_event("Friend@example.com"))

    assert told == (Fate.IGNORED, Reason.RECIPIENT_SUPPRESSED)
    assert log(store, type="event") == []


@pytest.mark.parametrize(
    ("unsubscribed", "notes"),
    [
        pytest.param(True, (Reason.RECIPIENT_SUPPRESSED,), id="unsubscribed"),
        pytest.param(False, (), id="not"),
    ],
)
def test_c5_an_invite_to_somebody_unsubscribed_says_that_it_does_nothing(
    store, unsubscribed, notes
):
    apply(store, identify("friend@example.com", unsubscribed=unsubscribed))

    apply(store, invite_event("friend@example.com"))

    (row,) = log(store, type="event")
    assert (row.reason, row.notes) == (Reason.INVITE, notes)


def test_an_update_of_nobody_creates_nobody_and_claims_nothing(store):
    told = outcome(store, identify("u1", anonymous_id="a", update_only=True, plan="pro"))

    assert told == (Fate.IGNORED, Reason.NOBODY_TO_UPDATE)
    assert person(store, "u1") is None
    assert store.find_anonymous_id(1, "a").person_id is None
    (line,) = log(store)
    assert (line.type, line.data) == ("failed_attribute_change", '{"attributes":["plan"]}')


def test_an_update_of_somebody_known_is_an_identify(store):
    apply(store, identify("u1"))

    apply(store, identify("u1", anonymous_id="a", update_only=True, plan="pro"))

    assert person(store, "u1").attributes["plan"].value == "pro"
    assert store.find_anonymous_id(1, "a").person_id == person(store, "u1").person_id
