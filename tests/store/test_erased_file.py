"""P6: of who was erased no byte is left in a SQLite file or its log, and what is left is found."""

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from adapter.clock import ManualClock
from adapter.ids import new_id
from adapter.jsonvalue import dumps
from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.workspaces import Received
from adapter.rules.mentions import Mentions, Named, Traces
from adapter.services.erasing import Erasing, read_named
from adapter.store import database_file
from adapter.store.database_file import FileSearch
from adapter.store.open import open_store
from tests.build import (
    anonymous_event,
    apply,
    at,
    identified_event,
    identify,
    with_workspace,
)

ID, EMAIL, DEVICE = "user-4711", "person@example.com", "anon-4711-a"
NAMES = (ID.encode(), EMAIL.encode(), DEVICE.encode())


@pytest.fixture
def path(sqlite_url):
    return Path(make_url(sqlite_url).database)


@pytest.fixture
def store(sqlite_url):
    store = open_store(sqlite_url)
    yield store
    store.close()


@pytest.fixture
def workspace(store):
    return with_workspace(store)


@pytest.fixture
def erasing(store):
    return Erasing(store, ManualClock(at(hours=1)), pause=lambda: None)


def live(store, number, *, person, email, device):
    """Let somebody come as a stranger, sign up and go on, with bodies that are kept."""
    stamp = at(seconds=number)
    calls = [{"userId": person, "anonymousId": device, "traits": {"email": email}, "n": number}]
    received = Received(
        id=new_id(stamp),
        workspace_id=1,
        source_id=1,
        door="segment_webhook",
        deflated=zlib.compress(dumps(calls).encode(), 1),
        received_at=stamp,
        records=1,
    )
    apply(
        store,
        *(anonymous_event(device, received_at=stamp, data=dumps({"by": email})) for _ in range(5)),
        identify(person, anonymous_id=device, email=email, received_at=stamp),
        *(identified_event(person, received_at=stamp) for _ in range(5)),
        received=[received],
    )


def remains(path):
    """Look for the names as whoever steals the disk would."""
    found = []
    for file in (path, path.with_name(f"{path.name}-wal")):
        raw = file.read_bytes() if file.exists() else b""
        found += [(file.name, name) for name in NAMES if name in raw]
    return found


def test_p6_no_byte_is_left_in_the_file_or_its_log(store, workspace, erasing, path):
    for number in range(120):
        live(store, number, person=f"u{number}", email=f"u{number}@x.org", device=f"d{number}")
        live(store, number, person=ID, email=EMAIL, device=DEVICE)

    assert {name for _, name in remains(path)} == set(NAMES)

    erasing.erase(workspace, read_named(workspace, people=[ID]))

    assert remains(path) == []
    store.close()
    assert remains(path) == []


def test_p6_what_lay_free_in_the_file_before_is_found_and_overwritten(
    store, workspace, erasing, path
):
    live(store, 1, person="u1", email="u1@x.org", device="d1")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("UPDATE activities SET name = ?", (f"About {EMAIL}",))
        connection.execute("UPDATE activities SET name = ''")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert remains(path) != []
    traces = Traces(workspace_id=1, named=read_named(workspace, emails=[EMAIL]))
    assert store.eraser.search(Mentions(traces)).hits == {"file store.db": 1}

    assert erasing.prove(traces).hits == {}
    assert remains(path) == []


def test_p6_free_pages_go_back_and_the_log_is_emptied(store, workspace, erasing, path):
    for number in range(300):
        live(store, number, person=ID, email=EMAIL, device=DEVICE)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.stat().st_size

    erasing.erase(workspace, read_named(workspace, people=[ID]))

    assert path.stat().st_size < before
    assert path.with_name(f"{path.name}-wal").stat().st_size == 0
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)


def search_of(*texts, living=()):
    named = Named(refs=frozenset({PersonRef(IdentifierKind.ID, ID)}))
    search = FileSearch(Mentions(Traces(workspace_id=1, named=named)))
    for text in living:
        search.explain(text)
    return search


@pytest.mark.parametrize(
    ("raw", "hits"),
    [
        pytest.param(b"..user-4711..", 1, id="in plain"),
        pytest.param(b"I see user-47110!", 0, id="in a longer name that lives"),
        pytest.param(b"..user-47115..", 1, id="before another digit by chance"),
        pytest.param(b"." + zlib.compress(b'{"userId":"user-4711"}', 1) + b".", 1, id="deflated"),
        pytest.param(zlib.compress(b'{"userId":"user-47110"}', 1), 0, id="another, deflated"),
        pytest.param(
            zlib.compress(dumps({"userId": ID, "n": list(range(9000))}).encode(), 1)[:9000],
            1,
            id="deflated and cut off",
        ),
        pytest.param(b"user-4711" * 3, 3, id="several times"),
    ],
)
@pytest.mark.parametrize("chunk", [None, 64], ids=["in one", "in chunks"])
def test_p6_bytes_are_searched_in_plain_and_deflated(tmp_path, monkeypatch, raw, hits, chunk):
    if chunk:
        monkeypatch.setattr(database_file, "_CHUNK", chunk)
        monkeypatch.setattr(database_file, "_OVERLAP", 20_000)
    file = tmp_path / "some.db"
    file.write_bytes(b"\0" * 1_000 + raw + b"\0" * 1_000)
    search = search_of(living=["see user-47110!"])

    assert search.hits_in(file) == hits
    assert search.bytes == 2_000 + len(raw)


def test_p6_names_that_bytes_spell_by_chance_are_not_looked_for_in_them(tmp_path):
    named = Named(refs=frozenset({PersonRef(IdentifierKind.ID, "u1")}))
    search = FileSearch(Mentions(Traces(workspace_id=1, named=named)))
    file = tmp_path / "some.db"
    file.write_bytes(b"u1")

    assert (search.hits_in(file), search.too_short) == (0, 1)
