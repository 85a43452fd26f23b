"""``segments.yaml``: who is in which segment; read, and checked with places and codes.

A file holds ``segments``, each with an ``id`` and ``who`` is in it::

    condition = {and: [condition, ...]} | {or: [condition, ...]} | {not: condition}
              | {performed: {event: NAME, at_least: 3, within: 30d, where: FQL}}   page, screen too
              | {attributes: FQL}

FQL sees an event's data as ``properties``, and a person's attributes as ``traits``.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adapter.ids import fingerprint
from adapter.jsonvalue import JSONObject, canonical
from adapter.mapping.check.subscriptions import fql_traps
from adapter.mapping.expected import check_enabled, check_keys, duration, event_named
from adapter.mapping.findings import MappingFileInvalid, Severity
from adapter.mapping.fql.ast import Subject, subjects
from adapter.mapping.fql.evaluate import predicate
from adapter.mapping.fql.lexer import FqlError
from adapter.mapping.fql.parser import parse_whole
from adapter.mapping.positions import Document, ValuePath, read_document
from adapter.model.segments import AllOf, AnyOf, Attributes, Condition, Not, Performed, Segment

SEGMENTS = "segments"
SEGMENT_KEYS = ("id", "name", "description", "enabled", "workspace", "who")
MOST_TIMES = 1_000
"""Most events that a condition may ask for: with a period, so many times are kept of a person."""

_DEEPEST = 16
SEGMENT_ID = "[a-z0-9][a-z0-9_-]{0,63}"

_CURE = 'who: {performed: {event: Ordered}}, or {attributes: traits.plan = "pro"}'
_OF_EVENT = frozenset({Subject.PROPERTY})
_OF_PERSON = frozenset({Subject.TRAIT, Subject.USER_ID})


def load_segments(path: Path) -> tuple[Segment, ...]:
    """Read and compile a file; those switched off are checked and left out.

    Raises:
        MappingFileInvalid: with everything that is wrong with it.
    """
    document = read_document(path)
    compiled = compile_segments(document)
    errors = [item for item in document.findings if item.severity is Severity.ERROR]
    if errors:
        raise MappingFileInvalid(errors)
    return tuple(segment for enabled, segment in compiled if enabled)


def segments_beside(path: Path) -> frozenset[str]:
    """Name the segments of the file beside another one; none if there is no such file.

    Raises:
        MappingFileInvalid: it cannot be read.
    """
    beside = path.parent / f"{SEGMENTS}.yaml"
    if not beside.exists():
        return frozenset()
    return frozenset(segment.id for _, segment in compile_segments(read_document(beside)))


def compile_segments(document: Document) -> list[tuple[bool, Segment]]:
    """Compile what can be compiled; what is wrong is added to the document's findings."""
    content = document.value if isinstance(document.value, dict) else {}
    check_keys(document, (), content, (SEGMENTS, "examples"))
    entries = content.get(SEGMENTS)
    if not isinstance(entries, list):
        document.report((), "M600", "a segments file needs a list of segments, which may be []")
        return []
    compiled: list[tuple[bool, Segment]] = []
    ids: set[str] = set()
    for index, entry in enumerate(entries):
        path: ValuePath = (SEGMENTS, index)
        if not isinstance(entry, dict):
            document.report(path, "M601", "a segment must be an object")
            continue
        _check_id(document, path, entry.get("id"), ids)
        segment = _segment(document, path, entry)
        if segment is not None:
            compiled.append((entry.get("enabled", True) is True, segment))
    return compiled


def _check_id(document: Document, path: ValuePath, value: Any, ids: set[str]) -> None:
    if not (isinstance(value, str) and re.fullmatch(SEGMENT_ID, value)):
        message = "a segment needs an id of 1 to 64 small letters, digits, - and _"
        document.report((*path, "id"), "M602", message, cure="id: keen-on-pricing")
    elif value in ids:
        document.report((*path, "id"), "M602", f"there is another segment {value}")
    ids.add(str(value))


def _segment(document: Document, path: ValuePath, entry: JSONObject) -> Segment | None:
    check_keys(document, path, entry, SEGMENT_KEYS)
    check_enabled(document, path, entry, "M603")
    for key in ("name", "description"):
        if not isinstance(entry.get(key, ""), str):
            document.report((*path, key), "M603", f"{key} must be a text")
    who = _condition(document, (*path, "who"), entry.get("who"), 0)
    if who is None:
        return None
    return Segment(
        id=str(entry.get("id")),
        name=str(entry.get("name", entry.get("id"))),
        description=str(entry.get("description", "")),
        workspace=entry.get("workspace"),
        who=who,
        words=canonical([entry.get("id"), entry.get("who")]),
    )


def _condition(document: Document, path: ValuePath, given: Any, depth: int) -> Condition | None:
    if not (isinstance(given, dict) and len(given) == 1):
        message = f"a condition is one of {', '.join(_READERS)}"
        document.report(path, "M604", message, cure=_CURE)
        return None
    if depth > _DEEPEST:
        document.report(path, "M604", f"conditions nest deeper than {_DEEPEST}")
        return None
    ((word, inner),) = given.items()
    read = _READERS.get(word)
    if read is None:
        check_keys(document, path, given, tuple(_READERS))
        return None
    return read(document, (*path, word), inner, depth + 1)


def _parts(
    document: Document, path: ValuePath, given: Any, depth: int
) -> tuple[Condition, ...] | None:
    if not (isinstance(given, list) and given):
        document.report(path, "M604", f"{path[-1]} needs a list of conditions")
        return None
    read = [_condition(document, (*path, index), part, depth) for index, part in enumerate(given)]
    sound = tuple(part for part in read if part is not None)
    return sound if len(sound) == len(read) else None


def _all_of(document: Document, path: ValuePath, given: Any, depth: int) -> Condition | None:
    parts = _parts(document, path, given, depth)
    return None if parts is None else AllOf(parts)


def _any_of(document: Document, path: ValuePath, given: Any, depth: int) -> Condition | None:
    parts = _parts(document, path, given, depth)
    return None if parts is None else AnyOf(parts)


def _not(document: Document, path: ValuePath, given: Any, depth: int) -> Condition | None:
    part = _condition(document, path, given, depth)
    return None if part is None else Not(part)


def _attributes(document: Document, path: ValuePath, given: Any, _depth: int) -> Condition | None:
    hold = _fql(document, path, given, _OF_PERSON, 'traits.plan = "pro"')
    return None if hold is None else Attributes(hold)


def _performed(document: Document, path: ValuePath, given: Any, _depth: int) -> Condition | None:
    if not isinstance(given, dict):
        document.report(path, "M605", "performed must be an object", cure="{event: Ordered}")
        return None
    known = len(document.findings)
    named = event_named(document, path, given, ("at_least", "within", "where"), "M605")
    at_least = given.get("at_least", 1)
    if type(at_least) is not int or not 1 <= at_least <= MOST_TIMES:
        document.report((*path, "at_least"), "M606", f"at_least must be 1 to {MOST_TIMES}")
        at_least = 1
    within = given.get("within")
    if within is not None:
        within = duration(document, (*path, "within"), within, "M606")
    where = given.get("where")
    hold = None
    if where is not None:
        hold = _fql(document, (*path, "where"), where, _OF_EVENT, 'properties.plan = "pro"')
    broken = [item for item in document.findings[known:] if item.severity is Severity.ERROR]
    if broken or named is None:
        return None
    kind, name = named
    return Performed(
        key=fingerprint(canonical([kind, name, at_least, within, where]))[:8].hex(),
        kind=kind,
        name=name,
        at_least=at_least,
        within=within,
        where=hold,
    )


def _fql(
    document: Document, path: ValuePath, text: Any, seen: frozenset[Subject], example: str
) -> Callable[[JSONObject], bool] | None:
    """Compile FQL that looks only at what there is to see here."""
    try:
        tree = parse_whole(text if isinstance(text, str) else "")
    except FqlError as error:
        document.report(
            path, "M607", str(error), cure=f"write for example: {example}", offset=error.offset
        )
        return None
    for offset, code, message, cure in fql_traps(str(text)):
        document.report(path, code, message, cure=cure, severity=Severity.WARNING, offset=offset)
    if subjects(tree) - seen:
        names = {Subject.PROPERTY: "properties", Subject.TRAIT: "traits", Subject.USER_ID: "userId"}
        told = " and ".join(sorted(names[subject] for subject in seen))
        document.report(path, "M607", f"only {told} can be asked here", cure=example)
        return None
    return predicate(tree)


_READERS: dict[str, Callable[[Document, ValuePath, Any, int], Condition | None]] = {
    "and": _all_of,
    "or": _any_of,
    "not": _not,
    "performed": _performed,
    "attributes": _attributes,
}
