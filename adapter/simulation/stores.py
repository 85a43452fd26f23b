"""Where a simulated workspace is kept: in memory, in a SQLite file, in a PostgreSQL database."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from adapter.ports import Store
from adapter.store.memory.store import MemoryStore
from adapter.store.open import open_store
from adapter.store.schema import upgrade

MEMORY, SQLITE = "memory", "sqlite"


class Home:
    """A store that can be closed and opened again, as it was.

    Args:
        url: of a database with the current schema; None: in memory, which is kept over a restart.
    """

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._memory = MemoryStore() if url is None else None

    @property
    def rolls_back(self) -> bool:
        """Tell whether what fails half-way leaves nothing."""
        return self._memory is None

    def open(self) -> Store:
        """Open it."""
        return self._memory if self._url is None and self._memory else open_store(str(self._url))


@contextmanager
def home_at(kind: str) -> Iterator[Home]:
    """Give a home: an empty one for ``memory`` and ``sqlite``; else the database at an URL."""
    if kind == MEMORY:
        yield Home(None)
    elif kind == SQLITE:
        with tempfile.TemporaryDirectory(prefix="adapter-sim-") as folder:
            path = Path(folder) / "sim.db"
            path.write_bytes(_empty_file())
            yield Home(f"sqlite:///{path}")
    else:
        yield Home(kind)


@cache
def _empty_file() -> bytes:
    """Make a SQLite file with the current schema, once per process."""
    folder = Path(tempfile.mkdtemp(prefix="adapter-sim-"))
    try:
        upgrade(f"sqlite:///{folder / 'empty.db'}")
        return (folder / "empty.db").read_bytes()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
