"""PostgreSQL: rows that change again and again change on their page, and no index is written."""

import psycopg
import pytest

from adapter.store.open import open_store
from tests.build import anonymous_event, apply, at, identified_event, identify, with_workspace

VISITORS = 160
TOGETHER = 8
TURNS = 16
CHANGING = ("anonymous_ids", "identifiers", "people", "ledger")


def visits(minute, those):
    moment = {"received_at": at(minutes=minute)}
    for nth in those:
        yield anonymous_event(f"anon-{nth}", **moment)
        yield identify(f"person-{nth}@example.com", visits=minute, **moment)
        yield identified_event(f"person-{nth}@example.com", **moment)


def do(url, turns):
    """Have some come in each turn, none of them beside another on a page."""
    store = open_store(url)
    if not store.workspaces():
        with_workspace(store)
    for minute, those in turns:
        apply(store, *visits(minute, those))
    # Its connections tell what they have counted when they end.
    store.close()


def updates(url):
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT relname, n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables"
            " WHERE relname = ANY(%s)",
            [list(CHANGING)],
        )
        return {name: (every, hot) for name, every, hot in rows}


@pytest.fixture
def known_visitors_url(postgres_url):
    do(postgres_url, [(0, range(VISITORS))])
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_reset()")
    return postgres_url


def test_who_comes_again_is_updated_in_place(known_visitors_url):
    some = [range(turn % TOGETHER, VISITORS, TOGETHER) for turn in range(TURNS)]

    do(known_visitors_url, enumerate(some, start=1))

    counted = updates(known_visitors_url)
    assert counted.keys() == set(CHANGING)
    for name, (every, hot) in counted.items():
        assert every >= TURNS, name
        assert hot / every > 0.9, (name, every, hot)
