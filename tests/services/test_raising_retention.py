"""Rules R1 and M11: a longer retention brings back nothing that had expired when it was set.

Whether a sweep had come by meanwhile must make no difference.
"""

from types import SimpleNamespace

import pytest

from adapter.clock import DAY, ManualClock
from adapter.services.quarantine import Quarantine
from adapter.services.sweeping import Sweeping
from adapter.services.tenants import Tenants
from adapter.sweepable import Expiring
from tests.build import (
    T0,
    anonymous_event,
    apply,
    at,
    identify,
    invite_event,
    log,
    relate,
    relation,
    unapplicable,
    with_workspace,
)
from tests.services.test_digesting import digest_of

DAYS = 86_400


@pytest.fixture
def desk(store):
    """Give a workspace that keeps strangers' events for ten days."""
    clock = ManualClock(T0)
    made = with_workspace(store, retention_seconds=10 * DAYS)
    tenants = Tenants(store, clock)

    def set_retention(days):
        (workspace,) = store.workspaces()
        tenants.change_settings(workspace, {"retention_seconds": str(days * DAYS)})

    def seen():
        events = [row for row in log(store, now=clock.now()) if row.type == "event"]
        return sorted(row.event_id for row in events)

    return SimpleNamespace(
        clock=clock, seen=seen, set_retention=set_retention, store=store, workspace=made
    )


def send_on_days(desk, *days):
    for day in days:
        apply(desk.store, anonymous_event("a1", received_at=at(days=day), message_id=f"day-{day}"))


def test_r1_m11_a_longer_retention_holds_for_what_was_alive(desk):
    send_on_days(desk, 0, 1, 2)
    desk.clock.set(at(days=11))
    assert desk.seen() == ["day-2"]

    desk.set_retention(30)

    assert desk.seen() == ["day-2"]
    desk.clock.set(at(days=32, us=-1))
    assert desk.seen() == ["day-2"]
    desk.clock.set(at(days=32))
    assert desk.seen() == []


def test_r1_m11_what_has_expired_merges_no_more(desk):
    send_on_days(desk, 1, 2)
    desk.clock.set(at(days=11))

    desk.set_retention(30)
    apply(desk.store, identify(anonymous_id="a1", received_at=at(days=11, seconds=1)))

    (merge,) = [row for row in log(desk.store, now=desk.clock.now()) if row.type == "anon_merge"]
    assert '"count":1' in merge.data
    assert desk.seen() == ["day-2"]


def test_r1_m11_switching_merging_on_catches_up_with_nothing_that_has_expired(desk):
    tenants = Tenants(desk.store, desk.clock)
    tenants.change_settings(desk.workspace, {"merging": "off"})
    send_on_days(desk, 1, 2)
    apply(desk.store, identify(anonymous_id="a1", received_at=at(days=2, seconds=1)))
    desk.clock.set(at(days=11))

    desk.set_retention(30)
    tenants.change_settings(desk.store.workspaces()[0], {"merging": "on"})

    assert desk.seen() == ["day-2"]


def test_r1_m11_shorter_then_longer_again_brings_nothing_back(desk):
    send_on_days(desk, 0, 3, 8)
    desk.clock.set(at(days=9))

    desk.set_retention(2)
    desk.set_retention(30)
    desk.set_retention(20)
    desk.set_retention(40)

    assert desk.seen() == ["day-8"]


@pytest.mark.parametrize("swept", [False, True], ids=["not swept", "swept"])
def test_r1_m11_a_sweep_before_a_longer_retention_makes_no_difference(desk, swept):
    store, workspace = desk.store, desk.workspace
    send_on_days(desk, 0, 2)
    apply(store, invite_event(), unapplicable(), relate(relation("a1", stranger=True)))
    desk.clock.set(at(days=11))
    sweeping = Sweeping(store, desk.clock, pause=lambda: None)

    if swept:
        sweeping.sweep()
    desk.set_retention(30)

    digest = digest_of(store, workspace, desk.clock.now())["parts"]
    assert {name: part["rows"] for name, part in digest.items() if part["rows"]} == {
        "events": 1,
        "ledger": 3,
        "log": 2,
        "objects": 1,
    }
    (workspace,) = store.workspaces()
    assert list(Quarantine(store, desk.clock, mappings={}).records(workspace)) == []


def test_r2_a_sweep_purges_what_had_expired_before_retention_was_raised(desk):
    send_on_days(desk, 0, 2)
    desk.clock.set(at(days=11))
    desk.set_retention(30)

    desk.clock.advance(DAY)
    Sweeping(desk.store, desk.clock, pause=lambda: None).sweep()

    assert desk.store.oldest(Expiring.ANONYMOUS_EVENTS, desk.workspace.id) == at(days=2)
