"""What the SQL stores do when the database does not do its part."""

import sqlite3
import sys
import threading

import psycopg
import pytest

from adapter.errors import OperatorError, StoreBusy, TransientError
from adapter.outbox import DeliveryQuery
from adapter.rules.decide import decide
from adapter.rules.needs import needs_of
from adapter.store import sql_store as module
from adapter.store.failures import StoreFailed
from adapter.store.open import open_store
from tests.build import anonymous_event, apply, identify, log, with_workspace
from tests.concurrency.campaigns import IN_FORCE


def do_not_sleep(_seconds):
    """Stand in for the waiting between attempts."""


@pytest.mark.parametrize(
    ("url", "told"),
    [
        pytest.param("nonsense", "cannot be read", id="no URL"),
        pytest.param("mysql://host/database", "mysql is no database", id="another database"),
        pytest.param("sqlite://", "must be a file", id="SQLite in memory"),
    ],
)
def test_a_database_url_that_is_wrong_is_refused_with_a_cure(url, told):
    with pytest.raises(OperatorError, match=f"{told}.*postgresql://"):
        open_store(url)


def test_a_missing_driver_is_told_with_its_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(OperatorError, match=r"pip install 'anonymous-events-adapter\[postgres\]'"):
        open_store("postgresql://nobody@nowhere/nothing")


def test_m10_a_piece_of_work_that_fails_leaves_nothing(sql_store):
    with_workspace(sql_store)

    def work(transaction):
        messages = [anonymous_event(message_id="m-1")]
        transaction.commit(decide(messages, transaction.facts(needs_of(messages))), [])
        raise ValueError("after the writes")

    with pytest.raises(ValueError, match="after the writes"):
        sql_store.write(work)

    assert log(sql_store) == []
    assert sql_store.find_key(1, "m-1") is None


def test_m10_c4_a_trigger_goes_the_way_of_the_merge_that_caused_it(sql_store):
    with_workspace(sql_store)
    apply(sql_store, seen := anonymous_event("anon-1", message_id="m-1"))
    claim = [identify("u-1", anonymous_id="anon-1")]

    def merge(transaction, then=lambda: None):
        transaction.commit(decide(claim, transaction.facts(needs_of(claim, IN_FORCE))), [])
        then()

    def fail():
        raise ValueError("after the writes")

    with pytest.raises(ValueError, match="after the writes"):
        sql_store.write(lambda transaction: merge(transaction, then=fail))
    left = sql_store.outbox.triggers(1, seen.id), log(sql_store, view="identified")
    sql_store.write(merge)

    assert left == ([], [])
    assert {each.campaign for each in sql_store.outbox.triggers(1, seen.id)} == {
        "viewed",
        "viewed-once",
        "viewed-hourly",
    }
    assert len(waiting_for(sql_store)) == 3


def waiting_for(store):
    return store.outbox.deliveries(DeliveryQuery(workspace_id=1, limit=10))


def test_a_piece_of_work_is_done_again_after_a_lost_race(sql_store):
    with_workspace(sql_store)
    attempts = []

    def work(transaction):
        attempts.append(transaction)
        if len(attempts) < 3:
            raise StoreBusy
        return "done"

    assert sql_store.write(work) == "done"
    assert len(attempts) == 3


def test_a_store_that_stays_busy_gives_up(sql_store, monkeypatch):
    with_workspace(sql_store)
    monkeypatch.setattr(sql_store._retrying, "sleep", do_not_sleep)

    def work(transaction):
        raise StoreBusy

    with pytest.raises(StoreBusy):
        sql_store.write(work)


def test_a_decision_made_with_outdated_facts_is_refused(sql_store, monkeypatch):
    with_workspace(sql_store)
    monkeypatch.setattr(sql_store._retrying, "sleep", do_not_sleep)
    stale = [anonymous_event("anon-1", message_id="m-1")]
    facts = sql_store.write(lambda transaction: transaction.facts(needs_of(stale)))
    decision = decide(stale, facts)
    apply(sql_store, anonymous_event("anon-2", message_id="m-1"))

    with pytest.raises(StoreBusy):
        sql_store.write(lambda transaction: transaction.commit(decision, []))

    assert [row.anonymous_id for row in log(sql_store)] == ["anon-2"]


def test_a_locked_sqlite_file_is_busy_not_broken(sqlite_url, monkeypatch):
    monkeypatch.setattr(module, "_ATTEMPTS", 2)
    store = open_store(sqlite_url)
    with_workspace(store)
    with store._writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreBusy):
        apply(store, anonymous_event())

    other.execute("ROLLBACK")
    other.close()
    assert len(apply(store, anonymous_event())) == 1
    store.close()


def test_a_full_sqlite_file_is_busy_not_broken(sqlite_url, monkeypatch):
    store = open_store(sqlite_url)
    with_workspace(store)
    monkeypatch.setattr(store._retrying, "sleep", do_not_sleep)
    apply(store, anonymous_event(message_id="m-1"))
    limit_pages(store, 1)

    with pytest.raises(StoreBusy):
        apply(store, *(anonymous_event(data=f'{{"text":"{"x" * 9_000}"}}') for _ in range(9)))

    limit_pages(store, 1_000_000)
    assert len(apply(store, anonymous_event(message_id="m-2"))) == 1
    assert {row.event_id for row in log(store)} == {"m-1", "m-2"}
    store.close()


def limit_pages(store, most):
    """Let the file grow no further than this, or than it is."""
    with store._writer.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {most}")


@pytest.fixture
def postgres_store(postgres_url):
    store = open_store(postgres_url)
    with_workspace(store)
    yield store
    store.close()


def lose(transaction, url):
    """Have the server end the transaction's connection."""
    pid = transaction._connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with psycopg.connect(url, autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_work_whose_connection_is_lost_is_done_again(postgres_store, postgres_url):
    attempts = []

    def work(transaction):
        attempts.append(transaction)
        if len(attempts) == 1:
            lose(transaction, postgres_url)
        messages = [anonymous_event()]
        transaction.commit(decide(messages, transaction.facts(needs_of(messages))), [])

    postgres_store.write(work)

    assert len(attempts) == 2
    assert len(log(postgres_store)) == 1


def test_a_commit_that_nobody_knows_the_end_of_is_left_to_the_sender(postgres_store, postgres_url):
    attempts = []

    def work(transaction):
        attempts.append(transaction)
        transaction.facts(needs_of([anonymous_event()]))
        lose(transaction, postgres_url)

    with pytest.raises(TransientError):
        postgres_store.write(work)

    assert len(attempts) == 1


@pytest.mark.parametrize(
    "state",
    [
        pytest.param("53100", id="its disk is full"),
        pytest.param("53300", id="it has too many connections"),
        pytest.param("57P03", id="it starts up"),
        pytest.param("25006", id="it is a standby, not yet promoted"),
    ],
)
def test_what_passes_is_busy_not_broken(postgres_store, monkeypatch, state):
    monkeypatch.setattr(postgres_store._retrying, "sleep", do_not_sleep)

    def work(transaction):
        transaction._connection.exec_driver_sql(f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$")

    with pytest.raises(StoreBusy):
        postgres_store.write(work)


def test_what_the_database_cannot_take_is_told_without_the_values(postgres_store):
    with pytest.raises(StoreFailed) as told:
        apply(postgres_store, anonymous_event(name="secret \x00 name"))

    assert "secret" not in told.value.message


def test_settings_wait_for_the_batches_under_way(postgres_store):
    decided, changed = threading.Event(), threading.Event()

    def change():
        decided.wait()
        postgres_store.write(lambda transaction: transaction.set_policy(1, {"merging": False}))
        changed.set()

    thread = threading.Thread(target=change)
    thread.start()

    def work(transaction):
        messages = [identify(anonymous_id="anon-1")]
        decision = decide(messages, transaction.facts(needs_of(messages)))
        decided.set()
        # The other side waits inside the database until this transaction has ended.
        assert not changed.wait(0.2)
        transaction.commit(decision, [])

    postgres_store.write(work)
    thread.join()

    assert changed.is_set()
    assert postgres_store.workspaces()[0].settings == {"merging": False}
