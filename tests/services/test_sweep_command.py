"""``adapter sweep``: one pass, told as JSON."""

from click.testing import CliRunner

from adapter.cli import main
from adapter.jsonvalue import loads
from adapter.store.open import open_store
from tests.build import anonymous_event, apply, with_workspace


def test_r2_a_sweep_tells_what_it_purged(sqlite_url):
    store = open_store(sqlite_url)
    with_workspace(store)
    apply(store, anonymous_event())
    store.close()

    done = CliRunner().invoke(main, ["sweep", "--json", "--database-url", sqlite_url])

    assert done.exit_code == 0
    told = loads(done.stdout)
    assert told["rows"]["anonymous_events"] == 1
    assert told["days"] == 0
    assert told["lag_seconds"]["anonymous_events"] == 0
