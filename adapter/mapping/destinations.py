"""``destinations.yaml``: where native operations are sent on to, read and checked.

A file holds ``destinations``, each with a ``name``, ``region`` (``us`` or ``eu``) or ``base_url``,
the environment variables ``site_id`` and ``api_key``, and how many operations go in one ``batch``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from adapter.jsonvalue import JSONObject
from adapter.mapping.endpoints import api_endpoint
from adapter.mapping.expected import check_enabled, check_keys
from adapter.mapping.findings import Finding, MappingFileInvalid
from adapter.mapping.positions import Document, ValuePath, read_document
from adapter.model.deliveries import Endpoint

DESTINATIONS = "destinations"

_KEYS = (
    "name", "description", "enabled", "workspace", "region", "base_url", "site_id", "api_key",
    "batch",
)  # fmt: skip
LARGEST_BATCH = 1_000
_USUAL_BATCH = 100


@dataclass(frozen=True, slots=True)
class Destination:
    """One destination.

    Attributes:
        workspace: name of the only workspace it is for; None: for every one.
    """

    workspace: str | None
    endpoint: Endpoint


def load_destinations(path: Path) -> tuple[Destination, ...]:
    """Read a file; destinations switched off are checked and left out.

    Raises:
        MappingFileInvalid: with everything that is wrong with it.
    """
    document = read_document(path)
    found = tuple(each for enabled, each in _destinations(document) if enabled)
    if document.findings:
        raise MappingFileInvalid(document.findings)
    return found


def check_destinations(path: Path) -> list[Finding]:
    """Check a file: everything wrong with it, in the order of the file."""
    document = read_document(path)
    list(_destinations(document))
    return sorted(set(document.findings), key=lambda finding: (finding.line, finding.column))


def _destinations(document: Document) -> Iterator[tuple[bool, Destination]]:
    content = document.value if isinstance(document.value, dict) else {}
    check_keys(document, (), content, ("destinations",))
    entries = content.get("destinations")
    if not isinstance(entries, list):
        document.report((), "M700", "a destinations file needs a list of destinations")
        return
    names: set[str] = set()
    for index, entry in enumerate(entries):
        path: ValuePath = ("destinations", index)
        if not isinstance(entry, dict):
            document.report(path, "M701", "a destination must be an object")
            continue
        yield entry.get("enabled", True) is True, _destination(document, path, entry, names)


def _destination(
    document: Document, path: ValuePath, entry: JSONObject, names: set[str]
) -> Destination:
    name, workspace = entry.get("name"), entry.get("workspace")
    if not (isinstance(name, str) and name.strip()) or name in names:
        document.report((*path, "name"), "M702", "a destination needs a name of its own")
    names.add(str(name))
    check_enabled(document, path, entry, "M704")
    batch = entry.get("batch", _USUAL_BATCH)
    if type(batch) is not int or not 1 <= batch <= LARGEST_BATCH:
        document.report((*path, "batch"), "M703", f"batch must be 1 to {LARGEST_BATCH}")
        batch = 1
    endpoint = api_endpoint(document, path, entry, f"{DESTINATIONS}/{name}", _KEYS)
    ordered = replace(endpoint, ordered=True, batch=batch, concurrency=1)
    return Destination(None if workspace is None else str(workspace), ordered)
