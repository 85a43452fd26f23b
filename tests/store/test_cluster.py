"""Storage 5.4: on a Citus cluster hot statements go to one shard, or are safe on several.

Skipped, and told so, where ``ADAPTER_TEST_CITUS_URL`` names no coordinator; ``tests/clusters.py``
makes the other tests of PostgreSQL run on the cluster as well.
"""

import os
import re

import psycopg
import pytest
from sqlalchemy import event

from adapter.clock import ManualClock
from adapter.services.digesting import Digesting, digest_json
from adapter.store.open import open_store
from adapter.store.schema import distribute, upgrade
from adapter.store.tables import COPIED, metadata
from adapter.sweepable import Expiring
from tests.build import (
    T0,
    anonymous_event,
    apply,
    at,
    delivery,
    identified_event,
    identify,
    with_workspace,
)
from tests.clusters import GIVEN_URL
from tests.store.claiming import KEY, claim, put, settled, wanted

pytestmark = pytest.mark.skipif(
    not os.environ.get(GIVEN_URL), reason=f"NOT RUN ON A CLUSTER: needs {GIVEN_URL}"
)

_SENT_TO_THEIR_SHARDS = "INSERT/SELECT method: pull to coordinator"
_TASKS = re.compile(r"Task Count: (\d+)")

SAFE_ON_SEVERAL = {
    "DELETE FROM": "the sweep: each shard deletes what has expired there, and what it misses the "
    "next sweep finds; nobody sees an expired row meanwhile",
    "SELECT message_keys.record": "the sweep: picks keys that no merge can need any more",
    "SELECT person_events.id": "the sweep: looks for records that became a person's, in all homes",
    "UPDATE deliveries SET state='dead'": "gives up what is past its time; each row is judged on "
    "its own shard, under its own lock",
}
"""Statements that ask every shard, by how they begin, and why that is safe."""


@pytest.fixture
def spread_store(postgres_url):
    store = open_store(postgres_url)
    with_workspace(store)
    # Makes the days, so that what is said below is the hot path alone.
    apply(store, anonymous_event("anon-0"))
    yield store
    store.close()


def said(store, work):
    """List the statements, with their parameters, that a piece of work says; each text once."""
    heard = {}

    def listen(*told):
        _connection, _cursor, statement, parameters, *_ = told
        heard.setdefault(statement, parameters)

    event.listen(store._writer, "before_cursor_execute", listen)
    try:
        work()
    finally:
        event.remove(store._writer, "before_cursor_execute", listen)
    return {text: given for text, given in heard.items() if not text.startswith("SET ")}


def explained(url, statements):
    """Ask for the plan of each statement."""
    with psycopg.connect(url) as connection:
        cursor = psycopg.ClientCursor(connection)
        for statement, parameters in statements.items():
            cursor.execute(f"EXPLAIN (COSTS OFF) {statement}", parameters)
            yield statement, "\n".join(line for (line,) in cursor.fetchall())


def shards_asked(plan):
    """Tell how many shards a plan reads or changes at most in one step.

    An insert of given rows sends each row to the shard of its bucket, and to no other: its key
    holds the bucket, so nothing on another shard could conflict with it.
    """
    if "Citus" not in plan:
        return 0  # of the coordinator's own, such as its locks
    tasks = [int(count) for count in _TASKS.findall(plan)]
    assert tasks or _SENT_TO_THEIR_SHARDS in plan, plan
    return max(tasks, default=1)


def rows_given(statement):
    """Count the rows that an insert writes out; each goes to the shard of its bucket."""
    return statement.count("), (%s") + 1


def test_all_tables_lie_together_or_are_copied_to_every_node(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        rows = connection.execute(
            "SELECT table_name::text, citus_table_type, distribution_column, colocation_id"
            " FROM citus_tables"
        ).fetchall()

    kinds = {name: (kind, column) for name, kind, column, _ in rows}
    copied = {table.name for table in COPIED}
    assert kinds == {
        name: ("reference", "<none>") if name in copied else ("distributed", "bucket")
        for name in metadata.tables
    }
    assert len({group for name, *_, group in rows if name not in copied}) == 1


def test_every_node_plans_as_the_coordinator_does(postgres_url):
    # A copy of a database has no settings of its own; spread again, it has.
    distribute(postgres_url)

    with psycopg.connect(postgres_url) as connection:
        told = connection.execute(
            "SELECT result FROM run_command_on_all_nodes('SHOW enable_seqscan')"
        ).fetchall()

    assert {setting for (setting,) in told} == {"off"}


def test_spreading_twice_and_upgrading_change_nothing(postgres_url):
    assert distribute(postgres_url) == []
    upgrade(postgres_url)


def digest(store):
    (workspace,) = store.workspaces()
    return digest_json(workspace, Digesting(store, ManualClock(at(hours=1))).digest(workspace))


def test_m11_what_was_stored_before_moves_to_the_shards_and_has_the_same_digest(postgres):
    with postgres.unspread() as url:
        store = open_store(url)
        with_workspace(store)
        for n in range(9):
            apply(store, anonymous_event(f"anon-{n}", message_id=f"m-{n}"), identified_event())
            if n % 2:
                apply(store, identify(f"p-{n}", anonymous_id=f"anon-{n}", received_at=at(hours=1)))
        before = digest(store)
        store.close()

        distribute(url, shards=4)

        store = open_store(url)
        assert digest(store) == before
        apply(store, anonymous_event("anon-0", message_id="m-0"))
        assert digest(store)["parts"]["events"] == before["parts"]["events"]
        store.close()


def ingest(store):
    apply(store, anonymous_event("anon-1", message_id="m-1"))
    apply(store, anonymous_event("anon-1", message_id="m-1"))
    apply(store, identified_event("person@example.com", message_id="m-2"))
    apply(store, identify(anonymous_id="anon-1", received_at=at(minutes=1)))
    apply(store, anonymous_event("anon-1", received_at=at(minutes=2)))


def deliver(store):
    put(store, *(delivery(nth) for nth in range(3)))
    assert store.outbox.due([(1, f"campaigns/{n}") for n in range(9)] + [KEY], T0) == [KEY]
    (first, *_) = claim(store)
    store.outbox.exchange([settled(first)], [wanted(ordered=True)], T0)


@pytest.mark.parametrize("work", [ingest, deliver], ids=["ingest and merge", "deliver"])
def test_a_statement_about_one_visitor_asks_one_shard(spread_store, postgres_url, work):
    statements = said(spread_store, lambda: work(spread_store))

    plans = dict(explained(postgres_url, statements))

    assert len(plans) >= 6
    wide = {text: plan for text, plan in plans.items() if shards_asked(plan) > rows_given(text)}
    assert wide == {}


def test_a_batch_asks_the_shards_of_its_buckets_alone(spread_store, postgres_url):
    batch = [anonymous_event(f"anon-{n}", message_id=f"m-{n}") for n in range(2)]
    statements = said(spread_store, lambda: apply(spread_store, *batch))

    plans = dict(explained(postgres_url, statements))

    assert max(shards_asked(plan) for plan in plans.values()) <= len(batch)


def sweep(store):
    for table in Expiring:
        store.sweep(table, 1, at(days=40))
    store.outbox.expire(at(days=40))


def test_a_statement_that_asks_every_shard_is_known_to_be_safe(spread_store, postgres_url):
    apply(spread_store, anonymous_event("anon-1", message_id="m-1"))
    statements = said(spread_store, lambda: sweep(spread_store))

    wide = [text for text, plan in explained(postgres_url, statements) if shards_asked(plan) > 1]

    assert wide
    assert [text for text in wide if not text.startswith(tuple(SAFE_ON_SEVERAL))] == []
