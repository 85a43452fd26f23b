"""Two mappings on the same requests: what differs is counted and shown, and nothing else."""

import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from adapter.clock import MINUTE, iso
from adapter.ids import new_id
from adapter.jsonvalue import dumps
from adapter.mapping.files import load_mapping
from adapter.model.workspaces import Received, ReceivedAt
from adapter.rules.decision import Decision
from adapter.services.mapping_diff.result import narrowed
from adapter.services.mapping_diff.run import diff_mappings
from adapter.services.mapping_diff.worlds import recorded_worlds, stored_worlds
from adapter.store.memory.store import MemoryStore
from tests.build import T0, at, log, with_workspace
from tests.services.mapping_files import identify, track, write

ROOT = Path(__file__).parents[2]

VIEWED = {"type": "track", "event": "Viewed", "messageId": "m1", "anonymousId": "a1"}
SIGNED_UP = {"type": "identify", "messageId": "m2", "anonymousId": "a1", "userId": "u1"}
ORDERED = {"type": "track", "event": "Ordered", "messageId": "m3", "userId": "u1"}
JOURNEY = (VIEWED, SIGNED_UP, ORDERED)

BEFORE, LATER = at(us=-1), at(days=30)


@pytest.fixture
def store():
    store = MemoryStore()
    with_workspace(store)
    return store


def keep(store, *payloads, start=T0, workspace_id=1, door="segment_webhook"):
    """Keep raw bodies as the webhook does, a minute apart."""
    kept = []
    for number, payload in enumerate(payloads):
        received_at = start + number * MINUTE
        body = payload if isinstance(payload, bytes) else dumps(payload).encode()
        kept.append(
            Received(
                id=new_id(received_at),
                workspace_id=workspace_id,
                source_id=workspace_id,
                door=door,
                deflated=zlib.compress(body),
                received_at=received_at,
                records=1,
            )
        )
    store.write(lambda transaction: transaction.commit(Decision(), kept))


@pytest.fixture
def diff(store, tmp_path):
    """Compare the usual mapping with another, over all that the store kept."""
    old = write(tmp_path / "old.yaml", track(), identify())

    def run(*subscriptions, after=BEFORE, until=LATER):
        new = write(tmp_path / "new.yaml", *subscriptions)
        worlds = stored_worlds(store, store.workspaces(), after=after, until=until)
        return diff_mappings(
            worlds, old=load_mapping(old), new=load_mapping(new), make_store=MemoryStore
        )

    return run


def counts(kind):
    return kind.old, kind.new, kind.differ


def differing(found):
    return {name for name, kind in found.kinds.items() if kind.differ}


def only_example(kind):
    (example,) = kind.examples
    return example.id, example.old, example.new


def test_a_mapping_does_not_differ_from_itself_on_any_story():
    mapping = load_mapping(ROOT / "mappings/segment.yaml")
    worlds = recorded_worlds([ROOT / "fixtures"], now=T0)

    found = diff_mappings(worlds, old=mapping, new=mapping, make_store=MemoryStore)

    assert found.is_empty()
    assert all(kind.old == kind.new > 0 for kind in found.kinds.values())


def test_no_mapping_changes_what_came_by_the_track_api(store, diff):
    keep(store, *JOURNEY, door="track_v2")

    assert diff(track()).requests == 0


def test_another_event_name_differs_in_events_and_triggers(store, diff):
    keep(store, *JOURNEY)

    found = diff(track(name={"@template": "Shop {{event}}"}), identify())

    assert differing(found) == {"events", "triggers"}
    assert (found.requests, found.records) == (3, 3)
    assert counts(found.events) == counts(found.triggers) == (2, 2, 2)
    first = found.events.examples[0]
    named = (first.id, first.old, first.new)
    assert named == ("m1", [{"name": "Viewed"}], [{"name": "Shop Viewed"}])


def test_another_path_to_the_anonymous_id_changes_merges_and_all_that_follows(store, diff):
    keep(store, *JOURNEY)

    found = diff(track(), identify(anonymous_id={"@path": "$.context.device"}))

    assert differing(found) == {"events", "people", "merges", "triggers"}
    assert counts(found.merges) == (1, 0, 1)
    merged = {"person": "u1", "count": 1, "oldest": iso(T0)}
    assert only_example(found.merges) == ("a1", merged, None)
    moved = [{"person": "u1", "reason": "merged"}], [{"reason": "awaiting_identify"}]
    assert only_example(found.events) == ("m1", *moved)
    assert only_example(found.triggers) == ("m1", [{"name": "Viewed", "person": "u1"}], None)
    attributes = {"attributes": {"anonymous_id": "a1"}}, {"attributes": {}}
    assert only_example(found.people) == ("u1", *attributes)


def test_only_the_attributes_that_differ_are_shown(store, diff):
    keep(store, {**SIGNED_UP, "traits": {"plan": "pro", "city": "Bern"}})

    found = diff(
        track(), identify(custom_attributes={"plan": "free", "city": {"@path": "$.traits.city"}})
    )

    changed = {"attributes": {"plan": "pro"}}, {"attributes": {"plan": "free"}}
    assert differing(found) == {"people"}
    assert only_example(found.people) == ("u1", *changed)


def test_people_are_the_same_who_share_an_id(store, diff):
    keep(store, {**SIGNED_UP, "context": {"email": "p@example.com"}}, ORDERED)

    found = diff(track(), identify(email={"@path": "$.context.email"}))

    gained = {"identifiers": {"email": "p@example.com"}, "attributes": {"email": "p@example.com"}}
    assert differing(found) == {"people"}
    assert only_example(found.people) == ("u1", {"identifiers": {}, "attributes": {}}, gained)


def test_people_are_the_same_who_share_an_email_address(store, diff):
    keep(store, VIEWED, {**SIGNED_UP, "traits": {"email": "P@example.com"}})

    found = diff(track(), identify(id={"@path": "$.traits.email"}))

    lost = {"identifiers": {"id": "u1"}, "attributes": {"id": "u1"}}
    assert differing(found) == {"people"}
    assert only_example(found.people) == ("u1", lost, {"identifiers": {}, "attributes": {}})


def test_one_person_who_would_be_two_is_not_taken_for_both(store, diff):
    keep(store, {**SIGNED_UP, "traits": {"email": "p@example.com"}}, ORDERED)

    found = diff(track(), identify(id={"@path": "$.traits.email"}))

    assert counts(found.people) == (1, 2, 2)
    assert [example.id for example in found.people.examples] == ["u1", "p@example.com"]


def test_a_person_who_would_not_be_there_is_shown_whole(store, diff):
    keep(store, {**SIGNED_UP, "traits": {"plan": "pro"}})

    found = diff(track())

    known = {
        "identifiers": {"id": "u1"},
        "attributes": {"id": "u1", "plan": "pro", "anonymous_id": "a1"},
    }
    assert counts(found.people) == (1, 0, 1)
    assert only_example(found.people) == ("u1", known, None)


@pytest.mark.parametrize(
    ("subscriptions", "new"),
    [
        pytest.param(
            [identify()], {"type": "ignored", "reason": "no_subscription"}, id="taken by none"
        ),
        pytest.param(
            [track(name={"@path": "$.properties.name"}), identify()],
            {
                "type": "failed_event",
                "reason": "unmappable",
                "message": "the required field name is missing or empty: send /properties/name",
            },
            id="not complete",
        ),
    ],
)
def test_an_event_that_would_be_lost_is_told_with_its_reason(store, diff, subscriptions, new):
    keep(store, VIEWED)

    found = diff(*subscriptions)

    assert counts(found.events) == (1, 0, 1)
    (_, _, (shown,)) = only_example(found.events)
    assert shown == new


def test_an_identify_that_would_be_ignored_is_told(store, diff):
    keep(store, SIGNED_UP)

    found = diff(track())

    ignored = [{"type": "ignored", "reason": "no_subscription"}]
    assert only_example(found.events) == ("m2", None, ignored)


def test_repeats_and_conflicts_do_not_differ(store, diff):
    keep(store, VIEWED, VIEWED, {**VIEWED, "event": "Something else"})

    assert diff(track(), identify()).is_empty()


def test_a_record_without_an_id_is_named_by_its_place(store, diff):
    keep(store, b"no JSON", [SIGNED_UP, {"type": "track", "event": "Viewed", "userId": "u1"}])

    found = diff(track(name="Seen"), identify())

    assert (found.requests, found.records) == (2, 2)
    assert found.events.examples[0].id == "request 2, record 1"


@pytest.mark.parametrize(
    ("clock", "merges"),
    [(ReceivedAt.ARRIVAL, 1), (ReceivedAt.SEGMENT, 0)],
    ids=["our clock", "Segment's clock"],
)
def test_t2_the_sources_own_clock_counts(store, diff, clock, merges):
    (source,) = store.sources()
    store.write(lambda tx: tx.change_source(replace(source, received_at=clock)))
    early = {**SIGNED_UP, "receivedAt": iso(T0)}
    late = {**VIEWED, "receivedAt": iso(at(minutes=20))}
    keep(store, early, late, start=at(hours=1))

    found = diff(track(), identify())

    assert counts(found.merges) == (merges, merges, 0)


def test_only_the_period_asked_for_is_tried(store, diff):
    keep(store, *JOURNEY)

    found = diff(track(), identify(), after=T0, until=at(minutes=1))

    assert (found.requests, found.people.old, found.events.old) == (1, 1, 0)


def test_workspaces_do_not_meet_and_keep_their_settings(store, diff):
    other = with_workspace(store, "other", merging=False)
    keep(store, *JOURNEY)
    keep(store, *JOURNEY, workspace_id=other.id)

    found = diff(track(), identify())

    assert (found.requests, found.people.old, found.merges.old) == (6, 2, 1)


def test_nothing_is_written_to_the_store(store, diff):
    keep(store, *JOURNEY)

    diff(track(), identify())

    assert log(store) == []
    assert len(store.received(1, after=BEFORE, until=LATER)) == 3


def test_payloads_of_several_files_belong_together(tmp_path):
    mapping = load_mapping(write(tmp_path / "mapping.yaml", track(), identify()))
    for name, call in (("1.json", VIEWED), ("2.jsonl", SIGNED_UP)):
        (tmp_path / name).write_text(dumps(call))

    worlds = recorded_worlds([tmp_path], now=T0)
    found = diff_mappings(worlds, old=mapping, new=mapping, make_store=MemoryStore)

    assert counts(found.merges) == (1, 1, 0)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param({"a": 1, "b": 2}, {"a": 1, "b": 3}, ({"b": 2}, {"b": 3}), id="a member"),
        pytest.param({"a": None}, {}, ({"a": None}, {}), id="a null and nothing"),
        pytest.param(
            {"a": {"b": 1, "c": 1}}, {"a": {"b": 1}}, ({"a": {"c": 1}}, {"a": {}}), id="inside"
        ),
        pytest.param([1, {"a": 1}], [1, {"a": 2}], ([{"a": 1}], [{"a": 2}]), id="an item"),
        pytest.param([1], [1, 2], ([1], [1, 2]), id="lists of different length"),
        pytest.param({"a": 1}, {"a": True}, ({"a": 1}, {"a": True}), id="a number and a switch"),
        pytest.param({"a": 1}, None, ({"a": 1}, None), id="nothing"),
    ],
)
def test_what_both_agree_on_is_left_out(old, new, expected):
    assert narrowed(old, new) == expected
