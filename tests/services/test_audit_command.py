"""``adapter audit``: balances, or says where not and exits 1."""

import pytest
from click.testing import CliRunner

from adapter.cli import main
from adapter.jsonvalue import dumps, loads
from adapter.store.open import open_store
from tests.build import anonymous_event, apply, with_workspace
from tests.store.test_received import body


@pytest.fixture
def run(database_url):
    def run(*words):
        return CliRunner().invoke(main, [*words, "--database-url", database_url])

    return run


def test_l4_what_was_replayed_balances(run, tmp_path):
    file = tmp_path / "calls.json"
    call = {"type": "track", "event": "Viewed", "messageId": "m1", "anonymousId": "a1"}
    file.write_text(dumps([call, call, 7]))
    run("workspace", "create", "demo")
    run("replay", str(file))

    done = run("audit", "--json")

    assert done.exit_code == 0
    (audited,) = loads(done.stdout)
    assert audited["balances"] is True
    counts = ("received", "stored", "duplicate", "quarantined")
    assert [audited[name] for name in counts] == [3, 1, 1, 1]


def test_l4_what_does_not_balance_is_named_and_exits_1(run, database_url):
    store = open_store(database_url)
    with_workspace(store)
    apply(store, anonymous_event(), received=[body(), body()])
    store.close()

    done = run("audit")

    assert done.exit_code == 1
    assert "2026-03-01T10:00:00.000000Z" in done.stdout
