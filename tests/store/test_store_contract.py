"""What every store must do, whatever it is made of: events, merges, keys, the ledger."""

from dataclasses import replace

import pytest

from adapter.clock import HOUR, MINUTE, unix_seconds
from adapter.errors import OperatorError
from adapter.ids import new_id
from adapter.jsonvalue import loads
from adapter.model.people import Attribute, Device, IdentifierKind, PersonRef
from adapter.model.reasons import Reason
from adapter.model.workspaces import Received
from adapter.rules.decision import Fate
from adapter.rules.facts import Home
from tests.build import (
    T0,
    add_device,
    anonymous_event,
    apply,
    at,
    delete_device,
    identified_event,
    identify,
    invite_event,
    log,
    merge_people,
    source,
    unapplicable,
    with_workspace,
    workspace,
)


@pytest.fixture(autouse=True)
def _workspace(store):
    with_workspace(store)


def events(store, **filters):
    return [row for row in log(store, **filters) if row.type == "event"]


def test_m2_what_waited_becomes_the_persons_and_keeps_its_content(store):
    waited = anonymous_event(occurred_at=at(minutes=-3), message_id="m-1", data='{"plan":"pro"}')
    apply(store, waited)

    apply(store, identify(anonymous_id="anon-1", received_at=at(hours=1)))

    (row,) = events(store)
    kept = (row.id, row.event_id, row.name, row.data, row.anonymous_id, row.was_anonymous)
    assert kept == (waited.id, "m-1", "Viewed Pricing", '{"plan":"pro"}', "anon-1", True)
    times = (row.occurred_at, row.received_at, row.processed_at)
    assert times == (at(minutes=-3), T0, at(hours=1))
    assert (row.view, row.reason, row.trigger) == ("identified", "merged", "may_trigger")
    assert row.identifiers["email"] == "person@example.com"
    assert row.identifiers["cio_id"] == row.person_id


def test_a1_a_merge_is_logged_with_its_count_and_oldest_event(store):
    apply(
        store, anonymous_event(occurred_at=at(hours=-2)), anonymous_event(occurred_at=at(hours=-5))
    )

    inside = anonymous_event(received_at=at(minutes=1), occurred_at=at(hours=-9))
    apply(store, inside, identify(anonymous_id="anon-1", received_at=at(minutes=1)))

    (row,) = log(store, type="anon_merge")
    oldest = unix_seconds(at(hours=-9))
    assert loads(row.data) == {"count": 3, "oldest": oldest, "anonymous_id": "anon-1"}


def test_a1_a_merge_that_moves_nothing_is_not_logged(store):
    apply(store, identify(anonymous_id="anon-1"))

    assert log(store, type="anon_merge") == []


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one after the other"])
@pytest.mark.parametrize("quiet", [0, 1], ids=["the event is replayed", "the identify is"])
def test_c8_what_is_replayed_without_triggers_never_triggers(store, together, quiet):
    messages = [anonymous_event(message_id="e"), identify(anonymous_id="anon-1")]
    messages[quiet] = replace(messages[quiet], notes=(Reason.TRIGGERS_OFF,))

    for batch in [messages] if together else [[message] for message in messages]:
        apply(store, *batch)

    (row,) = log(store, event_id="e")
    assert row.trigger == Reason.TRIGGERS_OFF


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one after the other"])
def test_a1_each_assignment_of_a_batch_logs_what_it_moved(store, together):
    reuse = {"reuse": "same_person"}
    store.write(lambda opened: opened.set_policy(1, reuse))
    apply(store, anonymous_event(received_at=at(minutes=-1)))
    messages = [
        identify(anonymous_id="anon-1"),
        anonymous_event(received_at=at(minutes=6)),
        identify(anonymous_id="anon-1", received_at=at(minutes=7)),
    ]

    for batch in [messages] if together else [[message] for message in messages]:
        apply(store, *batch)

    merges = [(row.received_at, loads(row.data)["count"]) for row in log(store, type="anon_merge")]
    assert merges == [(at(), 1), (at(minutes=7), 1)]


@pytest.mark.parametrize(
    ("received_at", "view"),
    [
        pytest.param(at(days=-30, us=1), "identified", id="one microsecond before its end"),
        pytest.param(at(days=-30), None, id="exactly at its end"),
    ],
)
def test_r1_an_expired_event_is_neither_merged_nor_read(store, received_at, view):
    apply(store, anonymous_event(received_at=received_at))

    apply(store, identify(anonymous_id="anon-1"))

    assert [row.view for row in events(store)] == ([view] if view else [])


def test_r1_expired_invites_are_not_read(store):
    apply(store, invite_event(received_at=at(days=-30)), invite_event(received_at=at(days=-29)))

    assert [row.received_at for row in events(store)] == [at(days=-29)]


def test_only_the_events_of_the_id_and_workspace_move(store):
    other = with_workspace(store, "other")
    apply(
        store,
        anonymous_event("anon-1"),
        anonymous_event("anon-2"),
        anonymous_event("anon-1", workspace_id=other.id),
    )

    apply(store, identify(anonymous_id="anon-1"))

    assert {row.anonymous_id: row.view for row in events(store)} == {
        "anon-1": "identified",
        "anon-2": "anonymous",
    }
    assert [row.view for row in events(store, workspace_id=other.id)] == ["anonymous"]


def test_many_merges_of_one_batch_are_told_apart(store):
    apply(store, *(anonymous_event(f"anon-{n % 3}") for n in range(6)))

    apply(store, *(identify(f"p{n}@example.com", anonymous_id=f"anon-{n}") for n in range(3)))

    merged = [loads(row.data) for row in log(store, type="anon_merge")]
    assert {data["anonymous_id"]: data["count"] for data in merged} == {
        "anon-0": 2,
        "anon-1": 2,
        "anon-2": 2,
    }


def test_m8_claims_lists_what_is_pending_or_newly_assigned(store):
    apply(
        store,
        identify("old@example.com", anonymous_id="old", received_at=at(hours=-1)),
        identify("new@example.com", anonymous_id="new", received_at=at(minutes=1)),
    )
    store.write(lambda transaction: transaction.set_policy(1, {"merging": False}))
    apply(store, identify("off@example.com", anonymous_id="off", received_at=at(minutes=2)))

    claims = store.write(lambda transaction: transaction.claims(1, T0))

    found = [(name, fact.assigned_at, fact.pending_at) for name, fact in claims]
    assert found == [("new", at(minutes=1), None), ("off", None, at(minutes=2))]


def test_m8_settings_are_replaced_whole(store):
    store.write(lambda transaction: transaction.set_policy(1, {"merging": False}))
    store.write(lambda transaction: transaction.set_policy(1, {"reuse": "same_person"}))

    (found,) = store.workspaces()
    assert found.settings == {"reuse": "same_person"}


def test_l1_a_key_is_remembered_and_found_by_either_id(store):
    event = anonymous_event(message_id="m-1")
    apply(store, event)

    known = store.find_key(1, "m-1")

    assert known is not None
    assert (known.home, known.record, known.received_at) == (Home.ANONYMOUS, event.id, T0)
    assert store.find_record(1, event.id) == known
    assert store.find_key(2, "m-1") is None
    assert store.find_record(1, "nothing") is None


def test_l1_a_repeat_is_counted_and_not_stored(store):
    first = apply(store, anonymous_event(message_id="m-1"))
    again = apply(store, anonymous_event(message_id="m-1", received_at=at(minutes=1)))

    assert [outcome.fate for outcome in (*first, *again)] == [Fate.STORED, Fate.DUPLICATE]
    assert len(events(store)) == 1
    assert {row.fate: row.count for row in store.ledger(1)} == {Fate.STORED: 1, Fate.DUPLICATE: 1}


def test_l1_a_record_without_effect_gives_way_to_a_mended_one(store):
    apply(store, unapplicable(message_id="m-1"))
    mended = anonymous_event(message_id="m-1", received_at=at(minutes=1))

    (outcome,) = apply(store, mended)

    assert outcome.fate is Fate.STORED
    known = store.find_key(1, "m-1")
    assert known is not None
    assert (known.home, known.record) == (Home.ANONYMOUS, mended.id)


def test_l3_quarantine_is_paged_newest_first(store):
    kept = [unapplicable(raw=f'{{"n":{n}}}') for n in range(3)]
    apply(store, *kept)
    by_age = sorted((message.id for message in kept), reverse=True)

    page = store.quarantine(1, after=at(days=-30), limit=2)
    rest = store.quarantine(1, after=at(days=-30), before=page[-1].id)

    assert [row.id for row in page + rest] == by_age
    assert store.quarantine(1, after=T0) == []


def test_l4_the_ledger_sums_by_hour_and_fate(store):
    apply(store, anonymous_event(), anonymous_event())
    apply(store, anonymous_event(), unapplicable(), anonymous_event(received_at=at(hours=1)))

    hour = T0 // HOUR
    assert [(row.hour, row.fate, row.count) for row in store.ledger(1)] == [
        (hour, Fate.QUARANTINED, 1),
        (hour, Fate.STORED, 3),
        (hour + 1, Fate.STORED, 1),
    ]


def test_raw_bodies_are_kept_beside_their_messages(store):
    body = Received(
        id=new_id(T0),
        workspace_id=1,
        source_id=1,
        door="test",
        deflated=b"\x00{}",
        received_at=T0,
        records=1,
    )

    apply(store, anonymous_event(), received=[body])

    assert len(events(store)) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"a":"\\u0000"}', id="escaped NUL"),
        pytest.param('{"a":"\\ud800"}', id="lone surrogate escape"),
        pytest.param('{"a":1e400}', id="number beyond a double"),
        pytest.param('{"ä":"€ 😀 \\\\ %s %(x)s :x"}', id="characters that drivers may read"),
    ],
)
def test_event_data_is_kept_as_it_came(store, text):
    apply(store, anonymous_event(data=text))
    apply(store, identify(anonymous_id="anon-1"))

    assert [row.data for row in events(store)] == [text]


def test_ids_that_differ_only_in_case_or_accents_are_different(store):
    names = ["A", "a", "ä", "a ", "A" * 256]
    apply(store, *(anonymous_event(name) for name in names))

    apply(store, identify(anonymous_id="a"))

    assert {row.anonymous_id: row.view for row in events(store)} == {
        name: "identified" if name == "a" else "anonymous" for name in names
    }


def test_p5_what_was_the_secondarys_becomes_the_primarys(store):
    apply(
        store,
        anonymous_event("anon-2"),
        identify("one@example.com"),
        identify("two@example.com", anonymous_id="anon-2", plan="pro"),
        identified_event("two@example.com"),
    )
    primary = PersonRef(IdentifierKind.EMAIL, "one@example.com")
    secondary = PersonRef(IdentifierKind.EMAIL, "two@example.com")

    apply(store, merge_people("one@example.com", "two@example.com", received_at=at(minutes=1)))

    person = store.find_person(1, primary)
    assert person is not None
    assert store.find_person(1, secondary) == person
    assert person.attributes["plan"].value == "pro"
    assert {row.person_id for row in log(store)} == {person.person_id}
    assigned = store.find_anonymous_id(1, "anon-2")
    assert assigned is not None
    assert assigned.person_id == person.person_id
    assert len(events(store)) == 2


def test_p5_chains_of_joins_in_one_batch_end_at_the_last(store):
    apply(store, *(identified_event(f"{name}@example.com") for name in "abc"))

    apply(
        store,
        merge_people("b@example.com", "a@example.com"),
        merge_people("c@example.com", "b@example.com"),
    )

    refs = [PersonRef(IdentifierKind.EMAIL, f"{name}@example.com") for name in "abc"]
    last = store.find_person(1, refs[2])
    assert last is not None
    assert [store.find_person(1, ref) for ref in refs] == [last, last, last]
    assert {row.person_id for row in log(store)} == {last.person_id}


def test_identifiers_are_told_by_person_and_freed_ones_can_be_taken(store):
    apply(store, identify("u-1", email="Old@Example.com"))
    apply(store, identify("u-1", email="new@example.com", received_at=at(minutes=1)))
    apply(store, identify("u-2", email="old@example.com", received_at=at(minutes=2)))
    first = store.find_person(1, PersonRef(IdentifierKind.ID, "u-1"))
    second = store.find_person(1, PersonRef(IdentifierKind.EMAIL, "old@example.com"))
    assert first is not None
    assert second is not None

    names = store.person_identifiers(1, [first.person_id, second.person_id, "nobody"])

    assert names == {first.person_id: first.identifiers, second.person_id: second.identifiers}
    assert second.identifiers[IdentifierKind.ID] == "u-2"


def test_devices_are_kept_with_their_person(store):
    apply(store, add_device("u-1", 't"1', last_used=at(us=-1), os="1", gone="x"))
    apply(store, add_device("u-1", 't"1', received_at=at(us=1), gone=None), add_device("u-1", "t2"))
    apply(store, delete_device("u-1", "t2"))

    person = store.find_person(1, PersonRef(IdentifierKind.ID, "u-1"))

    kept = {"os": Attribute("1", at(us=-1)), "gone": Attribute(None, at(us=1))}
    device = Device(platform="ios", last_used=at(us=1), attributes=kept)
    assert person is not None
    assert person.devices == {'t"1': device}


def test_a_taken_name_or_site_id_is_refused(store):
    with pytest.raises(OperatorError, match="a workspace named 'demo' exists"):
        store.create_workspace(replace(workspace("demo"), site_id="free"), source("second"))
    with pytest.raises(OperatorError, match="site id 'site-demo' is taken"):
        store.create_workspace(replace(workspace("free"), site_id="site-demo"), source("second"))

    assert [found.name for found in store.workspaces()] == ["demo"]


def test_a_taken_slug_or_write_key_is_refused(store):
    with pytest.raises(OperatorError, match="source slug 'demo' is taken"):
        store.create_source(source("demo", workspace_id=1, write_key="other"))
    with pytest.raises(OperatorError, match="write key of source 'second' is taken"):
        store.create_source(source("second", workspace_id=1, write_key="write-demo"))

    made = store.create_source(source("second", workspace_id=1))
    changed = source("third", id=made.id, workspace_id=1, shared_secrets=("a", "b"))
    store.write(lambda transaction: transaction.change_source(changed))

    assert [(found.slug, found.shared_secrets) for found in store.sources()] == [
        ("demo", ("abc123",)),
        ("third", ("a", "b")),
    ]


def test_a_store_is_ready_until_it_is_closed(store):
    assert store.is_ready()


def test_windows_are_those_of_the_workspace(store):
    store.write(lambda transaction: transaction.set_policy(1, {"merge_window_seconds": 60}))
    apply(store, identify(anonymous_id="anon-1"))

    apply(
        store,
        anonymous_event(received_at=at(us=MINUTE)),
        anonymous_event(received_at=at(us=MINUTE + 1)),
    )

    assert {row.received_at: row.view for row in events(store)} == {
        at(us=MINUTE): "identified",
        at(us=MINUTE + 1): "anonymous",
    }
