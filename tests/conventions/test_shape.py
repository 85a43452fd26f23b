"""The house keeps its shape: small files, and reasons that a rule really gives."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("adapter", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)
MOST_LINES = 400


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_grows_past_one_idea(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_the_top_level_is_what_it_is():
    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    assert visible >= {"README.md", "LICENSE", "pyproject.toml", "adapter", "mappings", "tests"}
