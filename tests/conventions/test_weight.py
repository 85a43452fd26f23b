"""How much disk an installed adapter takes, with all that it needs."""

from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parents[2]
_INSTALLED = ("adapter", "mappings", "fixtures")
_LIMIT_MB = 60


def test_the_adapter_and_what_it_requires_stay_light():
    ours = (path for folder in _INSTALLED for path in (_ROOT / folder).rglob("*"))
    sizes = {name: size(files(name)) for name in required("anonymous-events-adapter")}
    sizes["anonymous-events-adapter"] = size(ours)

    heaviest = sorted(((size, name) for name, size in sizes.items()), reverse=True)
    assert sum(sizes.values()) <= _LIMIT_MB * 2**20, heaviest


def required(name, extras=("",)):
    """Name what a distribution needs on this machine, and what that needs."""
    found = set()
    for line in distribution(name).requires or ():
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            found.add(canonicalize_name(requirement.name))
            found |= required(requirement.name, ("", *requirement.extras))
    return found


def files(name):
    return (Path(file.locate()) for file in distribution(name).files)


def size(paths):
    """Add up the blocks of files, as du does; what Python compiles is not counted."""
    kept = (path for path in paths if path.suffix != ".pyc" and path.is_file())
    return sum(path.stat().st_blocks * 512 for path in kept)
