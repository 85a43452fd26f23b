"""The README's recipes: a backup made while records come in is whole, and continues from there.

One sender, so what a backup holds is the first so many of what it sent. Whoever restores it and
sends the rest must come to the state that the original came to (M11).
"""

import shutil
import sqlite3
import subprocess
import threading
import time
from itertools import count

import pytest

from adapter.bootstrap import open_services, shipped
from adapter.cli.replay import into_services
from adapter.jsonvalue import dumps
from adapter.rules.decision import Fate
from adapter.settings import Settings
from tests.databases import server_programs

BEFORE_BACKUP = 60


@pytest.fixture
def clock_file(tmp_path):
    """Stop time: what is received again must have been received at the same moment."""
    path = tmp_path / "clock.txt"
    path.write_text("2026-03-01T10:00:00Z")
    return path


@pytest.fixture
def opened(clock_file):
    """Gives the services on a database; all are closed in the end."""
    made = []

    def make(url):
        settings = Settings(
            database_url=url, rehearsal_clock=clock_file, mappings_dir=shipped("mappings")
        )
        made.append(open_services(settings))
        return made[-1]

    yield make
    for services in made:
        services.close()


def visit(number):
    """Give the nth record: five events of a visitor, who then is identified."""
    visitor, step = divmod(number, 6)
    common = {"messageId": f"m-{number}", "anonymousId": f"anon-{visitor}"}
    if step < 5:
        return {**common, "type": "track", "event": "Viewed", "properties": {"n": number}}
    return {**common, "type": "identify", "userId": f"person-{visitor}", "traits": {"n": number}}


class Traffic(threading.Thread):
    """Sends one record after another until told to stop; counts those that were answered."""

    def __init__(self, services):
        super().__init__(daemon=True)
        self.sent = 0
        self._send = into_services(services, services.tenants.default_source())
        self._stopped = threading.Event()

    def run(self):
        for number in count():
            if self._stopped.is_set():
                return
            self._send(dumps(visit(number)).encode(), None)
            self.sent = number + 1

    def wait_for(self, number):
        while self.sent < number:
            assert self.is_alive()
            time.sleep(0.001)

    def stop(self):
        self._stopped.set()
        self.join()


def stored(services):
    (workspace,) = services.store.workspaces()
    accounts = services.auditing.accounts(workspace)
    assert all(account.balances for account in accounts)
    return sum(account.fates[Fate.STORED] for account in accounts)


def digest(services):
    (workspace,) = services.store.workspaces()
    return services.digesting.digest(workspace)


def backed_up_under_load(services, back_up):
    """Back up while records come in; tell how many were answered before, and in all."""
    services.tenants.create("demo", {})
    traffic = Traffic(services)
    traffic.start()
    traffic.wait_for(BEFORE_BACKUP)
    before = traffic.sent
    back_up()
    traffic.wait_for(traffic.sent + 1)
    traffic.stop()
    return before, traffic.sent


def assert_continues(original, restored, before, sent):
    held = stored(restored)
    assert before <= held < sent
    send = into_services(restored, restored.tenants.default_source())
    for number in range(held, sent):
        send(dumps(visit(number)).encode(), None)
    assert digest(restored) == digest(original)


def vacuum_into(path, copy):
    with sqlite3.connect(path) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()


def backup_command(path, copy):
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.close()


@pytest.mark.parametrize("back_up", [vacuum_into, backup_command])
def test_l2_m11_a_sqlite_file_is_backed_up_whole_while_it_is_written(
    back_up, sqlite_url, opened, tmp_path
):
    original = opened(sqlite_url)
    copy = tmp_path / "backup.db"

    before, sent = backed_up_under_load(
        original, lambda: back_up(sqlite_url.removeprefix("sqlite:///"), copy)
    )

    shutil.copyfile(copy, tmp_path / "restored.db")
    assert_continues(original, opened(f"sqlite:///{tmp_path / 'restored.db'}"), before, sent)


def test_l2_m11_a_postgres_database_is_dumped_whole_while_it_is_written(
    postgres_url, empty_postgres_url, opened, tmp_path
):
    original = opened(postgres_url)
    dump = tmp_path / "backup.dump"

    def run(program, *arguments):
        subprocess.run([server_programs() / program, *arguments], check=True, capture_output=True)

    before, sent = backed_up_under_load(
        original, lambda: run("pg_dump", "--format=custom", f"--file={dump}", postgres_url)
    )

    run("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={empty_postgres_url}", dump)
    assert_continues(original, opened(empty_postgres_url), before, sent)
