"""Stories: recorded requests, and what must come of them, one JSON file each (``fixtures/``).

A story names a case of semantics.md and proves it without any Python. Its file holds::

    {"story": "One sentence.", "rules": ["M1", "A1"],
     "workspace": {"created_at": "2021-06-30"},    when it was made (M8); at the first step
     "settings": {"merging": false},               how the workspace is set; defaults
     "source": {"received_at": "segment"},         whose clock counts (T2); the adapter's
     "steps": [
       {"at": "2026-03-01T10:00:00.000Z",          the adapter's clock
        "webhook": {...} or [...],                 the body as JSON, or ``body`` as text
        "answer": {"accepted": 1, ...}},           part of the answer, ``status`` too; optional
       {"at": "...", "call": {"request": "PUT /api/v1/customers/5",   a call of the Track API,
                              "body": {...}}},     with the workspace's credential
       {"at": "...", "set": {"merging": true}}],   an operator changes settings
     "now": "...",                                 when the questions are asked; at the last step
     "then": {
       "people": [{"ref": "a bare identifier (P2)", "identifiers": {...}, "attributes": {...}}],
       "nobody": ["a bare identifier that names no person"],
       "activities": {"identified": [{...}], "anonymous": [{...}]},
       "explain": {"<event id>": {"reason": "window_closed", "trigger": null}},
       "quarantine": [{"reason": "...", "pointer": "..."}],
       "ledger": {"stored": 3, "duplicate": 1}}}

How ``then`` is read: what a part does not name is not asked. Lists are whole, newest first, and
their entries name some of the fields; a null says that a field is null or missing. The ledger is
whole as well: a fate it does not name has count 0. The instants ``timestamp``, ``received_at`` and
``processed_at`` of an activity may be written in ISO-8601, which counts in whole seconds.

``fixtures/story.schema.json`` says the same to editors. A story may be written in YAML as well,
with a few things spelled shorter (``scenarios``).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from adapter.clock import Instant
from adapter.errors import InvalidJson, OperatorError, Problem
from adapter.jsonvalue import JSONObject, dumps, loads
from adapter.model.workspaces import ReceivedAt
from adapter.rules.decision import Fate
from adapter.services.scenarios import SUFFIXES, placed, read_scenario
from adapter.services.story_schemas import StorySchema


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to the webhook.

    Attributes:
        at: the adapter's clock.
        body: raw bytes, as the sender's.
        answer: fields that the answer must have, ``status`` among them; None: not asked.
    """

    at: Instant
    body: bytes
    answer: JSONObject | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackCall:
    """A call of the Track API, v1 or v2, with the workspace's credential.

    Attributes:
        at: the adapter's clock.
        method, target: as in the request's first line; the target is percent-encoded.
        body: raw bytes, b"" for none.
        answer: fields that the answer must have, ``status`` among them; None: not asked.
    """

    at: Instant
    method: str
    target: str
    body: bytes
    answer: JSONObject | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """An operator's change of the workspace's settings, by name, as JSON."""

    at: Instant
    settings: JSONObject


Step = Request | TrackCall | SettingChange


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """A person there must be; an identifier or attribute that is None must not."""

    ref: str
    identifiers: dict[str, str | None]
    attributes: JSONObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must come of a story; None: not asked.

    Attributes:
        people: persons there must be.
        nobody: bare identifiers that must name no person.
        activities: the log by view, newest first.
        explain: by the sender's event id.
        quarantine: newest first.
        ledger: records by fate, those with count 0 left out.
    """

    people: Sequence[KnownPerson]
    nobody: Sequence[str]
    activities: dict[str, list[JSONObject]]
    explain: dict[str, JSONObject]
    quarantine: list[JSONObject] | None
    ledger: dict[Fate, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A case: what happened, and what must come of it.

    Attributes:
        name: the file's, as its folder and stem: ``window/event_on_the_edge``.
        sentence: what it shows.
        rules: of semantics.md, that it proves.
        created_at: when the workspace was made.
        settings: of the workspace at the start; defaults for the rest.
        received_at: whose clock the source goes by.
        steps: in order of time.
        now: when the questions are asked.
    """

    name: str
    sentence: str
    rules: Sequence[str]
    created_at: Instant
    settings: JSONObject
    received_at: ReceivedAt
    steps: Sequence[Step]
    now: Instant
    then: Expected


def load_story(path: Path) -> Story:
    """Read one story.

    Raises:
        OperatorError: with one problem for everything that is wrong in the file.
    """
    return _story_of(path, _checked(path))


def load_stories(directory: Path) -> list[Story]:
    """Read all stories below a directory, by name.

    Raises:
        OperatorError: with the problems of all files; or there is no story.
    """
    stories: list[Story] = []
    problems: list[Problem] = []
    for path in sorted(directory.glob("*/**/*.json")):
        try:
            stories.append(load_story(path))
        except OperatorError as error:
            problems.extend(error.problems)
    if not stories and not problems:
        raise OperatorError(f"no story below {directory}; one is <topic>/<case>.json")
    if problems:
        raise OperatorError("; ".join(p.message for p in problems), problems=problems)
    return stories


def _checked(path: Path) -> JSONObject:
    if path.suffix in SUFFIXES:
        return _checked_scenario(path)
    try:
        value = loads(path.read_bytes())
    except (OSError, InvalidJson) as error:
        raise _unreadable(path, [("", str(error))]) from error
    try:
        return dict(StorySchema().load(value))
    except ValidationError as error:
        raise _unreadable(path, _flat(error.messages)) from error


def _checked_scenario(path: Path) -> JSONObject:
    document, value = read_scenario(path)
    try:
        return dict(StorySchema().load(value))
    except ValidationError as error:
        problems = [
            Problem("invalid_story", f"{placed(document, pointer)}: {message}", pointer)
            for pointer, message in _flat(error.messages)
        ]
        raise OperatorError("; ".join(p.message for p in problems), problems=problems) from error


def _unreadable(path: Path, found: Iterable[tuple[str, str]]) -> OperatorError:
    """Make one error of all complaints, each a JSON pointer and a sentence."""
    problems = [
        Problem("invalid_story", f"{path}{pointer and '#' + pointer}: {message}", pointer)
        for pointer, message in found
    ]
    return OperatorError("; ".join(p.message for p in problems), problems=problems)


def _flat(messages: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Walk marshmallow's nested complaints, giving each its JSON pointer."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            own = pointer if name == "_schema" else f"{pointer}/{name}"
            yield from _flat(inner, own)
    else:
        for message in messages:
            yield pointer, message


def _story_of(path: Path, checked: JSONObject) -> Story:
    steps = [_step_of(step) for step in checked["steps"]]
    workspace = checked.get("workspace", {"created_at": steps[0].at})
    source = checked.get("source", {"received_at": ReceivedAt.ARRIVAL})
    then = checked["then"]
    people = [KnownPerson(**person) for person in then.pop("people")]
    return Story(
        name=f"{path.parent.name}/{path.stem}",
        sentence=checked["story"],
        rules=checked["rules"],
        created_at=workspace["created_at"],
        settings=checked["settings"],
        received_at=source["received_at"],
        steps=steps,
        now=checked.get("now", steps[-1].at),
        then=Expected(people=people, **then),
    )


def _step_of(step: JSONObject) -> Step:
    if "set" in step:
        return SettingChange(at=step["at"], settings=step["set"])
    if "call" in step:
        return _call_of(step, step["call"])
    text = step["body"] if "body" in step else dumps(step["webhook"])
    return Request(at=step["at"], body=text.encode(), answer=step.get("answer"))


def _call_of(step: JSONObject, call: JSONObject) -> TrackCall:
    method, _, target = call["request"].partition(" ")
    body = dumps(call["body"]).encode() if "body" in call else b""
    return TrackCall(
        at=step["at"], method=method, target=target, body=body, answer=step.get("answer")
    )
