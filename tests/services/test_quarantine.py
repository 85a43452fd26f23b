"""Rule L3: what could not be applied is run again, once, and the ledger goes with it (L4)."""

from types import SimpleNamespace

import pytest

from adapter.clock import HOUR, ManualClock
from adapter.doors.segment import parse
from adapter.doors.times import Stamp
from adapter.errors import OperatorError, RequestError
from adapter.jsonvalue import dumps
from adapter.mapping.files import load_mapping
from adapter.services.ingest import Ingest
from adapter.services.intake import Intake
from adapter.services.quarantine import Quarantine
from tests.build import T0, at, log, with_workspace
from tests.services.mapping_files import identify, track, write

VIEWED = {"type": "track", "event": "Viewed", "messageId": "m1", "anonymousId": "a1"}
SIGNED_UP = {"type": "identify", "messageId": "m2", "anonymousId": "a1", "userId": "u1"}
WITHOUT_ID = {"type": "track", "event": "Viewed", "anonymousId": "a1"}
MENDED = (track(), identify())
NAMELESS = (track(name={"@path": "$.properties.title"}), identify())


@pytest.fixture
def desk(store, tmp_path, closing_later):
    """Give a workspace whose mapping gives track calls no name, and what works on it."""
    clock = ManualClock(T0)
    mappings = {}
    intake = Intake(closing_later(Ingest(store)), mappings)
    workspace = with_workspace(store)
    (source,) = store.sources()

    def mapping(*subscriptions):
        mappings["segment"] = load_mapping(write(tmp_path / "segment.yaml", *subscriptions))

    def send(*payloads, body=None):
        now = clock.now()
        body = dumps(payloads[0] if len(payloads) == 1 else payloads) if body is None else body
        raw = body.encode()
        try:
            batch = parse(raw, Stamp(now))
        except RequestError as error:
            intake.refuse(source, door="test", body=raw, error=error, received_at=now)
            return
        intake.receive(source, door="test", body=raw, batch=batch, received_at=now)

    def retry_all():
        ids = [row.id for row in service.records(workspace)]
        return [service.retry(workspace, each) for each in reversed(ids)]

    def counts():
        return {row.fate.value: row.count for row in store.ledger(workspace.id) if row.count}

    def kept():
        return [(row.message_id, row.part, row.reason) for row in service.records(workspace)]

    service = Quarantine(store, clock, mappings)
    mapping(*NAMELESS)
    return SimpleNamespace(
        clock=clock,
        counts=counts,
        kept=kept,
        mapping=mapping,
        retry_all=retry_all,
        send=send,
        service=service,
        store=store,
        workspace=workspace,
    )


def events(desk):
    return [row for row in log(desk.store, now=desk.clock.now()) if row.type == "event"]


def fates(retried):
    return [each.fate for each in retried]


@pytest.mark.parametrize("payload", [VIEWED, WITHOUT_ID], ids=["with an id", "without an id"])
def test_l3_a_mended_mapping_takes_the_record_with_its_first_time_of_receipt(desk, payload):
    desk.send(payload)
    desk.clock.advance(2 * HOUR)
    desk.mapping(*MENDED)

    retried = desk.retry_all()

    assert fates(retried) == ["stored"]
    assert [(row.event_id, row.received_at) for row in events(desk)] == [
        (payload.get("messageId"), T0)
    ]
    assert desk.kept() == []


def test_l3_the_merge_window_counts_from_the_first_time_of_receipt(desk):
    desk.send(SIGNED_UP)
    desk.clock.set(at(minutes=4))
    desk.send(VIEWED)
    desk.clock.set(at(minutes=50))
    desk.mapping(*MENDED)

    desk.retry_all()

    assert [(row.view, row.reason) for row in events(desk)] == [("identified", "merged_in_window")]


def test_l3_a_record_that_fails_again_stays_with_its_new_reason(desk):
    desk.send(VIEWED)
    (before,) = desk.service.records(desk.workspace)
    desk.mapping(track(anonymous_id=None, id=None), identify())

    retried = desk.retry_all()

    (after,) = desk.service.records(desk.workspace)
    assert fates(retried) == ["quarantined"]
    assert (before.reason, after.reason) == ("unmappable", "no_subject")
    assert (after.id, after.message_id, after.raw) == (before.id, "m1", before.raw)
    assert desk.counts() == {"quarantined": 1}


def test_l3_a_record_that_failed_twice_can_still_be_run(desk):
    desk.send(VIEWED)
    desk.retry_all()
    desk.mapping(*MENDED)

    assert fates(desk.retry_all()) == ["stored"]
    assert desk.kept() == []


def test_l3_what_left_the_quarantine_is_not_run_twice(desk):
    desk.send(WITHOUT_ID)
    (row,) = desk.service.records(desk.workspace)
    desk.mapping(*MENDED)
    desk.service.retry(desk.workspace, row.id)

    again = desk.service.retry(desk.workspace, row.id)

    assert (again.fate, again.text) == (None, "it has left the quarantine")
    assert len(events(desk)) == 1
    assert desk.counts() == {"stored": 1}


@pytest.mark.parametrize(
    ("subscriptions", "fate"),
    [
        pytest.param(MENDED, "stored", id="stored"),
        pytest.param((identify(),), "ignored", id="ignored"),
        pytest.param(NAMELESS, "quarantined", id="still quarantined"),
    ],
)
def test_l4_a_retried_record_counts_once_in_its_own_hour(desk, subscriptions, fate):
    desk.send(VIEWED)
    desk.clock.advance(5 * HOUR)
    desk.mapping(*subscriptions)

    desk.retry_all()

    rows = [row for row in desk.store.ledger(desk.workspace.id) if row.count]
    assert [(row.hour, row.fate, row.count) for row in rows] == [(T0 // HOUR, fate, 1)]


def test_l3_a_record_sent_again_meanwhile_is_a_duplicate(desk):
    desk.send(VIEWED)
    desk.mapping(*MENDED)
    desk.send(VIEWED)

    retried = desk.retry_all()

    assert fates(retried) == ["duplicate"]
    assert len(events(desk)) == 1
    assert desk.counts() == {"stored": 1, "duplicate": 1}


def test_l3_sent_again_after_its_retry_it_is_a_duplicate(desk):
    desk.send(VIEWED)
    desk.mapping(*MENDED)
    desk.retry_all()

    desk.send(VIEWED)

    assert len(events(desk)) == 1
    assert desk.counts() == {"stored": 1, "duplicate": 1}


@pytest.mark.parametrize("payload", [VIEWED, WITHOUT_ID], ids=["with an id", "without an id"])
def test_l3_only_the_part_that_failed_is_run_again(desk, payload):
    desk.mapping(track(), track(name={"@path": "$.properties.title"}))
    desk.send(payload)
    assert desk.kept() == [(payload.get("messageId"), 1, "unmappable")]
    desk.mapping(track(), track(name="Seen"))

    retried = desk.retry_all()

    assert fates(retried) == ["stored"]
    assert sorted(row.name for row in events(desk)) == ["Seen", "Viewed"]
    assert desk.counts() == {"stored": 1}


def test_l3_a_part_that_the_mapping_now_numbers_otherwise_is_not_stored_twice(desk):
    desk.mapping(track(name={"@path": "$.properties.title"}), track())
    desk.send(WITHOUT_ID)
    desk.mapping(track())

    retried = desk.retry_all()

    assert fates(retried) == ["duplicate"]
    assert [row.name for row in events(desk)] == ["Viewed"]
    assert desk.counts() == {"duplicate": 1}


def test_l3_a_refused_record_is_taken_once_a_subscription_does(desk):
    desk.send({"type": "weather", "messageId": "m1", "anonymousId": "a1", "event": "Rain"})
    assert desk.counts() == {"refused": 1}
    subscription = {**track(), "subscribe": 'type = "weather"'}
    desk.mapping(subscription)

    assert fates(desk.retry_all()) == ["stored"]
    assert desk.counts() == {"stored": 1}
    assert desk.kept() == []


@pytest.mark.parametrize("body", ["{", '"text"'], ids=["no JSON", "no object"])
def test_l3_a_refused_body_is_not_run_and_says_so(desk, body):
    desk.send(body=body)

    (retried,) = desk.retry_all()

    assert (retried.fate, "refused body" in retried.text) == (None, True)
    assert desk.counts() == {"refused": 1}
    assert len(desk.kept()) == 1


def test_l3_a_record_past_retention_is_not_run_and_says_so(desk):
    desk.send(VIEWED)
    (row,) = desk.service.records(desk.workspace)
    desk.clock.set(at(days=30))
    desk.mapping(*MENDED)

    retried = desk.service.retry(desk.workspace, row.id)

    assert (retried.fate, "past retention" in retried.text) == (None, True)
    assert list(desk.service.records(desk.workspace)) == []
    assert desk.counts() == {"quarantined": 1}


def test_r1_a_record_past_retention_is_not_shown(desk):
    desk.send(VIEWED)
    (row,) = desk.service.records(desk.workspace)
    desk.clock.set(at(days=30, us=-1))
    alive = desk.service.find([desk.workspace], row.id)

    desk.clock.set(at(days=30))

    assert alive == (desk.workspace, row)
    with pytest.raises(OperatorError, match="quarantine list"):
        desk.service.find([desk.workspace], row.id)


def test_l3_records_are_listed_newest_first_by_reason_and_limit(desk):
    desk.send(VIEWED, {**VIEWED, "messageId": "m2"}, {**VIEWED, "messageId": 5})
    service, workspace = desk.service, desk.workspace

    by_reason = [row.message_id for row in service.records(workspace, reason="unmappable")]
    limited = [row.message_id for row in service.records(workspace, reason="unmappable", limit=1)]

    assert (by_reason[-2:], len(limited)) == (["m2", "m1"], 1)
    assert limited == by_reason[:1]


def test_l3_an_unknown_record_is_told_with_where_to_look(desk):
    with pytest.raises(OperatorError, match="quarantine list"):
        desk.service.find([desk.workspace], "nothing")
