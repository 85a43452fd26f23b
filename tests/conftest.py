"""Stores and databases for every test that asks for them."""

import os
import shutil
from contextlib import ExitStack, closing

import pytest
import structlog
from hypothesis import HealthCheck, settings

from adapter.store.memory.store import MemoryStore
from adapter.store.open import open_store
from adapter.store.schema import upgrade
from tests import clusters
from tests.clusters import Cluster
from tests.databases import postgres_server

# A busy machine is no fault of the code: examples count, not their time.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def usual_logging():
    """Undo what a command run in this process made of logging."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def closing_later():
    """Gives back the ingest, or the services, it is given, and ends its thread after the test."""
    with ExitStack() as stack:

        def keep(made):
            stack.callback(getattr(made, "ingest", made).close)
            return made

        yield keep


@pytest.fixture(scope="session")
def postgres():
    """Give the session's PostgreSQL server, or cluster; without one the test fails."""
    cluster = os.environ.get(clusters.GIVEN_URL)
    with closing(Cluster(cluster)) if cluster else postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres):
    """Give a fresh PostgreSQL database with the current schema."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres):
    """Give a PostgreSQL database with nothing in it."""
    with postgres.database(empty=True) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """Make one SQLite file with the current schema, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template, tmp_path):
    """Give a fresh SQLite file with the current schema."""
    path = tmp_path / "store.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_sqlite_url(tmp_path):
    """Give the place of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request):
    """Give a fresh database of each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return request.getfixturevalue(name)


@pytest.fixture
def sql_store(database_url):
    """Give a store on each kind of database."""
    store = open_store(database_url)
    yield store
    store.close()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request):
    """Give every store there is."""
    if request.param == "memory":
        yield MemoryStore()
        return
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    store = open_store(request.getfixturevalue(name))
    yield store
    store.close()
