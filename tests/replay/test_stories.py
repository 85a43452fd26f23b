"""Every story in ``fixtures/`` comes out as it says, on every store."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from adapter.mapping.files import load_mapping
from adapter.ports import Store
from adapter.services.intake import CompiledMapping
from adapter.services.stories import Story, load_stories
from adapter.store.memory import MemoryStore
from tests.replay.playing import Stage, as_asked, asked

_ROOT = Path(__file__).parents[2]
_STORIES = load_stories(_ROOT / "fixtures")


@pytest.fixture(scope="module")
def mappings() -> Mapping[str, CompiledMapping]:
    return {"segment": load_mapping(_ROOT / "mappings" / "segment.yaml")}


@pytest.fixture
def store():
    return MemoryStore()


@pytest.mark.parametrize("story", _STORIES, ids=[story.name for story in _STORIES])
def test_a_story_comes_out_as_it_says(
    story: Story, store: Store, mappings: Mapping[str, CompiledMapping]
) -> None:
    expected = asked(story)

    seen = Stage(story, store, mappings).play()

    assert as_asked(seen, expected) == expected
