"""L1 on SQLite: keys that lie together, and those from before they did."""

import pytest
from sqlalchemy import text

from adapter.rules.decision import Fate
from adapter.rules.facts import Home
from adapter.store.keys import _numbered
from adapter.store.open import open_store
from adapter.store.schema import upgrade
from tests.build import anonymous_event, apply, log, unapplicable, with_workspace

MOMENT = 1_772_359_200_000
TIMED = f"ajs-next-{MOMENT}-0c3a1b1e-1111-4222-8333-123456789abc"
RANDOM = "0c3a1b1e-1111-4222-8333-12345678abcd"


def shown(message_id):
    """Give the number that a key shows; None if it shows none."""
    key = _numbered(1, message_id)
    return int.from_bytes(key[:-16]) if len(key) > 16 else None


@pytest.mark.parametrize(
    ("message_id", "number"),
    [
        pytest.param(TIMED, MOMENT, id="analytics.js"),
        pytest.param(f"{TIMED}#2", MOMENT, id="analytics.js, a further part"),
        pytest.param(f"node-next-{MOMENT}-{RANDOM}", MOMENT, id="analytics-node"),
        pytest.param(str(MOMENT), MOMENT, id="milliseconds alone"),
        pytest.param("019cab1e-0b00-7000-8000-00000000abcd", 0x019CAB1E0B00, id="UUIDv7"),
        pytest.param("order-0000123", 123, id="a count at the end"),
        pytest.param("order-640#1", 640, id="a count before the part"),
        pytest.param("7", 7, id="a count alone"),
    ],
)
def test_a_key_shows_sixteen_bits_of_the_number_in_its_id(message_id, number):
    assert shown(message_id) == number // 64 % 65_536


@pytest.mark.parametrize(
    "message_id",
    [
        pytest.param(RANDOM, id="UUIDv4"),
        pytest.param("somebody@example.com", id="an address"),
        pytest.param("m1", id="digits of a word"),
        pytest.param("a-12345678901234567", id="more digits than a count has"),
        pytest.param("not-quite-a-uuid7-is-thirty-six-long", id="as long as a UUID"),
        pytest.param("zzzzzzzz-zzzz-7zzz-8000-000000000000", id="a UUIDv7 of other letters"),
        pytest.param("m-١٢٣", id="digits of another script"),
        pytest.param("", id="nothing"),
    ],
)
def test_an_id_without_a_number_shows_nothing(message_id):
    assert shown(message_id) is None


def test_ids_of_one_moment_show_the_same_and_are_told_apart():
    keys = [_numbered(1, f"ajs-next-{MOMENT + nth}-{RANDOM}") for nth in range(64)]

    assert len({key[:2] for key in keys}) == 1
    assert len(set(keys)) == 64


def test_l1_on_postgresql_servers_of_two_versions_know_the_same_keys(postgres_url):
    store = open_store(postgres_url)
    with_workspace(store)
    apply(store, anonymous_event(message_id=TIMED))

    with store._reader.connect() as connection:
        lengths = connection.execute(text("SELECT length(key) FROM message_keys")).scalars().all()
    store.close()
    assert lengths == [16]


@pytest.fixture
def upgraded(sqlite_url):
    """Open a store with keys from before they bore numbers, brought up to date."""
    store = open_store(sqlite_url)
    with_workspace(store)
    apply(
        store,
        anonymous_event(message_id=TIMED),
        anonymous_event(message_id=RANDOM),
        unapplicable(message_id="order-7"),
    )
    with store._writer.begin() as connection:
        for step in (
            "UPDATE message_keys SET key = substr(key, -16)",
            "ALTER TABLE workspaces DROP COLUMN plain_keys",
            "UPDATE alembic_version SET version_num = '0018'",
        ):
            connection.execute(text(step))
    store.close()
    upgrade(sqlite_url)
    store = open_store(sqlite_url)
    yield store
    store.close()


def test_l1_keys_from_before_are_recognised(upgraded):
    outcomes = apply(
        upgraded,
        anonymous_event(message_id=TIMED),
        anonymous_event(message_id=RANDOM),
        anonymous_event(message_id=f"{TIMED}0"),
    )

    assert [each.fate for each in outcomes] == [Fate.DUPLICATE, Fate.DUPLICATE, Fate.STORED]
    assert upgraded.find_key(1, TIMED).home is Home.ANONYMOUS
    assert upgraded.find_keys(1, [TIMED, RANDOM]).keys() == {TIMED, RANDOM}


def test_l1_a_key_from_before_of_what_had_no_effect_gives_way_once(upgraded):
    mended = [anonymous_event(message_id="order-7") for _ in range(3)]

    fates = [apply(upgraded, message)[0].fate for message in mended]

    assert fates == [Fate.STORED, Fate.DUPLICATE, Fate.DUPLICATE]
    assert upgraded.find_key(1, "order-7").home is Home.ANONYMOUS
    assert len([line for line in log(upgraded) if line.event_id == "order-7"]) == 2


def test_l1_keys_from_before_are_looked_for_only_where_there_may_be_some(upgraded):
    newer = with_workspace(upgraded, "newer")
    with upgraded._reader.connect() as connection:
        query = text("SELECT id, plain_keys FROM workspaces ORDER BY id")
        marked = [tuple(row) for row in connection.execute(query)]

    assert marked == [(1, 1), (newer.id, 0)]
