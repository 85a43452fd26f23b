"""Rules that leave something behind, each on every store there is."""

import pytest

from adapter.bootstrap import build_services, load_mappings, shipped
from adapter.clock import ManualClock
from adapter.doors.signatures import SIGNATURE_HEADER, sign
from adapter.jsonvalue import dumps
from adapter.model.reasons import EXPLANATIONS, Reason
from adapter.model.workspaces import ReceivedAt
from adapter.rules.identifiers import read_identifier
from adapter.services.replay import in_process
from adapter.settings import Settings
from adapter.web.door import Sent, answer_waiting
from adapter.web.doors.table import ROUTING
from tests.build import (
    T0,
    anonymous_event,
    apply,
    at,
    identified_event,
    identify,
    invite_event,
    log,
    merge_people,
    with_workspace,
)


@pytest.fixture(autouse=True)
def _workspace(store):
    with_workspace(store)


@pytest.fixture(scope="module")
def mappings():
    return load_mappings(shipped("mappings"))


@pytest.fixture
def door(store, mappings, closing_later):
    """Give the webhook: takes calls and an instant, gives the answer's body."""
    clock = ManualClock(T0)
    services = build_services(settings=Settings(), store=store, clock=clock, mappings=mappings)

    def send(*calls, received_at=T0):
        clock.set(received_at)
        body = dumps(list(calls)).encode()
        headers = {SIGNATURE_HEADER: sign(body, "abc123")}
        sent = Sent("POST", "/webhooks/segment/demo", "", headers, body)
        return answer_waiting(services, ROUTING.find(sent.method, sent.path), sent).body

    send.services = closing_later(services)
    return send


def track(**fields):
    return {"type": "track", "event": "Viewed", "messageId": "e", **fields}


def only(store, **filters):
    (row,) = log(store, **filters)
    return row


def person(store, bare):
    return store.find_person(1, read_identifier(bare))


def owner(row):
    return row.identifiers.get("id") or row.identifiers.get("email")


def test_k1_a_persons_event_is_theirs_and_claims_no_id_beside_it(store):
    apply(store, anonymous_event("a", message_id="before"))
    apply(store, identified_event("u1", anonymous_id="a", message_id="e"))

    assert owner(only(store, event_id="e")) == "u1"
    assert only(store, event_id="before").view == "anonymous"


def test_k2_an_event_with_an_anonymous_id_is_no_invite(store, door):
    door(track(anonymousId="a", properties={"recipient": "friend@example.org"}))

    row = only(store)
    assert (row.anonymous_id, row.recipient, row.reason) == ("a", None, "awaiting_identify")
    assert row.notes == (Reason.RECIPIENT_IGNORED_HAS_ANONYMOUS_ID,)


def test_k3_an_address_alone_is_an_invite_and_nobody_is_created(store, door):
    door(track(properties={"recipient": "friend@example.org"}))

    assert (only(store).recipient, only(store).reason) == ("friend@example.org", "invite")
    assert person(store, "friend@example.org") is None


def test_k4_a_record_without_a_subject_is_kept_and_told(store, door):
    answer = door(track())

    assert [item["code"] for item in answer["rejected"]] == ["no_subject"]
    assert [row.reason for row in store.quarantine(1, after=at(days=-1))] == ["no_subject"]


def test_k5_an_event_of_somebody_unknown_creates_them(store):
    apply(store, identified_event("u1"))

    assert person(store, "u1") is not None
    assert only(store, type="profile_create").reason == Reason.PERSON_CREATED


def test_k6_a_junk_id_is_stored_and_never_assigned(store):
    apply(store, anonymous_event("undefined", message_id="e"))
    apply(store, identify("u1", anonymous_id="undefined"))

    assert only(store, event_id="e").reason == Reason.JUNK_ID
    assert store.find_anonymous_id(1, "undefined").person_id is None


def test_k7_a_non_value_as_a_persons_id_goes_to_quarantine(store, door):
    door(track(userId="null"))

    assert [row.reason for row in store.quarantine(1, after=at(days=-1))] == ["junk_id"]
    assert person(store, "null") is None


def test_t1_records_of_one_request_share_its_time_and_keep_their_order(store, door):
    names = ["z", "a", "m"]

    door(*(track(messageId=name, anonymousId="x") for name in names), received_at=at(us=7))

    rows = log(store, now=at(minutes=1))
    assert [row.event_id for row in rows] == names
    assert {row.received_at for row in rows} == {at(us=7)}


@pytest.mark.parametrize(
    ("claimed", "kept", "notes"),
    [
        pytest.param(at(days=-1), at(days=-1), (), id="in the past"),
        pytest.param(at(us=1), T0, (Reason.RECEIVED_AT_REFUSED,), id="in the future"),
        pytest.param(at(days=-30), T0, (Reason.RECEIVED_AT_REFUSED,), id="past retention"),
    ],
)
def test_t2_segments_clock_counts_where_it_can_be_believed(store, door, claimed, kept, notes):
    (source,) = store.sources()
    door.services.tenants.change_source(source, {"received_at": ReceivedAt.SEGMENT})

    door(track(anonymousId="a", receivedAt=claimed / 1e6))

    row = only(store, type="event")
    assert (row.received_at, row.notes) == (kept, notes)


def test_t3_without_a_time_of_its_own_the_senders_clock_error_is_taken_out(store, door):
    door(
        track(
            anonymousId="a",
            originalTimestamp="2026-03-01T07:00:00Z",
            sentAt="2026-03-01T07:00:10Z",
            receivedAt="2026-03-01T09:59:59Z",
        )
    )

    assert only(store).occurred_at == at(seconds=-11)


def test_t4_a_time_that_nobody_can_read_is_marked(store, door):
    door(track(anonymousId="a", timestamp="half past nine"))

    row = only(store)
    assert (row.occurred_at, row.notes) == (T0, (Reason.TIMESTAMP_UNREADABLE,))


def test_t5_no_time_but_the_injected_clocks_is_stored(store, door):
    door({"type": "identify", "messageId": "i", "userId": "u1", "anonymousId": "a"})

    rows = log(store, now=at(minutes=1))
    assert {time for row in rows for time in (row.received_at, row.processed_at)} == {T0}


def test_m1_the_first_identify_assigns_the_id(store):
    apply(store, identify("u1", anonymous_id="a", received_at=at(us=3)))

    fact = store.find_anonymous_id(1, "a")
    assert (fact.person_id, fact.assigned_at) == (person(store, "u1").person_id, at(us=3))


@pytest.mark.parametrize(
    ("received_at", "reason"),
    [
        pytest.param(at(seconds=300), Reason.MERGED_IN_WINDOW, id="last instant of the window"),
        pytest.param(at(seconds=300, us=1), Reason.WINDOW_CLOSED, id="first instant after it"),
    ],
)
def test_m3_m4_the_window_is_inclusive_at_its_end(store, received_at, reason):
    apply(store, identify("u1", anonymous_id="a"))
    apply(store, anonymous_event("a", message_id="e", received_at=received_at))

    assert only(store, event_id="e", now=received_at).reason == reason


def test_m5_a_second_person_never_gets_the_id(store):
    apply(store, identify("u1", anonymous_id="a"), anonymous_event("a", message_id="e"))

    apply(store, identify("u2", anonymous_id="a", received_at=at(minutes=1)))

    assert owner(only(store, event_id="e")) == "u1"
    refused = only(store, type="claim_refused")
    assert (owner(refused), refused.reason) == ("u2", Reason.ANONYMOUS_ID_ALREADY_ASSIGNED)


@pytest.mark.parametrize(("reuse", "view"), [("never", "anonymous"), ("same_person", "identified")])
def test_m6_the_same_person_again_reopens_only_where_the_workspace_says_so(store, reuse, view):
    store.write(lambda opened: opened.set_policy(1, {"reuse": reuse}))
    apply(store, identify("u1", anonymous_id="a"))
    apply(store, anonymous_event("a", message_id="e", received_at=at(minutes=6)))

    apply(store, identify("u1", anonymous_id="a", received_at=at(minutes=7)))

    assert only(store, event_id="e", now=at(minutes=7)).view == view


def test_m7_a_person_shows_the_newest_of_many_ids(store):
    for number in (1, 2, 3):
        claim = identify("u1", anonymous_id=f"a{number}", received_at=at(minutes=number))
        apply(store, claim)

    assert person(store, "u1").attributes["anonymous_id"].value == "a3"


def test_m9_a_merged_event_keeps_all_it_had(store):
    event = anonymous_event("a", message_id="e", occurred_at=at(hours=-1), data='{"a":1}')
    apply(store, event)
    before = only(store, event_id="e")

    apply(store, identify("u1", anonymous_id="a", received_at=at(minutes=1)))

    row = only(store, event_id="e", now=at(minutes=1))
    kept = ("id", "name", "type", "data", "occurred_at", "received_at", "anonymous_id")
    assert [getattr(row, name) for name in kept] == [getattr(before, name) for name in kept]
    assert (before.was_anonymous, row.was_anonymous) == (False, True)


def test_a2_an_event_that_merges_moves_from_one_view_to_the_other(store):
    apply(store, anonymous_event("a", message_id="e"))
    before = [row.view for row in log(store, event_id="e")]

    apply(store, identify("u1", anonymous_id="a"))

    views = [row.view for row in log(store, event_id="e")]
    assert (before, views) == (["anonymous"], ["identified"])


def test_a3_every_line_bears_a_reason_of_the_closed_list(store, door):
    door(track(), track(messageId="f", anonymousId="a"), {"type": "identify", "userId": "u1"})

    rows = log(store)
    assert len(rows) == 3
    assert all(Reason(row.reason) in EXPLANATIONS for row in rows)


def test_r3_what_is_a_persons_does_not_expire(store):
    apply(store, anonymous_event("a", message_id="e"), identify("u1", anonymous_id="a"))

    assert only(store, event_id="e", now=at(days=400)).view == "identified"


def test_c1_what_is_nobodys_triggers_nothing(store):
    apply(store, anonymous_event("a"), anonymous_event("undefined"), invite_event())

    assert {row.trigger for row in log(store)} == {None}


_AGES = [
    pytest.param(72, 0, Reason.MAY_TRIGGER, id="exactly 72 h"),
    pytest.param(72, 1, Reason.OLDER_THAN_TRIGGER_WINDOW, id="a microsecond more"),
]


@pytest.mark.parametrize(("hours", "us", "trigger"), _AGES)
@pytest.mark.parametrize("stored_first", [True, False])
def test_c2_a_merged_event_may_trigger_up_to_72_hours_old(store, hours, us, trigger, stored_first):
    event = anonymous_event("a", message_id="e", occurred_at=at(hours=-hours, us=-us))
    claim = identify("u1", anonymous_id="a")

    for message in (event, claim) if stored_first else (claim, event):
        apply(store, message)

    assert only(store, event_id="e").trigger == trigger


@pytest.mark.parametrize(("hours", "us", "trigger"), _AGES)
def test_c3_a_persons_event_may_trigger_on_arrival_up_to_72_hours_old(store, hours, us, trigger):
    apply(store, identified_event("u1", message_id="e", occurred_at=at(hours=-hours, us=-us)))

    assert only(store, event_id="e").trigger == trigger


def test_c7_joining_two_people_changes_no_trigger(store):
    old = at(hours=-73)
    apply(store, identified_event("u1"), identified_event("u2", message_id="e", occurred_at=old))

    apply(store, merge_people("u1", "u2", received_at=at(minutes=1)))

    row = only(store, event_id="e", now=at(minutes=1))
    assert (owner(row), row.trigger) == ("u1", Reason.OLDER_THAN_TRIGGER_WINDOW)
    assert row.processed_at == T0


def test_c8_a_replay_can_be_told_to_trigger_nothing(store, door):
    (source,) = store.sources()
    services = door.services
    replay = in_process(services.intake, source, clock=services.clock, retention=0, triggers=False)

    replay(dumps(track(userId="u1")).encode(), None)

    assert only(store, event_id="e").trigger == Reason.TRIGGERS_OFF


def test_p1_an_address_is_one_persons_in_any_case(store):
    apply(store, identify("Person@Example.com", plan="free"))
    apply(store, identify("person@example.COM", plan="pro", received_at=at(seconds=1)))

    assert person(store, "PERSON@example.com").attributes["plan"].value == "pro"


def test_p2_a_bare_identifier_is_a_cio_id_an_address_or_an_id(store):
    apply(store, identify("u1", email="u1@example.com"))

    found = person(store, "u1")
    assert person(store, "u1@example.com") == found
    assert person(store, f"cio_{found.person_id}") == found


def test_p3_anothers_identifier_is_refused_and_the_rest_applies(store):
    apply(store, identify("u1", email="u1@example.com"))

    apply(store, identify("u2", email="U1@example.com", plan="pro", received_at=at(seconds=1)))

    assert person(store, "u1@example.com") == person(store, "u1")
    assert person(store, "u2").attributes["plan"].value == "pro"
    assert only(store, type="failed_attribute_change").reason == Reason.IDENTIFIER_TAKEN


def test_p4_an_older_update_is_skipped_and_logged(store):
    apply(store, identify("u1", plan="new"))

    apply(store, identify("u1", plan="old", occurred_at=at(us=-1), received_at=at(seconds=1)))

    assert person(store, "u1").attributes["plan"].value == "new"
    assert only(store, type="skipped_update").reason == Reason.OLDER_THAN_CURRENT
