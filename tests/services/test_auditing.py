"""Rule L4: all that was received is accounted for, or the audit says where not."""

import pytest

from adapter.clock import ManualClock
from adapter.doors.segment import parse
from adapter.doors.times import Stamp
from adapter.errors import RequestError
from adapter.jsonvalue import dumps
from adapter.mapping.files import load_mapping
from adapter.rules.decision import Fate
from adapter.services.auditing import Auditing, audit_json
from adapter.services.ingest import Ingest
from adapter.services.intake import Intake
from tests.build import T0, anonymous_event, apply, at, with_workspace
from tests.services.mapping_files import identify, track, write
from tests.store.test_received import body

ONE_OF_EACH = [
    {"type": "track", "event": "Viewed", "messageId": "m1", "anonymousId": "a1"},
    {"type": "track", "event": "Viewed", "messageId": "m1", "anonymousId": "a1"},
    {"type": "page", "messageId": "m2", "anonymousId": "a1"},
    "no object",
]


@pytest.fixture
def workspace(store):
    return with_workspace(store)


@pytest.fixture
def auditing(store):
    return Auditing(store, ManualClock(T0))


@pytest.fixture
def intake(store, workspace, tmp_path, closing_later):
    mapping = load_mapping(write(tmp_path / "segment.yaml", track(), identify()))
    return Intake(closing_later(Ingest(store)), {"segment": mapping})


def test_l4_every_record_of_every_fate_is_accounted_for(store, workspace, auditing, intake):
    (source,) = store.sources()
    raw = dumps(ONE_OF_EACH).encode()
    intake.receive(source, door="test", body=raw, batch=parse(raw, Stamp(T0)), received_at=T0)
    intake.refuse(source, door="test", body=b"7", error=RequestError("no"), received_at=T0)

    (account,) = auditing.accounts(workspace)

    assert (account.received, account.kept, account.balances) == (5, 5, True)
    assert account.fates == dict.fromkeys(Fate, 1)
    assert auditing.imbalance() == 0


def test_l4_a_record_that_is_lost_between_door_and_store_is_told(store, workspace, auditing):
    apply(store, anonymous_event(), received=[body(), body()])

    shown = audit_json(workspace, {1: "default"}, auditing.accounts(workspace))

    (hour,) = shown["hours"]
    assert not shown["balances"]
    assert (hour["source"], hour["hour"]) == ("default", "2026-03-01T10:00:00.000000Z")
    assert (hour["received"], hour["stored"], hour["difference"]) == (2, 1, 1)
    assert auditing.imbalance() == 1


def test_l4_a_record_that_nobody_received_is_told(store, workspace, auditing):
    apply(store, anonymous_event())

    (account,) = auditing.accounts(workspace)

    assert (account.difference, account.balances) == (-1, False)


def test_l4_a_surplus_in_one_hour_does_not_hide_a_lack_in_another(store, workspace, auditing):
    apply(store, anonymous_event(), received=[body(at(hours=-2))])

    assert [each.difference for each in auditing.accounts(workspace)] == [1, -1]
    assert auditing.imbalance() == 2


def test_l4_workspaces_are_audited_apart(store, workspace, auditing):
    other = with_workspace(store, "other")
    apply(store, anonymous_event(), received=[body()])

    assert auditing.accounts(other) == []
    assert len(auditing.accounts(workspace)) == 1
