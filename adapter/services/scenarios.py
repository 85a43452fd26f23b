"""Stories written by operators in YAML: the same format, with two things spelled shorter.

An instant may be a time since the story's ``start`` (``90s``, ``10m``, ``72h``, ``30d``, or several
of them: ``4m59s``), and a step may hold a call under its type instead of a ``webhook``::

    story: Who signs up ten minutes after looking gets the page view.
    steps:
      - at: 0s
        page: {messageId: m-1, anonymousId: a-1, properties: {url: https://example.com/pricing}}
      - at: 10m
        identify: {messageId: m-2, anonymousId: a-1, userId: person@example.com}
    then:
      explain:
        m-1: {reason: merged, trigger: may_trigger}
"""

import re
from pathlib import Path
from typing import Any

from adapter.clock import DAY, HOUR, MINUTE, SECOND, iso, parse_instant
from adapter.doors.shapes import CALL_TYPES
from adapter.errors import OperatorError, Problem
from adapter.jsonvalue import JSONObject
from adapter.mapping.positions import Document, read_document

SUFFIXES = frozenset({".yaml", ".yml"})
DEFAULT_START = "2026-03-01T00:00:00Z"

_PART = re.compile(r"(\d{1,6})(us|ms|s|m|h|d)")
_UNITS = {"us": 1, "ms": SECOND // 1_000, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_SINCE = re.compile(rf"(?:{_PART.pattern})+")


def read_scenario(path: Path) -> tuple[Document, Any]:
    """Read a story written in YAML.

    Returns:
        The file with its places, and the story spelled out, yet to be checked.

    Raises:
        OperatorError: it is no YAML, with line and column.
    """
    document = read_document(path)
    if document.findings:
        problems = [Problem("invalid_story", str(finding)) for finding in document.findings]
        raise OperatorError("; ".join(p.message for p in problems), problems=problems)
    value = document.value
    return document, spelled_out(value) if isinstance(value, dict) else value


def placed(document: Document, pointer: str) -> str:
    """Tell where in the file a JSON pointer leads."""
    path = tuple(int(part) if part.isdigit() else part for part in pointer.split("/")[1:])
    place = document.place_of(path)
    return f"{document.file}:{place.line}:{place.column}"


def spelled_out(story: JSONObject) -> JSONObject:
    """Write the short forms out; what is not understood is left for the check to find."""
    start = story.get("start", DEFAULT_START)
    rest = {name: value for name, value in story.items() if name != "start"}
    if "now" in rest:
        rest["now"] = _instant(rest["now"], start)
    if isinstance(rest.get("steps"), list):
        rest["steps"] = [_step(step, start) for step in rest["steps"]]
    return rest


def _step(step: Any, start: Any) -> Any:
    if not isinstance(step, dict):
        return step
    full = {name: value for name, value in step.items() if name not in CALL_TYPES}
    for kind in step.keys() & CALL_TYPES:
        call = step[kind]
        full["webhook"] = {"type": kind, **call} if isinstance(call, dict) else call
    if "at" in full:
        full["at"] = _instant(full["at"], start)
    return full


def _instant(text: Any, start: Any) -> Any:
    if not isinstance(text, str) or _SINCE.fullmatch(text) is None:
        return text
    since = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    try:
        return iso(parse_instant(str(start)) + since)
    except ValueError:
        return start
