"""PostgreSQL behind pgbouncer in transaction mode: few connections, shared by all transactions.

Skipped, and told so, where there is no pgbouncer.
"""

import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest
from sqlalchemy import make_url

from adapter.clock import ManualClock
from adapter.errors import OperatorError
from adapter.model.workspaces import Workspace
from adapter.services.sweeping import Sweeping
from adapter.store.open import open_store
from tests.build import T0, anonymous_event, apply, at, delivery, identify, log, with_workspace
from tests.databases import unprivileged
from tests.store.claiming import claim, put, settled

_PORT = 6432
_CONNECTIONS = 2
_CLIENTS = 4
_ROUNDS = 8  # more than it takes the driver to prepare a statement
_CONFIGURATION = """\
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr =
listen_port = {pooler}
unix_socket_dir = {folder}
auth_type = any
pool_mode = transaction
default_pool_size = {size}
"""


@pytest.fixture
def pooled_url(postgres_url):
    program = shutil.which("pgbouncer")
    if program is None:
        pytest.skip("NOT RUN BEHIND A POOLER: needs pgbouncer")
    url = make_url(postgres_url)
    with tempfile.TemporaryDirectory(prefix="adapter-pool-") as folder:
        file = Path(folder) / "pgbouncer.ini"
        file.write_text(
            _CONFIGURATION.format(
                host=url.host or url.query["host"],
                port=url.port or 5432,
                user=url.username,
                pooler=_PORT,
                folder=folder,
                size=_CONNECTIONS,
            )
        )
        owner = unprivileged()
        if owner:
            shutil.chown(folder, owner)
        process = subprocess.Popen([program, "-q", str(file)], user=owner)
        while not (Path(folder) / f".s.PGSQL.{_PORT}").exists():
            assert process.poll() is None
        query = {"host": folder, "port": str(_PORT), "pooling": "transaction"}
        pooled = url.set(host=None, port=None, query=query)
        yield pooled.render_as_string(hide_password=False)
        process.terminate()
        process.wait()


def test_several_servers_share_a_few_connections(pooled_url):
    stores = [open_store(pooled_url) for _ in range(_CLIENTS)]
    with_workspace(stores[0])
    for store in stores:
        store.make_days(T0)
    apply(stores[0], anonymous_event("anon-0"))
    failures = []

    def run(number):
        try:
            for turn in range(_ROUNDS):
                visitor = f"anon-{number}-{turn}"
                apply(stores[number], anonymous_event(visitor), anonymous_event("anon-0"))
                apply(stores[number], identify(f"{visitor}@example.com", anonymous_id=visitor))
                log(stores[number], view="identified")
        except Exception as error:  # noqa: BLE001 - told below, in the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(_CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    lines = log(stores[0], type="event")
    visits = _CLIENTS * _ROUNDS
    assert [line.view for line in lines].count("identified") == visits
    assert [line.view for line in lines].count("anonymous") == visits + 1
    for store in stores:
        store.close()


def test_every_transaction_has_the_settings(pooled_url):
    store = open_store(pooled_url)

    def settings(transaction):
        names = ("lock_timeout", "enable_seqscan", "synchronous_commit")
        ask = transaction._connection.exec_driver_sql
        return [ask(f"SHOW {name}").scalar_one() for name in names]

    # Whatever a connection was told by others before.
    assert [store.write(settings) for _ in range(3)] == [["10s", "off", "on"]] * 3
    store.close()


def test_settings_sweep_and_outbox_work(pooled_url):
    store = open_store(pooled_url)
    made: Workspace = with_workspace(store)
    apply(store, anonymous_event("anon-1"))
    put(store, *(delivery(nth) for nth in range(3)))

    store.write(lambda transaction: transaction.set_policy(made.id, {"retention_seconds": 60}))
    claimed = claim(store)
    store.outbox.exchange([settled(each) for each in claimed], (), T0)
    Sweeping(store, ManualClock(at(days=3)), pause=lambda: None).sweep()

    assert len(claimed) == 3
    assert claim(store) == []
    assert log(store, type="event") == []
    store.close()


def test_another_kind_of_pooling_is_refused_with_a_cure():
    with pytest.raises(OperatorError, match="or say transaction"):
        open_store("postgresql://host/database?pooling=statement")
