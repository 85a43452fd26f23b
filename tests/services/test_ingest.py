"""The queue before the store: bounded in number, bounded in time, and emptied before it closes."""

import threading
import time

import pytest

from adapter.errors import Overloaded, StoreBusy
from adapter.ids import new_id
from adapter.model.workspaces import Received
from adapter.services.ingest import Ingest, Ticket
from adapter.store.memory.store import MemoryStore
from tests.build import T0, anonymous_event, log, with_workspace

_LATER = 60.0


class GatedStore:
    """The memory store, whose transactions wait until they are let through."""

    def __init__(self):
        self.store = MemoryStore()
        self.arrived = threading.Event()
        self.let_through = threading.Event()
        with_workspace(self.store)

    def write(self, work):
        self.arrived.set()
        self.let_through.wait()
        return self.store.write(work)


class Caller:
    """Somebody who waits for a ticket."""

    def __init__(self, *names):
        self.told = []
        received = Received(
            id=new_id(T0),
            workspace_id=1,
            source_id=1,
            door="webhook",
            deflated=b"",
            received_at=T0,
            records=len(names),
        )
        messages = [anonymous_event("anon-1", message_id=name) for name in names]
        self.ticket = Ticket(received, messages, self.told.extend)


@pytest.fixture
def gated():
    made = GatedStore()
    yield made
    made.let_through.set()


def submitted(ingest, gated, *callers):
    """Submit the first, whose transaction begins, then the others, who wait."""
    first, *others = callers
    ingest.submit(first.ticket)
    gated.arrived.wait()
    for caller in others:
        ingest.submit(caller.ticket)


def stored(gated):
    return sorted(row.event_id for row in log(gated.store))


def test_what_waits_beyond_the_limit_is_refused_and_the_rest_is_stored(gated):
    ingest = Ingest(gated, queue_limit=3)
    submitted(ingest, gated, Caller("m-1"), Caller("m-2", "m-3"), Caller("m-4"))

    with pytest.raises(Overloaded, match="3 records wait for the store, the limit is 3"):
        ingest.submit(Caller("m-5").ticket)

    gated.let_through.set()
    ingest.close()
    assert stored(gated) == ["m-1", "m-2", "m-3", "m-4"]


def test_who_has_waited_too_long_is_told_once_whatever_the_store_does(gated):
    ingest = Ingest(gated)
    under_way, queued = Caller("m-1"), Caller("m-2")
    submitted(ingest, gated, under_way, queued)

    ingest.give_up(time.monotonic())
    assert (under_way.told, queued.told) == ([], [])

    for _ in range(2):
        ingest.give_up(time.monotonic() + _LATER)
    for caller in (under_way, queued):
        assert caller.told == [caller.ticket]
        with pytest.raises(StoreBusy):
            caller.ticket.result()

    gated.let_through.set()
    ingest.close()
    assert len(under_way.told) == 1
    # What was queued was dropped; what was under way became durable, and is known when sent again.
    assert stored(gated) == ["m-1"]


def test_closing_finishes_what_was_accepted(gated):
    ingest = Ingest(gated)
    callers = [Caller(f"m-{n}") for n in range(4)]
    submitted(ingest, gated, *callers)

    closing = threading.Thread(target=ingest.close)
    closing.start()
    gated.let_through.set()
    closing.join()

    assert [len(caller.told) for caller in callers] == [1] * 4
    assert stored(gated) == ["m-0", "m-1", "m-2", "m-3"]


def test_those_who_wait_for_one_group_together_are_told_together(gated):
    ingest, calls = Ingest(gated), []
    alone, *together = Caller("m-1"), Caller("m-2"), Caller("m-3")
    for caller in together:
        caller.ticket.wake = calls.append
    submitted(ingest, gated, alone, *together)

    gated.let_through.set()
    ingest.close()
    assert calls == [[caller.ticket for caller in together]]
    assert alone.told == [alone.ticket]
