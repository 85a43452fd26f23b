"""P6, M12: how long it takes somebody to go does not depend on how many others there are."""

import re

import pytest
from sqlalchemy import event

from adapter.clock import ManualClock
from adapter.services.unmerging import Unmerging
from adapter.store.open import open_store
from adapter.store.outbox_tables import metadata
from tests.build import (
    T0,
    anonymous_event,
    apply,
    delete_person,
    identified_event,
    identify,
    suppress_person,
    unsuppress_person,
    with_workspace,
)

_LARGE = set(metadata.tables) - {"workspaces", "sources"}


@pytest.fixture
def store(sqlite_url):
    store = open_store(sqlite_url)
    with_workspace(store)
    apply(store, anonymous_event("a"), identify("u1", anonymous_id="a"), identified_event("u1"))
    apply(store, anonymous_event("b"), identify("u2", anonymous_id="b"), identified_event("u2"))
    yield store
    store.close()


def scanned(store, act):
    """Name the tables that SQLite reads whole while something is done."""
    said = []

    def listen(*told):
        said.append(told[2:4])

    event.listen(store._writer, "before_cursor_execute", listen)
    act()
    event.remove(store._writer, "before_cursor_execute", listen)
    with store._reader.connect() as connection:
        plans = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            for statement, parameters in said
            if re.match("SELECT|INSERT|UPDATE|DELETE", statement)
        ]
    steps = [row[3] for plan in plans for row in plan]
    assert any("SEARCH" in step for step in steps)
    found = {match[1] for step in steps if (match := re.match(r"SCAN (\w+)(?! USING)", step))}
    return found & _LARGE


@pytest.mark.parametrize("leave", [delete_person, suppress_person])
def test_p6_nobody_elses_rows_are_read_to_let_somebody_go(store, leave):
    assert scanned(store, lambda: apply(store, leave("u1"))) == set()


def test_p6_nobody_elses_rows_are_read_to_unsuppress(store):
    apply(store, suppress_person("u1"))

    assert scanned(store, lambda: apply(store, unsuppress_person("u1"))) == set()


def test_m12_nobody_elses_rows_are_read_to_take_a_merge_back(store):
    (workspace,) = store.workspaces()
    unmerging = Unmerging(store, ManualClock(T0))

    assert scanned(store, lambda: unmerging.unmerge(workspace, "a")) == set()
