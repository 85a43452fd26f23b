"""K2, K3, K6, L1, L3, L4, M8: what becomes of records, junk, duplicates and the ledger."""

import pytest

from adapter.clock import ManualClock, iso
from adapter.jsonvalue import dumps
from adapter.model.reasons import EXPLANATIONS, Reason
from adapter.rules.decision import Fate
from adapter.rules.identifiers import is_junk_anonymous_id, is_junk_person_id
from adapter.rules.policy import JUNK_ANONYMOUS_IDS
from adapter.services.tenants import Tenants
from adapter.store.memory.store import MemoryStore
from tests.build import (
    T0,
    anonymous_event,
    apply,
    at,
    identified_event,
    identify,
    invite_event,
    log,
    unapplicable,
    with_workspace,
)


@pytest.fixture
def store():
    memory = MemoryStore()
    with_workspace(memory)
    return memory


@pytest.mark.parametrize(
    "junk",
    ["null", "NULL", '"null"', "'undefined'", "NaN", "[object Object]", "anonymous", "Guest",
     "anonymousId", "0", "-1", "000", "00000000-0000-0000-0000-000000000000", " none ", "---"],
)  # fmt: skip
def test_k6_a_junk_id_is_stored_and_never_joins_strangers(store, junk):
    apply(store, anonymous_event(junk, message_id="e"))

    claim, _ = apply(store, identify("u1", anonymous_id=junk), anonymous_event(junk))

    assert claim.reasons[0] == Reason.JUNK_ID
    assert {row.reason for row in log(store, view="anonymous")} == {Reason.JUNK_ID}


@pytest.mark.parametrize("fine", ["abc123", "1", "00a0", "nullable", "0" * 64 + "1"])
def test_k6_other_ids_are_fine(fine):
    assert not is_junk_anonymous_id(fine, JUNK_ANONYMOUS_IDS)


@pytest.mark.parametrize(("person", "junk"), [("Undefined", True), ('"null"', True), ("0", False)])
def test_k7_a_persons_id_may_be_anything_but_a_non_value(person, junk):
    assert is_junk_person_id(person) is junk


def test_k3_an_invite_creates_no_person_and_expires(store):
    apply(store, invite_event(message_id="e"))

    (row,) = log(store)
    assert (row.view, row.recipient, row.reason) == ("anonymous", "friend@example.com", "invite")
    assert log(store, now=at(days=30)) == []


def test_l1_a_repeat_is_stored_once_even_after_the_merge(store):
    first = anonymous_event("a", message_id="e")
    apply(store, first)
    apply(store, identify("u1", anonymous_id="a"))

    (outcome,) = apply(store, anonymous_event("a", message_id="e", received_at=at(days=1)))

    assert outcome.fate == Fate.DUPLICATE
    assert [row.id for row in log(store, event_id="e")] == [first.id]


def test_l1_a_repeat_inside_one_batch_is_stored_once(store):
    outcomes = apply(store, *(anonymous_event("a", message_id="e") for _ in range(3)))

    assert [outcome.fate for outcome in outcomes] == [Fate.STORED, Fate.DUPLICATE, Fate.DUPLICATE]


def test_l1_the_first_stays_when_the_content_differs(store):
    apply(store, anonymous_event("a", message_id="e", data='{"a":1}'))

    (outcome,) = apply(store, anonymous_event("a", message_id="e", data='{"a":2}'))

    assert outcome.reasons == (Reason.DUPLICATE_CONFLICT,)
    assert [row.data for row in log(store, event_id="e")] == ['{"a":1}']
    assert [row.reason for row in log(store, type="failed_event")] == [Reason.DUPLICATE_CONFLICT]


def test_l1_a_repeat_of_what_waits_in_quarantine_is_told_though_its_times_differ(store):
    call = {"messageId": "m-1", "receivedAt": iso(T0), "sentAt": iso(T0), "event": "n" * 101}
    late = {**call, "receivedAt": iso(at(hours=1)), "sentAt": iso(at(minutes=59))}

    outcomes = apply(
        store,
        unapplicable(raw=dumps(call), message_id="m-1"),
        unapplicable(raw=dumps(late), message_id="m-1"),
        unapplicable(raw=dumps({**late, "event": "m" * 101}), message_id="m-1"),
    )

    fates = [Fate.QUARANTINED, Fate.DUPLICATE, Fate.QUARANTINED]
    assert [outcome.fate for outcome in outcomes] == fates


def test_l1_a_record_without_an_id_is_never_a_duplicate(store):
    outcomes = apply(store, anonymous_event("a"), anonymous_event("a"))

    assert [outcome.fate for outcome in outcomes] == [Fate.STORED, Fate.STORED]


def test_l3_a_quarantined_record_may_be_sent_again_mended(store):
    bad = unapplicable(message_id="e", raw='{"bad":1}')
    again = unapplicable(message_id="e", raw='{"bad":1}')
    fates = [apply(store, message)[0].fate for message in (bad, again)]

    (mended,) = apply(store, anonymous_event("a", message_id="e"))

    assert [*fates, mended.fate] == [Fate.QUARANTINED, Fate.DUPLICATE, Fate.STORED]
    assert len(store.quarantine(1, after=at(days=-30))) == 1


def test_l3_a_refused_body_is_kept_and_its_id_stays_free(store):
    refused = apply(store, unapplicable(message_id="e", refused=True))
    stored = apply(store, anonymous_event("a", message_id="e"))

    assert [refused[0].fate, stored[0].fate] == [Fate.REFUSED, Fate.STORED]
    assert [row.refused for row in store.quarantine(1, after=at(days=-30))] == [True]


def test_l4_the_ledger_counts_every_record_once(store):
    apply(
        store,
        anonymous_event("a", message_id="1"),
        anonymous_event("a", message_id="1"),
        identify("cio_unknown"),
        unapplicable(),
        unapplicable(refused=True),
    )

    assert {row.fate: row.count for row in store.ledger(1)} == dict.fromkeys(Fate, 1)


def test_m8_what_came_while_merging_was_off_catches_up(store):
    clock = ManualClock(at())
    tenants = Tenants(store, clock)
    workspace = tenants.change_settings(tenants.workspace("demo"), {"merging": "off"})
    apply(
        store,
        anonymous_event("a", message_id="before"),
        identify("u1", anonymous_id="a", message_id="claim"),
        anonymous_event("a", message_id="inside", received_at=at(minutes=5)),
        anonymous_event("a", message_id="outside", received_at=at(minutes=5, us=1)),
        identify("u2", anonymous_id="a", message_id="second", received_at=at(minutes=6)),
    )
    off = {row.event_id: row.reason for row in log(store, now=at(hours=1))}

    clock.set(at(hours=1))
    tenants.change_settings(workspace, {"merging": "on"})

    on = {row.event_id: row.reason for row in log(store, now=at(hours=1))}
    assert (off["claim"], off["second"]) == ("merging_off", "anonymous_id_already_assigned")
    assert (on["before"], on["inside"]) == (Reason.MERGED, Reason.MERGED)
    assert on["outside"] != Reason.MERGED
    (merge,) = log(store, type="anon_merge", now=at(hours=1))
    assert merge.data.startswith('{"count":2')


def test_m8_events_in_a_window_that_was_open_when_merging_went_off_catch_up(store):
    clock = ManualClock(at(minutes=1))
    tenants = Tenants(store, clock)
    apply(store, identify("u1", anonymous_id="a"))
    workspace = tenants.change_settings(tenants.workspace("demo"), {"merging": "off"})
    apply(store, anonymous_event("a", message_id="e", received_at=at(minutes=2)))
    (while_off,) = log(store, event_id="e", now=at(minutes=2))

    tenants.change_settings(workspace, {"merging": "on"})

    (row,) = log(store, event_id="e", now=at(minutes=2))
    assert (while_off.reason, row.reason) == (Reason.MERGING_OFF, Reason.MERGED)


def test_events_of_people_are_theirs_whatever_merging_says():
    store = MemoryStore()
    with_workspace(store, merging=False)

    (outcome,) = apply(store, identified_event("u1"))

    assert outcome.reasons == (Reason.IDENTIFIED,)


def test_a3_every_reason_has_a_rule_and_a_sentence():
    assert set(EXPLANATIONS) == set(Reason)
