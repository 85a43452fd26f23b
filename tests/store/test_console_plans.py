"""What the console lists is found by an index, however much there is."""

import re

import pytest
from sqlalchemy import event

from adapter.model.deliveries import DeliveryState
from adapter.outbox import DeliveryQuery
from adapter.store.open import open_store
from tests.build import T0, with_workspace


@pytest.fixture
def store(sqlite_url):
    store = open_store(sqlite_url)
    with_workspace(store)
    yield store
    store.close()


def plan_of(store, ask):
    """Give the steps by which SQLite answers what is asked, in one statement."""
    said = []

    def listen(*told):
        said.append(told[2:4])

    event.listen(store._reader, "before_cursor_execute", listen)
    ask()
    event.remove(store._reader, "before_cursor_execute", listen)
    (asked,) = [each for each in said if re.match("SELECT", each[0])]
    with store._reader.connect() as connection:
        return [
            row[3]
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[0]}", asked[1]).all()
        ]


QUERIES = {
    "all": ({}, "sqlite_autoindex_deliveries_1"),
    "older": ({"before": "x"}, "sqlite_autoindex_deliveries_1"),
    "of an endpoint": ({"endpoint": "a"}, "deliveries_workspace_id_endpoint_id_idx"),
    "of an event": ({"event_id": "e"}, "deliveries_event_id_id_idx"),
    "dead of an endpoint": ({"endpoint": "a", "state": "dead"}, "deliveries_dead_id_idx"),
    "of a person": ({"person_id": "p"}, "deliveries_person_id_id_idx"),
    **{
        state.value: ({"state": state}, f"deliveries_{state}_id_idx")
        for state in DeliveryState
        if state is not DeliveryState.DELIVERED
    },
}


@pytest.mark.parametrize(("asked", "index"), QUERIES.values(), ids=QUERIES)
def test_l5_deliveries_are_found_in_their_order_by_an_index(store, asked, index):
    query = DeliveryQuery(workspace_id=1, **asked)

    (step,) = plan_of(store, lambda: store.outbox.deliveries(query))

    assert step.startswith(f"SEARCH deliveries USING INDEX {index} (")


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({}, "sqlite_autoindex_quarantine_1"),
        ({"reason": "no_subject"}, "quarantine_workspace_id_reason_id_idx"),
    ],
)
def test_l3_the_quarantine_is_found_in_its_order_by_an_index(store, asked, index):
    (step,) = plan_of(store, lambda: store.quarantine(1, after=T0, before="x", **asked))

    assert step.startswith(f"SEARCH quarantine USING INDEX {index} (")


def test_l5_tries_are_found_by_their_delivery(store):
    (step,) = plan_of(store, lambda: store.outbox.attempts(1, "x"))

    assert step.startswith("SEARCH attempts USING INDEX sqlite_autoindex_attempts_1 (")
