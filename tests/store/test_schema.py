"""Migrations: they make what the tables say, once, whoever starts first."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from adapter.errors import OperatorError
from adapter.store import schema
from adapter.store.engine import read_url
from adapter.store.open import open_store
from adapter.store.schema import current, distribute, head, upgrade
from adapter.store.tables import metadata
from tests.build import with_workspace

MIGRATIONS = Path(schema.__file__).parent / "migrations"

_OF_SQLITE_ALONE = {
    "anonymous_ids_ref_idx",
    "anonymous_events_workspace_id_received_at_idx",
    "invite_events_workspace_id_received_at_idx",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request):
    name = "empty_sqlite_url" if request.param == "sqlite" else "empty_postgres_url"
    return request.getfixturevalue(name)


def test_migrations_make_what_the_tables_say(database_url):
    engine = create_engine(read_url(database_url))

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        # What is made on SQLite alone, which alembic does not know.
        differences = [
            difference
            for difference in compare_metadata(context, metadata)
            if not (difference[0] == "add_index" and difference[1].name in _OF_SQLITE_ALONE)
        ]

    engine.dispose()
    assert differences == []


def test_an_empty_database_has_no_revision_and_is_not_ready(empty_url):
    store = open_store(empty_url)

    assert current(empty_url) is None
    assert not store.is_ready()
    store.close()


def test_upgrading_twice_changes_nothing(empty_url):
    upgrade(empty_url)
    store = open_store(empty_url)
    made = with_workspace(store)

    upgrade(empty_url)

    assert current(empty_url) == head()
    assert store.is_ready()
    assert store.workspaces() == [made]
    store.close()


def test_processes_that_start_together_upgrade_once(empty_url):
    failures = []

    def run():
        try:
            upgrade(empty_url)
        except OperatorError as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert current(empty_url) == head()


def test_a_database_that_cannot_be_opened_is_told_with_a_cure(tmp_path):
    with pytest.raises(OperatorError, match="ADAPTER_DATABASE_URL"):
        upgrade(f"sqlite:///{tmp_path}/no/such/folder/store.db")


def test_a_database_that_a_newer_version_made_is_left_alone(database_url):
    engine = create_engine(read_url(database_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()

    with pytest.raises(OperatorError, match="revision 9999, which a newer version made"):
        upgrade(database_url)

    assert current(database_url) == "9999"


def test_a_database_of_no_cluster_is_not_spread_and_stays_in_use(empty_url):
    with pytest.raises(OperatorError, match="Citus"):
        distribute(empty_url)

    store = open_store(empty_url)
    made = with_workspace(store)
    assert store.workspaces() == [made]
    store.close()


def test_the_newest_revision_is_the_one_that_alembic_goes_up_to():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_current_head() == head()


def test_a_start_on_a_current_database_does_without_what_migrates(tmp_path):
    url = f"sqlite:///{tmp_path}/adapter.db"
    upgrade(url)
    start = (
        "import sys\n"
        "from adapter.bootstrap import open_services\n"
        "from adapter.settings import read_settings\n"
        f"services = open_services(read_settings(database_url={url!r}))\n"
        "assert services.is_ready()\n"
        "services.close()\n"
        "sys.exit('alembic' in sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", start], check=False).returncode == 0
