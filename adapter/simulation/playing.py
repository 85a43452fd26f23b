"""Plays a story through the doors, and tells what came of it in the story's own words."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from adapter.bootstrap import Services, build_services
from adapter.clock import ManualClock, parse_instant, unix_seconds
from adapter.doors.signatures import sign
from adapter.errors import InvalidJson, NotFound
from adapter.jsonvalue import JSONObject, dumps, loads
from adapter.model.workspaces import Workspace
from adapter.ports import Store
from adapter.rules.decision import Fate
from adapter.rules.identifiers import read_identifier
from adapter.rules.policy import policy_of
from adapter.services.mapping_book import MappingBook
from adapter.services.reading import MAX_LIMIT
from adapter.services.stories import (
    KnownPerson,
    Request,
    SettingChange,
    Step,
    Story,
    TrackCall,
)
from adapter.settings import Settings
from adapter.web.door import Sent, answer_waiting
from adapter.web.doors.table import ROUTING

_INSTANTS = ("timestamp", "received_at", "processed_at")
_SECRET = "shared with the sender"  # noqa: S105 - it guards nothing

_LONGEST_ID = 256


class Stage:
    """A workspace of its own for one story, and the services on it.

    Args:
        story: to be played, and asked about.
        store: any; stories do not see each other.
        mappings: compiled mapping files by name.
    """

    def __init__(self, story: Story, store: Store, mappings: MappingBook) -> None:
        self._story = story
        self._clock = ManualClock(story.steps[0].at)
        self._services = build_services(
            settings=Settings(), store=store, clock=self._clock, mappings=mappings
        )
        self._slug, self._workspace = self._open(self._services)

    def play(self) -> JSONObject:
        """Run the steps, once, then answer what the story asks, in the shape of ``asked``."""
        try:
            answers = [self._take(step) for step in self._story.steps]
        finally:
            self._services.ingest.close()
        self._clock.set(self._story.now)
        then = self._story.then
        return {
            "answers": answers,
            "people": [self._person(person.ref) for person in then.people],
            "nobody": [ref for ref in then.nobody if self._person(ref)],
            "activities": {view: self._log(view) for view in then.activities},
            "explain": {event_id: self._explanation(event_id) for event_id in then.explain},
            "quarantine": self._quarantine(),
            "ledger": self._ledger(),
        }

    def unexplained(self) -> list[str]:
        """List the message ids of the story that ``explain`` has no answer for; after ``play``."""
        return [
            message_id
            for step in self._story.steps
            if isinstance(step, Request)
            for message_id in _message_ids(step.body)
            if "rule" not in self._explanation(message_id)
        ]

    def _open(self, services: Services) -> tuple[str, Workspace]:
        given = {"shared_secret": _SECRET, "site_id": self._story.name, "api_key": self._api_key}
        made = services.tenants.create(self._story.name, given, self._story.created_at)
        services.tenants.update_source(replace(made.source, received_at=self._story.received_at))
        workspace = made.workspace
        settings = {**workspace.settings, **self._story.settings}
        services.store.write(lambda opened: opened.set_policy(workspace.id, settings))
        return made.source.slug, replace(workspace, settings=settings)

    @property
    def _api_key(self) -> str:
        return f"{_SECRET}: {self._story.name}"  # no two workspaces may have the same

    def _take(self, step: Step) -> JSONObject | None:
        self._clock.set(step.at)
        if not isinstance(step, SettingChange):
            answer = self._send(self._sent(step))
            return None if step.answer is None else answer
        texts = {name: _text_of(value) for name, value in step.settings.items()}
        self._workspace = self._services.tenants.change_settings(self._workspace, texts)
        return None

    def _sent(self, step: Request | TrackCall) -> Sent:
        if isinstance(step, TrackCall):
            path, _, query = step.target.partition("?")
            pair = f"{self._story.name}:{self._api_key}".encode()
            headers = {"Authorization": f"Basic {b64encode(pair).decode()}"}
            return Sent(step.method, path, query, headers, step.body)
        headers = {"X-Signature": sign(step.body, _SECRET)}
        return Sent("POST", f"/webhooks/segment/{self._slug}", "", headers, step.body)

    def _send(self, sent: Sent) -> JSONObject:
        entry = ROUTING.find(sent.method, sent.path)
        if entry is None:
            raise LookupError(f"no door answers {sent.path}")
        reply = answer_waiting(self._services, entry, sent)
        return {"status": reply.status, **loads(reply.content())}

    def _log(self, view: str) -> list[JSONObject]:
        params = {"view": view, "limit": str(MAX_LIMIT)}
        lines: list[JSONObject] = self._services.reading.activities(self._workspace, params)[
            "activities"
        ]
        return lines

    def _person(self, ref: str) -> JSONObject | None:
        person = self._services.store.find_person(self._workspace.id, read_identifier(ref))
        if person is None:
            return None
        return {
            "ref": ref,
            "identifiers": {kind.value: text for kind, text in person.identifiers.items()},
            "attributes": {name: held.value for name, held in person.attributes.items()},
        }

    def _explanation(self, event_id: str) -> JSONObject:
        try:
            answer = self._services.explaining.event(self._workspace, event_id)
        except NotFound as error:
            return {"reason": f"not found: {error}"}
        trigger = answer["trigger"]
        return answer | {"trigger": trigger and trigger["reason"]}

    def _quarantine(self) -> list[JSONObject]:
        since = policy_of(self._workspace.settings).alive_after(self._story.now)
        rows = self._services.store.quarantine(self._workspace.id, after=since)
        return [
            {"reason": row.reason, "pointer": row.pointer, "text": row.text}
            for row in rows
            if not row.refused
        ]

    def _ledger(self) -> dict[Fate, int]:
        counts = dict.fromkeys(Fate, 0)
        for row in self._services.store.ledger(self._workspace.id):
            counts[row.fate] += row.count
        return counts


def _message_ids(body: bytes) -> list[str]:
    """List the ids of a body's records; what is no text of 1 to 256 bytes is no id (L1)."""
    try:
        value = loads(body)
    except InvalidJson:
        return []
    items = value if isinstance(value, list) else [value]
    ids = [item.get("messageId") for item in items if isinstance(item, dict)]
    texts = [message_id for message_id in ids if isinstance(message_id, str)]
    return [text for text in texts if text.strip() and len(text) <= _LONGEST_ID]


def asked(story: Story) -> JSONObject:
    """Tell what a story expects, leaving out what it does not ask."""
    then = story.then
    expected: JSONObject = {
        "answers": [getattr(step, "answer", None) for step in story.steps],
        "people": [_known(person) for person in then.people],
        "nobody": [],
        "activities": {
            view: [_in_seconds(entry) for entry in entries]
            for view, entries in then.activities.items()
        },
        "explain": then.explain,
    }
    if then.quarantine is not None:
        expected["quarantine"] = then.quarantine
    if then.ledger is not None:
        expected["ledger"] = dict.fromkeys(Fate, 0) | then.ledger
    return expected


def as_asked(actual: Any, expected: Any) -> Any:
    """Cut what came down to what was asked, so that equality is the whole comparison.

    Of an object only the fields asked for are kept, with None for one that is missing; lists keep
    all their entries.
    """
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {name: as_asked(actual.get(name), value) for name, value in expected.items()}
    if isinstance(expected, list) and isinstance(actual, list):
        pairs = zip(actual, expected, strict=False)
        return [as_asked(*pair) for pair in pairs] + actual[len(expected) :]
    return actual


def _known(person: KnownPerson) -> JSONObject:
    return {
        "ref": person.ref,
        "identifiers": {kind: person.identifiers.get(kind) for kind in ("id", "email")},
        "attributes": person.attributes,
    }


def _in_seconds(entry: JSONObject) -> JSONObject:
    instants = {name: entry[name] for name in _INSTANTS if isinstance(entry.get(name), str)}
    return entry | {name: unix_seconds(parse_instant(text)) for name, text in instants.items()}


def _text_of(setting: Any) -> str:
    """Write a setting as an operator types it."""
    if isinstance(setting, bool):
        return "on" if setting else "off"
    return ",".join(setting) if isinstance(setting, list) else str(setting)


def differences(story: Story, seen: JSONObject) -> list[str]:
    """Tell, one a line, what did not come out as a story says."""
    expected = asked(story)
    return list(_differences(as_asked(seen, expected), expected, ""))


def _differences(seen: Any, expected: Any, place: str) -> Iterator[str]:
    if isinstance(seen, dict) and isinstance(expected, dict):
        for name, value in expected.items():
            yield from _differences(seen.get(name), value, f"{place}/{name}")
    elif isinstance(seen, list) and isinstance(expected, list):
        for index, pair in enumerate(zip_longest(seen, expected)):
            yield from _differences(*pair, f"{place}/{index}")
    elif seen != expected:
        yield f"{place}: expected {dumps(expected)}, found {dumps(seen)}"
