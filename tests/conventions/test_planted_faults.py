"""Faults can still be planted: code moves, and this names at once all that must move with it."""

from pathlib import Path

from tests.mutation.faults import FAULTS

ADAPTER = Path(__file__).parents[2] / "adapter"


def times_read(fault):
    path = ADAPTER / fault.file
    return path.read_text(encoding="utf-8").count(fault.right) if path.exists() else 0


def test_every_fault_finds_its_place():
    """Each text stands in its file exactly once; mend those of ``tests/mutation/faults.py``."""
    outdated = [
        f"{fault.name}: {fault.file} reads {times} times {fault.right!r}"
        for fault in FAULTS
        if (times := times_read(fault)) != 1
    ]

    assert outdated == []
