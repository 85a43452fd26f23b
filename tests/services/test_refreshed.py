"""What is read anew when it grows old: at most a second old, and never waited for for long."""

import threading

import pytest

from adapter.errors import StoreBusy
from adapter.services.refreshed import Refreshed

_LONG = 60.0
_AT_ONCE = 0.0


class Source:
    """Something to read: counts how often, and hangs or fails when told."""

    def __init__(self):
        self.reads = 0
        self.now = 0.0
        self.error = None
        self.flows = threading.Event()
        self.flows.set()

    def read(self):
        self.flows.wait()
        self.reads += 1
        if self.error is not None:
            raise self.error
        return self.reads

    def kept(self, patience):
        return Refreshed(self.read, lambda: self.now, patience)


@pytest.fixture
def source():
    return Source()


@pytest.mark.parametrize("patience", [None, _LONG], ids=["in my thread", "in its own"])
def test_it_is_read_again_once_it_is_older_than_a_second(source, patience):
    kept = source.kept(patience)
    seen = []

    for source.now in (0.0, 1.0, 1.5, 2.5, 2.6):
        seen.append(kept.get())

    assert seen == [1, 1, 2, 2, 3]


def test_what_is_forgotten_is_read_again_at_once(source):
    kept = source.kept(_LONG)
    kept.get()

    kept.forget()

    assert kept.get() == 2


def test_while_the_reading_hangs_what_was_read_last_does(source):
    kept = source.kept(_AT_ONCE)
    kept.get()
    source.now = 2.0
    source.flows.clear()

    assert [kept.get(), kept.get()] == [1, 1]

    source.flows.set()
    while kept.get() == 1:
        pass
    assert source.reads == 2


@pytest.mark.parametrize("patience", [None, _LONG], ids=["in my thread", "in its own"])
def test_what_refuses_is_told_and_asked_again(source, patience):
    kept = source.kept(patience)
    kept.get()
    source.now = 2.0
    source.error = StoreBusy()

    for _ in range(2):
        with pytest.raises(StoreBusy):
            kept.get()

    source.error = None
    assert kept.get() == 4
