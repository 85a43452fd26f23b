"""Throw-away databases: one PostgreSQL server per test session, a fresh database per test.

The server runs in a zone that is not UTC, so that nothing passes because zones happen to agree. A
server given by ``ADAPTER_TEST_POSTGRES_URL`` is used instead of one of our own.
"""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from adapter.store.schema import upgrade

GIVEN_URL = "ADAPTER_TEST_POSTGRES_URL"
ZONE = "Asia/Tokyo"
_TEMPLATE = f"adapter_template_{os.getpid()}"
_SERVANTS = ("postgres", "nobody")


class PostgresServer:
    """A running server, and the databases made on it."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql")
        self._numbers = count(1)
        self._make(_TEMPLATE, "template0")
        self._prepare(self._database_url(_TEMPLATE))

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """Make a database with the current schema, or without any; drop it afterwards."""
        name = f"adapter_test_{os.getpid()}_{next(self._numbers)}"
        self._make(name, "template0" if empty else _TEMPLATE)
        try:
            yield self._database_url(name)
        finally:
            self._drop(name)

    def close(self) -> None:
        self._drop(_TEMPLATE)

    def _prepare(self, url: str) -> None:
        """Make the database that the others are copies of."""
        upgrade(url)

    def _make(self, name: str, template: str) -> None:
        made, source = sql.Identifier(name), sql.Identifier(template)
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(made, source))

    def _drop(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        url = self._url.render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)

    def _database_url(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Use the server given, or start one; fail if there is neither."""
    given = os.environ.get(GIVEN_URL)
    if given:
        with closing(PostgresServer(given)) as server:
            yield server
        return
    # Nothing there outlives the session.
    with own_postgres(fsync="off") as own, closing(PostgresServer(own.url)) as server:
        yield server


class OwnPostgres:
    """A PostgreSQL server of our own, in a folder; it can crash and start again.

    Args:
        folder: where its data and its socket are; emptied by who gave it.
        settings: of ``postgresql.conf``, besides what every such server has.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self._folder = folder
        self._data = folder / "data"
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "timezone": ZONE,
            "max_connections": "200",
            **settings,
        }
        self._owner = unprivileged()
        if self._owner:
            shutil.chown(folder, self._owner)
        self._run(
            "initdb", "-U", "adapter", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"
        )

    @property
    def url(self) -> str:
        return f"postgresql://adapter@/postgres?host={self._folder}"

    def start(self) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in self._settings.items())
        self._run("pg_ctl", "start", "-w", "-l", str(self._folder / "log"), "-o", options)

    def crash(self) -> None:
        """End it at once: nothing under way is finished, and the next start has to recover."""
        self._run("pg_ctl", "stop", "-m", "immediate")

    def signal(self, number: int) -> None:
        """Send a signal to all of its processes, such as the one that freezes them."""
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for process in (first, *map(int, children)):
            os.kill(process, number)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(server_programs() / program), "-D", str(self._data), *arguments],
            user=self._owner,
            cwd=self._folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}")


@contextmanager
def own_postgres(**settings: str) -> Iterator[OwnPostgres]:
    """Start a server of our own, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="adapter-pg-"))
    try:
        server = OwnPostgres(folder, **settings)
        server.start()
        try:
            yield server
        finally:
            server.crash()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def server_programs() -> Path:
    """Find the server's programs on the machine, else those of the ``pgserver`` package."""
    for folder in _installed():
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    package = find_spec("pgserver")
    if package and package.origin:
        return Path(package.origin).parent / "pginstall" / "bin"
    raise RuntimeError(
        f"no PostgreSQL server found: install one, or `pip install pgserver`, or set {GIVEN_URL}"
    )


def _installed() -> Iterator[Path]:
    if shutil.which("pg_config"):
        done = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        yield Path(done.stdout.strip())
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(folders, key=lambda folder: _version(folder.parent.name), reverse=True)


def _version(name: str) -> int:
    digits = re.match(r"\d+", name)
    return int(digits.group()) if digits else 0


def unprivileged() -> str | None:
    """Name the user to run the server as: it refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for name in _SERVANTS:
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise RuntimeError(f"PostgreSQL does not run as root, and there is no user of {_SERVANTS}")
