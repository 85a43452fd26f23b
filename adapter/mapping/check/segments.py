"""Checks a segments file, and runs its examples."""

from pathlib import Path
from typing import Any

from adapter.clock import Instant
from adapter.jsonvalue import JSONObject, dumps
from adapter.mapping.expected import check_keys, duration
from adapter.mapping.findings import Finding, Severity
from adapter.mapping.positions import Document, ValuePath, read_document
from adapter.mapping.segments import compile_segments
from adapter.model.messages import EventKind
from adapter.model.segments import Deed, Segment, Tally, performed_in
from adapter.rules.asked import asked_of_person
from adapter.rules.tallies import add_deed, meets

_NOBODY: JSONObject = {"id": None, "email": None, "cio_id": None, "attributes": {}}
_NOW = Instant(2**50)


def check_segments(path: Path) -> list[Finding]:
    """Check a segments file: everything wrong with it, in the order of the file.

    An example names a ``segment``, a ``person``, their ``events`` (``name``, ``kind``, ``data``,
    and how long ``ago``), and whether they are a ``member``. Segments that are switched off are
    tried as well.
    """
    document = read_document(path)
    segments = {segment.id: segment for _, segment in compile_segments(document)}
    if not any(finding.severity is Severity.ERROR for finding in document.findings):
        content = document.value if isinstance(document.value, dict) else {}
        examples = content.get("examples", [])
        for index, example in enumerate(examples if isinstance(examples, list) else [None]):
            _check_example(document, ("examples", index), example, segments)
    return sorted(set(document.findings), key=lambda finding: (finding.line, finding.column))


def _check_example(
    document: Document, path: ValuePath, example: Any, segments: dict[str, Segment]
) -> None:
    if not (isinstance(example, dict) and isinstance(example.get("member"), bool)):
        message = "an example needs a segment, and whether the person is a member"
        document.report(path, "M401", message, cure="member: true")
        return
    check_keys(document, path, example, ("segment", "person", "events", "member"))
    segment = segments.get(str(example.get("segment")))
    if segment is None:
        message = f"there is no segment {example.get('segment')}"
        document.report((*path, "segment"), "M401", message)
        return
    known = len(document.findings)
    tallies = _tallies(document, (*path, "events"), example.get("events", []), segment)
    person = example.get("person") or {}
    if not isinstance(person, dict):
        document.report((*path, "person"), "M401", "the person must be an object")
    if len(document.findings) > known:
        return
    member = meets(segment.who, tallies, asked_of_person({**_NOBODY, **person}), _NOW)
    if member != example["member"]:
        message = f"expected {example['member']}, and got {member}".lower()
        document.report((*path, "member"), "M402", message, cure="change the one or the other")


def _tallies(
    document: Document, path: ValuePath, events: Any, segment: Segment
) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    every = tuple(performed_in(segment.who))
    for index, event in enumerate(events if isinstance(events, list) else [None]):
        where = (*path, index)
        if not (isinstance(event, dict) and isinstance(event.get("name"), str)):
            document.report(where, "M401", "an event needs a name", cure="{name: Ordered}")
            continue
        check_keys(document, where, event, ("name", "kind", "data", "ago"))
        kind, data = event.get("kind", EventKind.EVENT.value), dumps(event.get("data", {}))
        ago = 0 if "ago" not in event else duration(document, (*where, "ago"), event["ago"], "M401")
        add_deed(every, tallies, Deed(kind, event["name"], Instant(_NOW - ago), data))
    return tallies
