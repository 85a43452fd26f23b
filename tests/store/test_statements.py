"""How the SQL stores speak: a fixed number of statements, which a distributed engine would take."""

import re
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, event, text

from adapter.ports import ActivityQuery
from adapter.store.engine import read_url
from adapter.store.open import open_store
from adapter.store.sql import ON_CLUSTER
from adapter.store.tables import metadata
from tests.build import (
    T0,
    add_device,
    anonymous_event,
    apply,
    at,
    delete_object,
    delete_person,
    delivery,
    identified_event,
    identify,
    identify_object,
    invite_event,
    merge_people,
    relate,
    relation,
    suppress_person,
    unapplicable,
    unrelate,
    unsuppress_person,
    with_workspace,
)
from tests.store.claiming import put, wanted

_COPIED_TO_EVERY_NODE = {"workspaces", "sources", "mappings"}
_VOLATILE = re.compile(r"now\(|current_timestamp|clock_timestamp|random\(|nextval\(", re.IGNORECASE)


@contextmanager
def spoken(engine):
    """List what is said to the database meanwhile, each with how often the driver repeats it."""
    said = []

    def listen(*told):
        _connection, _cursor, statement, parameters, _context, repeated = told
        said.append((statement, len(parameters) if repeated else 1))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def everything(count, minute):
    """Make a batch with ``count`` of every kind of message, to be applied after the last one."""
    moment = {"received_at": at(minutes=minute)}
    names = [f"{minute}-{number}" for number in range(count)]
    return [
        *(anonymous_event(f"anon-{name}", **moment) for name in names),
        *(anonymous_event(f"anon-{minute - 1}-{n}", **moment) for n in range(count)),
        *(invite_event(f"friend-{name}@example.com", **moment) for name in names),
        *(identified_event(f"buyer-{name}@example.com", **moment) for name in names),
        *(identify(f"u-{name}", email=f"{name}@example.com", **moment) for name in names),
        *(
            identify(f"u-{minute - 1}-{n}", anonymous_id=f"anon-{minute - 1}-{n}", **moment)
            for n in range(count)
        ),
        *(add_device(f"u-{name}", **moment) for name in names),
        *(
            identify_object(f"o-{name}", relation(f"anon-{name}", stranger=True), **moment)
            for name in names
        ),
        *(relate(relation(f"u-{name}", f"o-{name}"), **moment) for name in names),
        *(unrelate(relation(f"u-{name}", f"o-{name}"), **moment) for name in names),
        *(delete_object(f"o-{minute - 2}-{n}", **moment) for n in range(count)),
        *(merge_people(f"u-{name}", f"buyer-{name}@example.com", **moment) for name in names),
        *(unapplicable(raw=name) for name in names),
        *(delete_person(f"u-{minute - 1}-{n}", **moment) for n in range(0, count, 2)),
        *(suppress_person(f"u-{minute - 1}-{n}", **moment) for n in range(1, count, 2)),
        *(unsuppress_person(f"u-{minute - 2}-{n}", **moment) for n in range(1, count, 2)),
    ]


def test_the_number_of_statements_does_not_grow_with_the_batch(sql_store):
    with_workspace(sql_store)
    apply(sql_store, *everything(40, minute=0))
    apply(sql_store, *everything(40, minute=1))

    counts = []
    for minute, size in enumerate((2, 40), start=2):
        with spoken(sql_store._writer) as said:
            apply(sql_store, *everything(size, minute=minute))
        counts.append(len(said))

    # Of many rows SQLite takes whole steps together, the rest by themselves.
    most = 2 if sql_store._writer.dialect.name == "sqlite" else 1
    assert counts[0] <= counts[1] <= most * counts[0]


def test_on_postgresql_no_statement_is_repeated_row_by_row(postgres_url):
    store = open_store(postgres_url)
    with_workspace(store)

    with spoken(store._writer) as said:
        apply(store, *everything(10, minute=0))
        apply(store, *everything(10, minute=1))

    assert [statement for statement, times in said if times != 1] == []
    store.close()


def more_than_postgresql(store):
    """Count what SQLite says besides: begin and a second read; or a cluster: a lock."""
    if store._writer.dialect.name == "sqlite":
        return 2
    with store._writer.connect() as connection:
        return int(connection.info[ON_CLUSTER])


def test_a_batch_of_anonymous_events_takes_few_statements(sql_store):
    with_workspace(sql_store)
    apply(sql_store, anonymous_event())

    with spoken(sql_store._writer) as said:
        apply(sql_store, *(anonymous_event(f"anon-{n}") for n in range(50)))

    assert len(said) == 7 + more_than_postgresql(sql_store)


def test_no_statement_reads_the_clock_of_the_database(sql_store):
    with_workspace(sql_store)

    with spoken(sql_store._writer) as said:
        apply(sql_store, *everything(3, minute=0))
        apply(sql_store, *everything(3, minute=1))

    assert [statement for statement, _ in said if _VOLATILE.search(statement)] == []


def test_rows_of_spread_tables_are_locked_by_upsert_alone(sql_store):
    with_workspace(sql_store)

    with spoken(sql_store._writer) as said:
        apply(sql_store, *everything(3, minute=0))
        apply(sql_store, *everything(3, minute=1))
        sql_store.write(lambda transaction: transaction.set_policy(1, {}))
        sql_store.write(lambda transaction: transaction.claims(1, at(minutes=-1)))

    locking = [statement for statement, _ in said if re.search("FOR (UPDATE|SHARE)", statement)]
    assert [statement for statement in locking if "workspaces" not in statement] == []
    assert [statement for statement, _ in said if "SKIP LOCKED" in statement] == []


@pytest.mark.parametrize("ordered", [False, True], ids=["any order", "in order"])
def test_a_claim_locks_rows_of_one_bucket_alone(sql_store, ordered):
    with_workspace(sql_store)
    put(sql_store, *(delivery(nth) for nth in range(3)))

    with spoken(sql_store._writer) as said:
        sql_store.outbox.exchange((), [wanted(2, ordered=ordered)], T0)

    changing = [text for text, _ in said if re.search("FOR UPDATE|UPDATE deliveries", text)]
    assert changing
    assert [text for text in changing if "deliveries.bucket = " not in text] == []


@pytest.mark.parametrize(
    "table", [name for name in metadata.tables if name not in _COPIED_TO_EVERY_NODE]
)
def test_every_unique_key_would_do_for_a_spread_table(postgres_url, table):
    engine = create_engine(read_url(postgres_url))

    # PostgreSQL itself refuses a unique key that lacks the column it spreads by.
    with engine.begin() as connection:
        connection.execute(
            text(f"CREATE TABLE spread (LIKE {table} INCLUDING ALL) PARTITION BY HASH (bucket)")
        )

    engine.dispose()
    assert "bucket" in metadata.tables[table].primary_key.columns


def test_reading_the_log_takes_as_many_statements_however_long_it_is(sql_store):
    with_workspace(sql_store)
    counts = []

    for minute in (0, 1):
        apply(sql_store, *everything(5, minute=minute))
        with spoken(sql_store._reader) as said:
            sql_store.activities(ActivityQuery(workspace_id=1, alive_after=at(days=-1)))
        counts.append(len(said))

    assert counts[0] == counts[1]
