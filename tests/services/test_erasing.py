"""P6, R4: somebody is erased from everything that is kept, and it can be proved."""

import zlib
from pathlib import Path

import pytest

from adapter.clock import ManualClock
from adapter.doors.segment import Stamp, parse
from adapter.errors import RequestError
from adapter.jsonvalue import dumps, loads
from adapter.mapping.files import load_mapping
from adapter.model.reasons import Reason
from adapter.rules.decision import Decision, Fate
from adapter.rules.facts import UNTOLD
from adapter.rules.identifiers import read_identifier
from adapter.rules.mentions import Traces
from adapter.services.auditing import Auditing, audit_json
from adapter.services.erasing import Erasing, read_named
from adapter.services.ingest import Ingest
from adapter.services.intake import Intake
from tests.build import (
    T0,
    add_device,
    anonymous_event,
    apply,
    at,
    delivery,
    identified_event,
    identify,
    identify_object,
    invite_event,
    log,
    relate,
    relation,
    suppress_person,
    unapplicable,
    with_workspace,
)

ID, EMAIL, DEVICE, OTHER = "user-4711", "Person@example.com", "anon-4711-a", "user-47110"
BY_ANY_NAME = [{"people": [ID]}, {"emails": [EMAIL]}, {"anonymous_ids": [DEVICE]}]
MAPPING = Path(__file__).parents[2] / "mappings" / "segment.yaml"


@pytest.fixture
def workspace(store):
    return with_workspace(store)


@pytest.fixture
def clock():
    return ManualClock(T0)


@pytest.fixture
def erasing(store, clock):
    return Erasing(store, clock, pause=lambda: None)


@pytest.fixture
def receive(store, workspace, closing_later):
    """Take a batch in as the webhook does, body and all."""
    intake = Intake(closing_later(Ingest(store)), {"segment": load_mapping(MAPPING)})

    def receive(*calls, received_at=T0):
        body = dumps(list(calls)).encode()
        (source,) = store.sources()
        batch = parse(body, Stamp(received_at))
        intake.receive(source, door="test", body=body, batch=batch, received_at=received_at)

    return receive


def erase(erasing, workspace, **whom):
    erased = erasing.erase(workspace, read_named(workspace, **whom))
    return erased.counts, erasing.prove(erased.traces).hits


def found(erasing, workspace, **whom):
    """Search for exactly those names."""
    named = read_named(workspace, **whom)
    return erasing.prove(Traces(workspace_id=workspace.id, named=named)).hits


def person(store, identifier, workspace_id=1):
    return store.find_person(workspace_id, read_identifier(identifier))


def commit(store, **effects):
    store.write(lambda transaction: transaction.commit(Decision(**effects), []))


@pytest.mark.parametrize("whom", BY_ANY_NAME, ids=["id", "e-mail", "anonymous id"])
def test_p6_a_person_goes_with_all_that_is_theirs(store, workspace, erasing, whom):
    apply(store, anonymous_event(DEVICE), identify(ID, anonymous_id=DEVICE, email=EMAIL))
    apply(store, identified_event(ID), add_device(ID), relate(relation(ID)))
    apply(store, anonymous_event(DEVICE, received_at=at(minutes=6)), identify(OTHER))
    theirs, others = person(store, ID), person(store, OTHER)
    commit(store, deliveries=[delivery(person_id=theirs.person_id, body=dumps({"to": EMAIL}))])

    counts, hits = erase(erasing, workspace, **whom)

    assert (counts["people"], counts["events"], hits) == (1, 3, {})
    assert (person(store, ID), person(store, EMAIL)) == (None, None)
    assert person(store, OTHER) == others
    assert {row.person_id for row in log(store)} == {None, others.person_id}


def test_r4_what_their_device_sends_later_stays_a_strangers(store, workspace, erasing):
    apply(store, anonymous_event(DEVICE), identify(ID, anonymous_id=DEVICE))

    erase(erasing, workspace, people=[ID])
    apply(store, anonymous_event(DEVICE, message_id="later", received_at=at(seconds=1)))
    apply(store, identify(OTHER, anonymous_id=DEVICE, received_at=at(seconds=2)))

    (row,) = log(store, anonymous_id=DEVICE, type="event")
    assert (row.event_id, row.view, row.reason) == (
        "later",
        "anonymous",
        Reason.ANONYMOUS_ID_USED_UP,
    )


def test_p6_a_stranger_goes_by_anonymous_id_alone(store, workspace, erasing):
    apply(store, anonymous_event(DEVICE), anonymous_event("anon-4711-b"))
    apply(store, relate(relation(DEVICE, stranger=True)))

    counts, hits = erase(erasing, workspace, anonymous_ids=[DEVICE])

    assert (counts["people"], counts["events"], hits) == (0, 1, {})
    assert store.find_anonymous_id(1, DEVICE).used_up
    assert [row.anonymous_id for row in log(store, type="event")] == ["anon-4711-b"]


def test_p6_what_others_say_of_them_is_blotted_out(store, workspace, erasing):
    apply(store, identify(ID, anonymous_id=DEVICE, email=EMAIL))
    apply(store, identify(OTHER, anonymous_id=DEVICE, friend=EMAIL.lower(), plan="pro"))
    apply(store, anonymous_event("anon-1", data=dumps({"to": EMAIL, "n": 1}), name=f"To {EMAIL}"))
    apply(store, identify_object("o-1", relation(OTHER, since=ID), owner=ID))
    apply(store, relate(relation("anon-2", stranger=True, by=EMAIL)))
    apply(store, invite_event(EMAIL), invite_event("friend@example.com"))
    mine = delivery(person_id=person(store, OTHER).person_id, body=dumps({"about": ID, "n": 1}))
    forwarded = delivery(2, body=dumps({"type": "person", "identifiers": {"email": EMAIL}}))
    invite = delivery(3, recipient=EMAIL)
    commit(store, deliveries=[mine, forwarded, invite])

    counts, hits = erase(erasing, workspace, people=[ID])

    assert hits == {}
    assert (counts["rows"], counts["mentions"]) == (3, 11)
    other = person(store, OTHER)
    assert {name: each.value for name, each in other.attributes.items()} == {
        "id": OTHER,
        "friend": None,
        "plan": "pro",
    }
    (event,) = log(store, anonymous_id="anon-1", type="event")
    assert (event.name, loads(event.data)) == ("To [erased]", {"to": None, "n": 1})
    (refused,) = log(store, type="claim_refused")
    assert refused.anonymous_id is None
    left = store.outbox.find_delivery(1, mine.id)
    assert loads(left.body) == {"about": None, "n": 1}
    assert store.outbox.find_delivery(1, forwarded.id) is None
    assert store.outbox.find_delivery(1, invite.id) is None
    assert [row.recipient for row in log(store) if row.recipient] == ["friend@example.com"]


def test_p6_raw_bodies_keep_only_the_records_of_others(store, workspace, erasing, receive):
    others = {"type": "track", "event": "Viewed", "messageId": "m-2", "userId": OTHER}
    receive(
        {"type": "identify", "messageId": "m-1", "userId": ID, "traits": {"email": EMAIL}},
        others,
        {"type": "track", "event": "Invited", "userId": OTHER, "properties": {"to": EMAIL}},
    )

    counts, hits = erase(erasing, workspace, emails=[EMAIL])

    (kept,) = store.received(1, after=at(days=-1), until=T0)
    assert loads(zlib.decompress(kept.deflated)) == [
        {"erased": True},
        others,
        {"type": "track", "event": "Invited", "userId": OTHER, "properties": {"to": None}},
    ]
    assert (kept.records, kept.erased) == (3, 1)
    assert (counts["bodies"], counts["records"], hits) == (1, 1, {})


def test_l4_the_audit_balances_and_tells_how_many_were_erased(
    store, workspace, erasing, receive, clock
):
    call = {"type": "track", "event": "Viewed", "messageId": "m-1", "userId": ID}
    receive(call, call, {**call, "messageId": "m-2", "userId": OTHER})

    erase(erasing, workspace, people=[ID])

    accounts = Auditing(store, clock).accounts(workspace)
    told = audit_json(workspace, {1: "demo"}, accounts)
    assert (told["balances"], told["received"], told["erased"]) == (True, 3, 2)


def test_p6_quarantined_records_of_theirs_go_with_what_the_log_says_of_them(
    store, workspace, erasing
):
    theirs = unapplicable(raw=dumps({"userId": ID}), message_id="m-1")
    others = unapplicable(raw=dumps({"userId": OTHER, "friend": EMAIL}), message_id="m-2")
    apply(store, identify(ID, email=EMAIL), theirs, others)

    _, hits = erase(erasing, workspace, people=[ID])

    (kept,) = store.quarantine(1, after=at(days=-1))
    assert (loads(kept.raw), hits) == ({"userId": OTHER, "friend": None}, {})
    assert [row.event_id for row in log(store, type="failed_event")] == ["m-2"]
    assert (store.find_key(1, "m-1").content, store.find_key(1, "m-1").home) == (UNTOLD, "deleted")


def test_p6_somebody_who_left_before_is_erased_from_what_outlived_them(
    store, workspace, erasing, receive
):
    receive({"type": "identify", "messageId": "m-1", "userId": ID, "traits": {"email": EMAIL}})
    apply(store, suppress_person(ID))
    assert "received.body" in found(erasing, workspace, people=[ID])

    counts, hits = erase(erasing, workspace, people=[ID])

    assert (counts["people"], counts["records"], hits) == (0, 1, {})


def test_l1_what_is_sent_again_is_a_duplicate_whatever_it_says(store, workspace, erasing):
    apply(store, identified_event(ID, message_id="m-1"), anonymous_event(DEVICE, message_id="m-2"))

    erase(erasing, workspace, people=[ID], anonymous_ids=[DEVICE])
    outcomes = apply(
        store,
        identified_event(ID, message_id="m-1", name="Other"),
        anonymous_event(DEVICE, message_id="m-2", name="Other"),
    )

    assert [(each.fate, each.reasons) for each in outcomes] == [
        (Fate.DUPLICATE, (Reason.DUPLICATE,))
    ] * 2
    assert person(store, ID) is None
    assert {row.type for row in log(store)} == {"erase"}


def test_a3_the_log_says_that_somebody_was_erased_and_not_who(store, workspace, erasing):
    apply(store, anonymous_event(DEVICE), identify(ID, anonymous_id=DEVICE, email=EMAIL))

    counts, _ = erase(erasing, workspace, people=[ID])

    (line,) = log(store)
    assert (line.type, line.reason, line.person_id) == ("erase", Reason.ERASED, None)
    assert loads(line.data) == counts
    assert set(map(type, counts.values())) == {int}


def test_p6_erasing_again_finds_nothing_and_says_nothing(store, workspace, erasing, receive):
    receive({"type": "identify", "userId": ID, "anonymousId": DEVICE, "traits": {"email": EMAIL}})
    whom = {"people": [ID], "emails": [EMAIL], "anonymous_ids": [DEVICE]}
    erase(erasing, workspace, **whom)
    before = log(store)

    counts, hits = erase(erasing, workspace, **whom)

    assert (set(counts.values()), hits) == ({0}, {})
    assert log(store) == before


def test_p6_another_workspace_keeps_its_own_person_of_that_name(store, workspace, erasing):
    other = with_workspace(store, "other")
    apply(store, identify(ID, email=EMAIL))
    apply(store, identify(ID, email=EMAIL, workspace_id=other.id))

    _, hits = erase(erasing, workspace, people=[ID])

    assert hits == {}
    assert person(store, EMAIL, other.id) is not None
    assert "people.attributes" in found(erasing, other, emails=[EMAIL])


def test_p6_whoever_is_known_by_more_meanwhile_goes_with_all_of_it(store, workspace, clock):
    def sign_in_elsewhere():
        if not store.find_anonymous_id(1, "anon-4711-z"):
            apply(store, identify(ID, anonymous_id="anon-4711-z"))
            apply(store, anonymous_event("anon-4711-z", name=f"About {DEVICE}"))

    erasing = Erasing(store, clock, pause=sign_in_elsewhere)
    apply(store, identify(ID, anonymous_id=DEVICE), identify(OTHER, friend=ID))

    erased = erasing.erase(workspace, read_named(workspace, people=[ID]))

    assert erased.traces.named.anonymous_ids == {DEVICE, "anon-4711-z"}
    assert erasing.prove(erased.traces).hits == {}
    assert store.find_anonymous_id(1, "anon-4711-z").used_up


def test_p6_what_comes_in_while_it_is_under_way_is_looked_through_too(
    store, workspace, clock, receive
):
    call = {"type": "track", "event": "Viewed", "messageId": "m-1", "userId": ID}
    receive(call)
    late = [{**call, "messageId": "m-2"}]
    erasing = Erasing(store, clock, pause=lambda: late and receive(late.pop()))

    erased = erasing.erase(workspace, read_named(workspace, people=[ID]))

    assert erased.counts["records"] == 2
    assert erasing.prove(erased.traces).hits == {}


@pytest.mark.parametrize(
    "whom",
    [
        {},
        {"people": [" "]},
        {"people": ["undefined"]},
        {"emails": ["person"]},
        {"anonymous_ids": ["null"]},
        {"anonymous_ids": ["0000"]},
    ],
)
def test_k6_what_names_nobody_erases_nobody(store, workspace, whom):
    with pytest.raises(RequestError):
        read_named(workspace, **whom)


def test_p6_a_proof_tells_where_somebody_is_still_named(store, workspace, erasing):
    apply(store, identify(OTHER, friend=EMAIL))
    apply(store, anonymous_event("anon-1", data=dumps({"to": EMAIL})))

    places = found(erasing, workspace, emails=[EMAIL])

    assert {"people.attributes", "anonymous_events.data"} <= set(places)
