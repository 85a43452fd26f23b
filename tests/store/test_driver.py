"""Statements on the driver's own cursor behave as SQLAlchemy's own do."""

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, IntegrityError

from adapter.errors import StoreBusy
from adapter.rules.decision import StoredKey
from adapter.rules.facts import Home
from adapter.store.driver import run
from adapter.store.keys import remember_keys
from adapter.store.open import open_store
from adapter.store.sql import runs_of
from tests.build import T0, anonymous_event, apply, log, with_workspace

COUNT = "SELECT count(*) AS many FROM anonymous_events"
KEEP = "INSERT INTO mappings (digest, text) VALUES ('d-1', 'a mapping')"


def test_rows_have_the_names_of_their_columns(sql_store):
    with sql_store._reader.connect() as connection:
        (row,) = run(connection, "SELECT 1 AS one, 'two' AS other")

        assert (row.one, row.other) == (1, "two")
        assert tuple(row) == (1, "two")
        assert run(connection, "SELECT 1 AS one WHERE 1 = 2") == ()


def test_the_first_statement_begins_the_transaction(sqlite_url):
    store = open_store(sqlite_url)
    with_workspace(store)
    with store._reader.connect() as connection:
        (before,) = run(connection, COUNT)
        apply(store, anonymous_event("anon-1"))
        (still,) = run(connection, COUNT)
        connection.rollback()
        (after,) = run(connection, COUNT)

    assert (before.many, still.many, after.many) == (0, 0, 1)
    store.close()


def test_an_error_is_told_as_sqlalchemy_tells_it(sql_store):
    with sql_store._writer.begin() as connection:
        run(connection, KEEP)
    with pytest.raises(IntegrityError) as told, sql_store._writer.begin() as connection:
        run(connection, KEEP)

    assert not told.value.connection_invalidated
    assert type(told.value.orig).__module__.partition(".")[0] in {"sqlite3", "psycopg"}


def test_a_connection_that_is_lost_is_told_and_replaced(postgres_url):
    store = open_store(postgres_url)
    with pytest.raises(DBAPIError) as told, store._writer.begin() as connection:
        run(connection, "SELECT pg_terminate_backend(pg_backend_pid())")

    assert told.value.connection_invalidated
    with store._writer.begin() as connection:
        assert [tuple(row) for row in run(connection, "SELECT 1 AS one")] == [(1,)]
    store.close()


def test_whoever_listens_hears_statements_and_may_change_them(sql_store):
    def listen(_connection, _cursor, text, parameters, _context, _repeated):
        return text.replace("1", "2"), parameters

    event.listen(sql_store._reader, "before_cursor_execute", listen, retval=True)
    with sql_store._reader.connect() as connection:
        (row,) = run(connection, "SELECT 1 AS one")

    assert row.one == 2


@pytest.mark.parametrize("count", [15, 16, 40])
def test_what_is_copied_to_postgresql_is_what_is_inserted(database_url, count):
    store = open_store(database_url)
    with_workspace(store)
    odd = 'a\ttab, a \\N, a\nline, "quotes", \\.\n and a snowman \u2603'

    apply(store, *(anonymous_event(f"anon-{nth}", name=odd, data=odd) for nth in range(count)))

    lines = log(store)
    assert [(line.name, line.data, line.message) for line in lines] == [
        (odd, odd, line.id) for line in lines
    ]
    assert len(lines) == count
    store.close()


def test_l1_a_copied_key_that_somebody_else_has_just_stored_is_no_fault(postgres_url):
    store = open_store(postgres_url)
    with_workspace(store)
    keys = [StoredKey((1, f"m-{n}"), b"c" * 16, Home.ANONYMOUS, f"r-{n}", T0) for n in range(20)]

    with store._writer.begin() as connection:
        remember_keys(connection, keys)
    with pytest.raises(StoreBusy), store._writer.begin() as connection:
        remember_keys(connection, keys)
    store.close()


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (0, []),
        (1, [1]),
        (63, [63]),
        (64, [64]),
        (65, [64, 1]),
        (500, [448, 52]),
        (512, [512]),
        (1_100, [512, 512, 64, 12]),
    ],
)
def test_rows_are_cut_into_few_runs_of_few_sizes_and_none_is_lost(count, sizes):
    rows = list(range(count))

    runs = list(runs_of(rows))

    assert [row for run in runs for row in run] == rows
    assert [len(run) for run in runs] == sizes


@pytest.mark.parametrize("count", [1, 21, 64, 130])
def test_a_batch_of_any_size_is_stored_whole_and_its_ids_are_named_apart(sql_store, count):
    with_workspace(sql_store)
    apply(sql_store, *(anonymous_event(f"anon-{nth}") for nth in range(count)))
    apply(sql_store, *(anonymous_event(f"anon-{nth}") for nth in range(count + 1)))

    facts = [sql_store.find_anonymous_id(1, f"anon-{nth}") for nth in range(count + 1)]
    assert len({fact.ref for fact in facts}) == count + 1
    assert len(log(sql_store)) == 2 * count + 1
