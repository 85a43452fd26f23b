"""Raw bodies are kept, and read back page by page for a period."""

from dataclasses import replace

import pytest

from adapter.clock import HOUR
from adapter.ids import new_id
from adapter.model.workspaces import Received
from adapter.rules.decision import Fate
from tests.build import T0, anonymous_event, apply, at, with_workspace


@pytest.fixture(autouse=True)
def _workspace(store):
    with_workspace(store)


def body(received_at=T0, *, text=b"{}", workspace_id=1):
    return Received(
        id=new_id(received_at),
        workspace_id=workspace_id,
        source_id=1,
        door="segment_webhook",
        deflated=text,
        received_at=received_at,
        records=1,
    )


def keep(store, *bodies):
    for each in bodies:
        apply(store, anonymous_event(received_at=each.received_at), received=[each])


def test_a_body_is_read_as_it_came(store):
    kept = body(text=b'{"type" : "track"}\n\xff\x00')
    keep(store, kept)

    assert store.received(1, after=at(days=-1), until=T0) == [kept]


@pytest.mark.parametrize(
    ("received_at", "count"),
    [
        pytest.param(at(hours=-1), 0, id="exactly at its beginning"),
        pytest.param(at(hours=-1, us=1), 1, id="one microsecond after its beginning"),
        pytest.param(T0, 1, id="exactly at its end"),
        pytest.param(at(us=1), 0, id="one microsecond after its end"),
    ],
)
def test_the_period_ends_with_its_last_instant(store, received_at, count):
    keep(store, body(received_at))

    assert len(store.received(1, after=at(hours=-1), until=T0)) == count


def test_bodies_come_oldest_first_and_page_by_page(store):
    bodies = [body(at(seconds=n // 2)) for n in range(5)]
    keep(store, *reversed(bodies))

    pages, beyond = [], ""
    while page := store.received(1, after=at(us=-1), until=at(days=1), beyond=beyond, limit=2):
        pages.append(page)
        beyond = page[-1].id

    assert pages == [bodies[:2], bodies[2:4], bodies[4:]]


def test_bodies_of_another_workspace_are_not_read(store):
    other = with_workspace(store, "other")
    mine, theirs = body(), body(workspace_id=other.id)
    keep(store, mine, theirs)

    assert store.received(other.id, after=at(us=-1), until=T0) == [theirs]


def test_a_period_may_begin_before_all_time(store):
    kept = body()
    keep(store, kept)

    assert store.received(1, after=-T0, until=T0) == [kept]


def test_m11_bodies_are_placed_in_the_order_in_which_they_were_accepted(store):
    bodies = [body(at(seconds=-n)) for n in range(4)]
    keep(store, *bodies[:2])
    apply(store, anonymous_event(), received=bodies[2:])

    kept = store.received(1, after=at(days=-1), until=T0)

    placed = sorted(kept, key=lambda each: each.place)
    assert placed == bodies
    assert len({each.place for each in kept}) == len(bodies)


def test_what_mapped_the_records_is_kept_beside_the_body(store):
    kept = replace(body(), mapping="0123abcd")
    keep(store, kept)

    (read,) = store.received(1, after=at(days=-1), until=T0)

    assert read == kept


def test_l4_doors_count_by_the_hour_of_acceptance_beside_the_fates(store):
    first, second = body(at(minutes=59)), replace(body(at(minutes=60)), records=3)
    keep(store, first, second)

    hour = T0 // HOUR
    assert store.door_counts(1) == {(1, 1, hour): 1, (1, 1, hour + 1): 3}
    assert {row.fate for row in store.ledger(1)} == {Fate.STORED}


def test_the_text_of_a_mapping_is_kept_once(store):
    for text in ("first", "second"):
        store.keep_mapping("0123abcd", text)

    assert store.find_mapping("0123abcd") == "first"
    assert store.find_mapping("none") is None
