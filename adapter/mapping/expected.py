"""What operators' files have in common: what a value must be, and what is said if it is not."""

from collections.abc import Iterable
from typing import Any

from adapter.clock import parse_duration
from adapter.jsonvalue import JSONObject
from adapter.mapping.files import suggestion
from adapter.mapping.positions import Document, ValuePath
from adapter.model.messages import EventKind


def check_keys(
    document: Document, path: ValuePath, value: JSONObject, known: tuple[str, ...]
) -> None:
    """Report keys that mean nothing."""
    for key in value:
        if key not in known:
            cure = suggestion(key, known)
            document.report(
                (*path, key), "M023", f"{key} means nothing here", cure=cure, at_key=True
            )


def check_enabled(document: Document, path: ValuePath, entry: JSONObject, code: str) -> None:
    """Report a switch that is neither on nor off, and a workspace that is no name."""
    if not isinstance(entry.get("enabled", True), bool):
        document.report((*path, "enabled"), code, "enabled must be true or false")
    workspace = entry.get("workspace")
    if workspace is not None and not isinstance(workspace, str):
        document.report((*path, "workspace"), code, "workspace must be a workspace's name")


def one_of(document: Document, path: ValuePath, value: Any, choices: Iterable[object]) -> str:
    """Read one of several words; the first of them stands in for another."""
    known = [str(choice) for choice in choices]
    if isinstance(value, str) and value in known:
        return value
    document.report(path, "M511", f"{value} is not known here", cure=suggestion(str(value), known))
    return known[0]


def duration(document: Document, path: ValuePath, value: Any, code: str) -> int:
    """Read a duration such as ``30d`` as microseconds, more than none."""
    try:
        length = parse_duration(value) if isinstance(value, str) else 0
    except ValueError:
        length = 0
    if not length:
        document.report(path, code, f"{value} is no duration", cure="write 90s, 15m, 24h or 30d")
    return length


def event_named(
    document: Document, path: ValuePath, given: JSONObject, besides: tuple[str, ...], code: str
) -> tuple[EventKind, str] | None:
    """Read which events are meant: one of ``{event: NAME}``, ``{page: URL}``, ``{screen: NAME}``.

    Args:
        document: where it stands.
        path: of the object.
        given: the object.
        besides: other keys that it may have.
        code: of findings.
    """
    kinds = [kind.value for kind in EventKind]
    check_keys(document, path, given, (*kinds, *besides))
    named = [kind for kind in kinds if kind in given]
    if len(named) != 1:
        message = f"this needs one of {', '.join(kinds)}, and a name"
        document.report(path, code, message, cure="{event: Signed Up}")
        return None
    name = given[named[0]]
    if not isinstance(name, str) or not name:
        document.report((*path, named[0]), code, "the event's name must be a text")
        return None
    return EventKind(named[0]), name
