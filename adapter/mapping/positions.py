"""YAML read as JSON, every value with its place in the file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from adapter.mapping.findings import Finding, Severity

ValuePath = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


_MOST_VALUES = 100_000
"""Aliases stand for what they name again and again, so that few lines could fill the memory."""


class _TooMany(Exception):
    def __str__(self) -> str:
        return f"it holds more than {_MOST_VALUES:,} values, those of aliases counted each time"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value begins.

    Attributes:
        line, column: counted from 1.
        style: of a text: ``|``, ``>``, a quote, or "" if it is plain.
    """

    line: int
    column: int
    style: str = ""


@dataclass(slots=True)
class Document:
    """A file's content and where each part of it stands.

    Attributes:
        file: as it is shown.
        text: what stands in the file.
        value: JSON.
        places: of values, by path; of objects and lists in a mapping, that of their key.
        keys: places of keys, by the path of what they name.
        findings: what is wrong so far.
    """

    file: str
    text: str
    value: Any = None
    places: dict[ValuePath, Place] = field(default_factory=dict)
    keys: dict[ValuePath, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    lines: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.text.splitlines()

    def place_of(self, path: ValuePath) -> Place:
        """Find the place of a path, or of the nearest part that stands in the file."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, Place(1, 1))

    def report(
        self,
        path: ValuePath,
        code: str,
        message: str,
        *,
        cure: str = "",
        severity: Severity = Severity.ERROR,
        offset: int = 0,
        at_key: bool = False,
    ) -> None:
        """Note a finding at a path.

        Args:
            path: of the value concerned.
            code: see :class:`Finding`.
            message: what is wrong.
            cure: what to write instead.
            severity: how bad it is.
            offset: how far inside a text, in characters.
            at_key: it is the key that is wrong, not what it names.
        """
        place = self.keys.get(path) if at_key else None
        line, column = self._inside(place or self.place_of(path), offset)
        self.findings.append(
            Finding(
                file=self.file,
                line=line,
                column=column,
                code=code,
                severity=severity,
                message=message,
                text=self.lines[line - 1].strip() if line <= len(self.lines) else "",
                cure=cure,
            )
        )

    def _inside(self, place: Place, offset: int) -> tuple[int, int]:
        if place.style not in {"|", ">"}:
            return place.line, place.column + offset + (1 if place.style else 0)
        left = offset
        for number, line in enumerate(self.lines[place.line :], start=place.line + 1):
            bare = line.lstrip(" ")
            if left <= len(bare):
                return number, len(line) - len(bare) + left + 1
            left -= len(bare) + 1
        return place.line, place.column


def read_document(path: Path) -> Document:
    """Read a YAML file; what cannot be read is among the findings."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        document = Document(str(path), "")
        document.report((), "M001", f"the file cannot be read: {error}")
        return document
    return parse_document(text, str(path))


def parse_document(text: str, file: str) -> Document:
    """Read YAML; what is no JSON (dates, anchors' merges, odd numbers) is among the findings."""
    document = Document(file, text)
    try:
        root = YAML().compose(text)
        if root is not None:
            document.value = _value(root, (), document)
    except (_TooMany, RecursionError) as error:
        document.places = {(): Place(1, 1)}
        said = str(error) if isinstance(error, _TooMany) else "it nests too deep"
        document.report((), "M002", said, cure="write it out without aliases (*name)")
    except MarkedYAMLError as error:
        mark = error.problem_mark
        document.places[()] = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        document.report((), "M002", f"this is no YAML: {error.problem}")
    except YAMLError as error:
        document.report((), "M002", f"this is no YAML: {error}")
    return document


def _value(node: Node, path: ValuePath, document: Document) -> Any:
    style = (node.style or "") if isinstance(node, ScalarNode) else ""
    place = Place(node.start_mark.line + 1, node.start_mark.column + 1, style)
    if isinstance(node, ScalarNode) or path not in document.places:
        document.places[path] = place
        if len(document.places) > _MOST_VALUES:
            raise _TooMany
    if isinstance(node, MappingNode):
        return dict(_members(node, path, document))
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, index), document) for index, item in enumerate(node.value)]
    return _scalar(node, path, document)


def _members(node: MappingNode, path: ValuePath, document: Document) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        key = str(key_node.value)
        here = (*path, key)
        place = Place(key_node.start_mark.line + 1, key_node.start_mark.column + 1)
        document.places[here] = document.keys[here] = place
        if key_node.tag == f"{_TAG}merge":
            document.report(
                here, "M003", "merge keys are not supported", cure="write it out", at_key=True
            )
        elif key in seen:
            document.report(
                here, "M004", f"the key {key} stands here twice", cure="remove one", at_key=True
            )
        seen.add(key)
        yield key, _value(value_node, here, document)


def _scalar(node: Node, path: ValuePath, document: Document) -> Any:
    tag, text = str(node.tag).removeprefix(_TAG), str(node.value)
    if tag == "str":
        return text
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() == "true"
    if tag in {"int", "float"} and _NUMBER.fullmatch(text):
        return int(text) if tag == "int" else float(text)
    cure = f'put it in quotes if it is a text: "{text}"'
    document.report(path, "M005", f"{text} is no JSON value ({tag})", cure=cure)
    return text
