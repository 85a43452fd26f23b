"""Calls to try a mapping on: out of JSON and JSON-lines files, stories, recorded batches."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from adapter.errors import InvalidJson, OperatorError
from adapter.jsonvalue import JSONObject, loads
from adapter.mapping.check.subscriptions import CALL_TYPES


class Sample(NamedTuple):
    """A call, and where it was found."""

    source: str
    call: JSONObject


def read_samples(paths: Iterable[Path]) -> Iterator[Sample]:
    """Yield the Segment calls in files, and in the JSON files of directories, however deep inside.

    Raises:
        OperatorError: a file cannot be read.
    """
    for path in paths:
        files = sorted(path.rglob("*.json*")) if path.is_dir() else [path]
        for file in files:
            yield from _samples_of(file)


def calls_in(value: Any) -> Iterator[JSONObject]:
    """Yield the objects in a JSON value whose ``type`` is that of a call."""
    if isinstance(value, list):
        for item in value:
            yield from calls_in(item)
    elif isinstance(value, dict):
        if value.get("type") in CALL_TYPES:
            yield value
        else:
            yield from calls_in(list(value.values()))


def _samples_of(file: Path) -> Iterator[Sample]:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise OperatorError(f"{file} cannot be read: {error.strerror}") from error
    for number, text in enumerate(_documents(content), start=1):
        try:
            value = loads(text)
        except InvalidJson as error:
            raise OperatorError(f"{file}:{number}: {error.message}") from error
        for call in calls_in(value):
            yield Sample(str(file), call)


def _documents(content: bytes) -> list[bytes]:
    """Split JSON lines; a file of one value, over however many lines, stays whole."""
    try:
        loads(content)
    except InvalidJson:
        return [line for line in content.splitlines() if line.strip()]
    return [content]
