"""Settings: each change is a line of the log, with who and when; and what dedupe_seconds does."""

from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from adapter.cli import main
from adapter.clock import DAY, HOUR, ManualClock, iso
from adapter.errors import OperatorError
from adapter.jsonvalue import loads
from adapter.model.workspaces import ReceivedAt
from adapter.services.sweeping import Sweeping
from adapter.services.tenants import Tenants
from adapter.store.open import open_store
from tests.build import T0, anonymous_event, apply, at, identify, log, with_workspace


@pytest.fixture
def desk(store):
    clock = ManualClock(T0)
    with_workspace(store)
    tenants = Tenants(store, clock)

    def changes():
        rows = [row for row in log(store, now=clock.now()) if row.type == "setting_change"]
        return [(row.name, row.received_at, loads(row.data)) for row in rows]

    return SimpleNamespace(
        clock=clock, tenants=tenants, store=store, changes=changes, workspace=store.workspaces()[0]
    )


@pytest.mark.parametrize(
    ("given", "name", "changed"),
    [
        ({"merging": "off"}, "merging", {"from": True, "to": False}),
        ({"reuse": "same_person"}, "reuse", {"from": "never", "to": "same_person"}),
        ({"merge_window_seconds": 60}, "merge_window_seconds", {"from": 300, "to": 60}),
        ({"retention_seconds": 60}, "retention_seconds", {"from": 2_592_000, "to": 60}),
        ({"trigger_window_seconds": 60}, "trigger_window_seconds", {"from": 259_200, "to": 60}),
        ({"dedupe_seconds": 60}, "dedupe_seconds", {"from": 0, "to": 60}),
    ],
)
def test_a3_each_change_says_who_when_and_what(desk, given, name, changed):
    desk.clock.advance(HOUR)

    desk.tenants.change_settings(desk.workspace, given, by="ops")

    told = {"by": "ops", "changes": {name: changed}}
    assert desk.changes() == [(name, at(hours=1), told)]


def test_a3_a_change_of_a_source_is_logged_without_its_secrets(desk):
    (source,) = desk.tenants.sources()
    changes = {"received_at": ReceivedAt.SEGMENT, "shared_secrets": ("new-secret",)}

    desk.tenants.change_source(source, changes, by="ops")

    ((name, _, told),) = desk.changes()
    assert name == "received_at, shared_secrets"
    assert told == {
        "by": "ops",
        "source": source.slug,
        "changes": {
            "received_at": {"from": "arrival", "to": "segment"},
            "shared_secrets": {"from": "set", "to": "set"},
        },
    }
    (changed,) = desk.tenants.sources()
    assert (changed.received_at, changed.shared_secrets) == (ReceivedAt.SEGMENT, ("new-secret",))


def test_a_source_that_is_not_changed_logs_nothing(desk):
    first = desk.tenants.sources()[0]
    second = desk.tenants.create_source(desk.workspace, "second")

    with pytest.raises(OperatorError, match="taken"):
        desk.tenants.change_source(second, {"write_key": first.write_key})

    assert desk.changes() == []
    assert desk.tenants.source("second") == second


@pytest.mark.parametrize(
    ("dedupe", "days", "remembered"),
    [(0, 32, False), (40 * 86_400, 32, True), (40 * 86_400, 42, False), (86_400, 29, True)],
)
def test_l1_a_message_id_is_remembered_as_long_as_is_asked_and_never_less_than_retention(
    desk, dedupe, days, remembered
):
    desk.tenants.change_settings(desk.workspace, {"dedupe_seconds": dedupe})
    apply(desk.store, anonymous_event("a", message_id="m"))
    desk.clock.advance(days * DAY)

    Sweeping(desk.store, desk.clock, pause=lambda: None).sweep()

    (again,) = apply(desk.store, anonymous_event("a", message_id="m", received_at=at(days=days)))
    assert (again.reasons[0] == "duplicate") == remembered


def test_l1_a_shorter_dedupe_than_before_forgets_what_an_earlier_sweep_left(desk):
    desk.tenants.change_settings(desk.workspace, {"dedupe_seconds": 90 * 86_400})
    apply(desk.store, anonymous_event("a", message_id="m"), identify("u1", message_id="i"))
    desk.clock.advance(50 * DAY)
    sweeping = Sweeping(desk.store, desk.clock, pause=lambda: None)
    sweeping.sweep()
    assert desk.store.find_key(1, "m") is not None

    desk.tenants.change_settings(desk.store.workspaces()[0], {"dedupe_seconds": 0})
    sweeping.sweep()

    assert desk.store.find_key(1, "m") is None


def run(*words):
    done = CliRunner().invoke(main, [*words, "--json"])
    assert done.exit_code == 0, done.output
    return loads(done.stdout)


def test_a3_the_commands_say_who(sqlite_url, tmp_path):
    clock = tmp_path / "clock"
    clock.write_text(iso(T0))
    place = ["--database-url", sqlite_url, "--rehearsal-clock", str(clock)]
    run("workspace", "create", "demo", *place)
    run("workspace", "set", "demo", "merging=off", "--by", "ops", *place)
    run("source", "set", "default", "--received-at", "segment", "--by", "more ops", *place)

    store = open_store(sqlite_url)

    assert {loads(row.data)["by"] for row in log(store)} == {"more ops", "ops"}
    store.close()
