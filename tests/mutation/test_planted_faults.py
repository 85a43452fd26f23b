"""Planted faults are found: each is put into a copy of the product, and must be noticed.

A proof that lets a fault pass proves nothing; this is the proof of the proof. The same catchers
find nothing in the copy as it is.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import GIVEN_URL
from tests.mutation.faults import FAULTS

ROOT = Path(__file__).parents[2]
_COPIED = ("adapter", "mappings", "fixtures", "tests")
_FOUND = 1
"""How both pytest and ``adapter sim`` end when something is wrong with what they look at."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Give a copy of the product to plant faults in."""
    folder = tmp_path_factory.mktemp("copy")
    for name in _COPIED:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    return folder


@pytest.fixture
def planted_in(copy):
    """Plants a fault, and takes it out again."""
    changed = []

    def plant(fault):
        path = copy / "adapter" / fault.file
        text = path.read_text(encoding="utf-8")
        changed.append((path, text))
        path.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")

    yield plant
    for path, text in changed:
        path.write_text(text, encoding="utf-8")


def look(copy, caught_by, postgres):
    """Run a catcher on the copy; give its exit code and all that it said."""
    store, _, seeds = caught_by.partition(" ")
    if store in {"memory", "sqlite"}:
        told = ["adapter", "sim", "--seeds", seeds, "--store", store, "--jobs", "1"]
        told += ["--no-shrink", "--fail-fast"]
    else:
        told = ["pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly"]
        told += caught_by.split(" ", 2)
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    if postgres is not None:
        environment[GIVEN_URL] = postgres
    done = subprocess.run(
        [sys.executable, "-m", *told],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("caught_by", sorted({fault.caught_by for fault in FAULTS}))
def test_nothing_is_found_in_the_product_as_it_is(copy, caught_by, postgres_url):
    code, said = look(copy, caught_by, postgres_url)

    assert code == 0, said[-2_000:]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_planted_fault_is_found(copy, planted_in, fault, postgres_url):
    planted_in(fault)

    code, said = look(copy, fault.caught_by, postgres_url)

    assert code == _FOUND, said[-2_000:]
    assert "violations" in said or "failed" in said
