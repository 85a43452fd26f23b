"""Every story in ``fixtures/`` comes out as it says, on every store.

All stories are played on one store of each kind, each in a workspace of its own: a workspace that
saw anything of another would spoil them.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from adapter.bootstrap import load_mappings
from adapter.ports import Store
from adapter.services.composing import CompiledMapping
from adapter.services.stories import Story, load_stories
from adapter.simulation.playing import Stage, as_asked, asked
from adapter.store.memory.store import MemoryStore
from adapter.store.open import open_store

_ROOT = Path(__file__).parents[2]
_STORIES = load_stories(_ROOT / "fixtures")


@pytest.fixture(scope="module")
def mappings() -> Mapping[str, CompiledMapping]:
    return load_mappings(_ROOT / "mappings")


@pytest.fixture(scope="module")
def memory_store() -> Store:
    return MemoryStore()


@pytest.fixture(scope="module")
def sqlite_store(sqlite_template, tmp_path_factory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("stories") / "store.db"
    shutil.copyfile(sqlite_template, path)
    store = open_store(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture(scope="module")
def postgresql_store(postgres) -> Iterator[Store]:
    with postgres.database() as url:
        store = open_store(url)
        yield store
        store.close()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def shared_store(request) -> Store:
    return request.getfixturevalue(f"{request.param}_store")


@pytest.mark.parametrize("story", _STORIES, ids=[story.name for story in _STORIES])
def test_a_story_comes_out_as_it_says(
    story: Story, shared_store: Store, mappings: Mapping[str, CompiledMapping]
) -> None:
    expected = asked(story)

    seen = Stage(story, shared_store, mappings).play()

    assert as_asked(seen, expected) == expected


@pytest.mark.parametrize("story", _STORIES, ids=[story.name for story in _STORIES])
def test_no_record_of_a_story_is_unexplained(
    story: Story, mappings: Mapping[str, CompiledMapping]
) -> None:
    stage = Stage(story, MemoryStore(), mappings)
    stage.play()

    assert stage.unexplained() == []
