"""One hash over the state, equal wherever the same records were accepted in the same order (M11).

Rows are hashed one by one and the hashes added up, so that neither the order in which a database
gives them nor their number matters to memory. What generates an id is left out of it
(``ids.canonical_id``), and who is meant is told by identifiers.

The *state* is what holds: who is known, whose each anonymous id is, what belongs to whom. How and
when it came to hold, reasons and triggers and the lines that log a merge or a setting, is hashed
apart as *history*: switching merging off and on again leaves the state of a store that had it on
all along (M8), but not its history.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from adapter.clock import Clock, Instant
from adapter.ids import canonical_id, instant_of_id
from adapter.jsonvalue import JSONObject, canonical, loads
from adapter.model.activities import ActivityType
from adapter.model.objects import CustomObject, Relationship
from adapter.model.people import Attribute, Device, Person
from adapter.model.reasons import Reason
from adapter.model.workspaces import Workspace
from adapter.ports import ActivityQuery, ActivityRow, Store
from adapter.rules.policy import policy_of

_CONSEQUENCES = ("triggers", "segments")
_STATE_PARTS = ("people", "assignments", "events", "log", "quarantine", "ledger", "objects")
_PAGE = 1_000
_MODULUS = 1 << 256

NO_CONSEQUENCE = frozenset(
    {
        ActivityType.SENT_WEBHOOK,
        ActivityType.FAILED_WEBHOOK,
        ActivityType.ERASE,
        ActivityType.SEGMENT_ENTER,
        ActivityType.SEGMENT_LEAVE,
    }
)
"""Lines that tell who answered, how much was erased, or what the operator's files make of people:

nothing that was accepted says so."""

_OF_HISTORY = frozenset({ActivityType.ANON_MERGE, ActivityType.SETTING_CHANGE})

_OF_RELATING = frozenset({ActivityType.ADD_RELATIONSHIP, ActivityType.DELETE_RELATIONSHIP})
"""Where an anonymous id stands for whoever is related, their lines depend on whose it was then."""

_OF_MERGING = frozenset(
    {
        Reason.AWAITING_IDENTIFY,
        Reason.MERGED,
        Reason.MERGED_IN_WINDOW,
        Reason.WINDOW_CLOSED,
        Reason.MERGING_OFF,
        Reason.ASSIGNED,
        Reason.REASSIGNED_TO_SAME_PERSON,
        Reason.ANONYMOUS_ID_ALREADY_ASSIGNED_TO_SAME_PERSON,
    }
)
"""Reasons that depend on when merging was switched on."""


@dataclass(slots=True)
class Part:
    """One part of the state: how many rows, and their hashes added up."""

    rows: int = 0
    total: int = 0

    def add(self, *values: object) -> None:
        """Add a row."""
        row = canonical(values).encode("utf-8", "surrogatepass")
        self.rows += 1
        self.total = (self.total + int.from_bytes(hashlib.sha256(row).digest())) % _MODULUS


@dataclass(frozen=True, slots=True)
class Digest:
    """The digests of a workspace: of its state, part by part, of its history and consequences.

    Consequences are what campaigns and segments made of the state: the operator's files say that.
    """

    state: dict[str, Part] = field(default_factory=lambda: {name: Part() for name in _STATE_PARTS})
    history: Part = field(default_factory=Part)
    consequences: dict[str, Part] = field(
        default_factory=lambda: {name: Part() for name in _CONSEQUENCES}
    )


class Digesting:
    """Hashes what the store holds and can be seen now; what has expired is not part of it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def digest(self, workspace: Workspace) -> Digest:
        """Hash a workspace. Of one moment only while nothing is written."""
        digest = self.beside_log(workspace)
        for row in self.log(workspace):
            if row.type not in NO_CONSEQUENCE:
                _add_line(row, digest)
        self._add_triggers(workspace, digest.consequences["triggers"])
        self._add_members(workspace, digest.consequences["segments"])
        return digest

    def beside_log(self, workspace: Workspace) -> Digest:
        """Hash a workspace without the lines of its log, and so without its history."""
        digest = Digest()
        labels = self._add_people(workspace, digest)
        self._add_assignments(workspace, labels, digest)
        self._add_objects(workspace, labels, digest)
        self._add_bookkeeping(workspace, digest)
        return digest

    def _add_triggers(self, workspace: Workspace, part: Part) -> None:
        beyond = ("", "")
        while page := self._store.outbox.every_trigger(workspace.id, beyond=beyond, limit=_PAGE):
            beyond = (page[-1].record, page[-1].campaign)
            labels = self._labels(workspace.id, [row.person_id for row in page])
            for row in page:
                who = labels.get(row.person_id or "")
                part.add(instant_of_id(row.record), row.campaign, who, row.at, row.reason.value)

    def _add_members(self, workspace: Workspace, part: Part) -> None:
        beyond = ("", "")
        while page := self._store.memberships.everyone(workspace.id, beyond=beyond, limit=_PAGE):
            beyond = page[-1][:2]
            labels = self._labels(workspace.id, [person_id for person_id, _, _ in page])
            for person_id, segment, member in page:
                part.add(labels.get(person_id), segment, member.since)

    def _labels(self, workspace_id: int, person_ids: Iterable[str | None]) -> dict[str, str]:
        ids = sorted({person_id for person_id in person_ids if person_id is not None})
        known = self._store.person_identifiers(workspace_id, ids)
        return {
            person_id: _label(
                {kind.value: text for kind, text in names.items()} | {"cio_id": person_id}
            )
            for person_id, names in known.items()
        }

    def log(self, workspace: Workspace) -> Iterator[ActivityRow]:
        """Give the lines of the log that can be seen, newest first."""
        before, expired = "", policy_of(workspace.settings).alive_after(self._clock.now())
        while True:
            query = ActivityQuery(
                workspace_id=workspace.id,
                alive_after=expired,
                before=before,
                limit=_PAGE,
            )
            page = self._store.activities(query)
            if not page:
                return
            yield from page
            before = page[-1].id

    def _add_people(self, workspace: Workspace, digest: Digest) -> dict[str, str]:
        labels: dict[str, str] = {}
        beyond = ""
        while page := self._store.people(workspace.id, beyond=beyond, limit=_PAGE):
            beyond = page[-1].person_id
            for person in page:
                label = _label_of(person)
                labels[person.person_id] = label
                digest.state["people"].add(
                    label,
                    _attributes(person.attributes),
                    {token: _device(device) for token, device in person.devices.items()},
                    person.created_at,
                    person.updated_at,
                )
        return labels

    def _add_assignments(
        self, workspace: Workspace, labels: dict[str, str], digest: Digest
    ) -> None:
        beyond = ""
        while page := self._store.assignments(workspace.id, beyond=beyond, limit=_PAGE):
            beyond = page[-1][0]
            for anonymous_id, fact in page:
                digest.state["assignments"].add(
                    anonymous_id,
                    labels.get(fact.person_id or ""),
                    fact.assigned_at,
                    labels.get(fact.pending_person_id or ""),
                    fact.pending_at,
                )

    def _add_objects(self, workspace: Workspace, labels: dict[str, str], digest: Digest) -> None:
        expired = policy_of(workspace.settings).alive_after(self._clock.now())
        part, beyond = digest.state["objects"], ""
        while page := self._store.objects(workspace.id, beyond=beyond, limit=_PAGE):
            beyond = page[-1].cio_object_id
            for one in page:
                name = [one.object_type_id, one.object_id]
                part.add(name, _attributes(one.attributes), one.created_at, one.updated_at)
                for holder, related in self._related(workspace.id, one, labels, expired):
                    times = (related.created_at, related.updated_at)
                    attributes = _attributes(related.attributes)
                    part.add(name, holder, attributes, related.anonymous_id, times)

    def _related(
        self, workspace_id: int, one: CustomObject, labels: dict[str, str], expired: Instant
    ) -> Iterator[tuple[str | None, Relationship]]:
        """Give who is related to an object: people by their label, strangers by nothing."""
        object_id, beyond = one.cio_object_id, ""
        while people := self._store.relationships(
            workspace_id, cio_object_id=object_id, beyond=beyond, limit=_PAGE
        ):
            beyond = people[-1].person_id
            yield from ((labels.get(row.person_id), row.relationship) for row in people)
        beyond = ""
        while strangers := self._store.strangers(
            workspace_id, object_id, after=expired, beyond=beyond, limit=_PAGE
        ):
            beyond = strangers[-1][0]
            yield from ((None, relationship) for _, relationship in strangers)

    def _add_bookkeeping(self, workspace: Workspace, digest: Digest) -> None:
        slugs = {source.id: source.slug for source in self._store.sources()}
        expired = policy_of(workspace.settings).alive_after(self._clock.now())
        before = ""
        while page := self._store.quarantine(
            workspace.id, after=expired, before=before, limit=_PAGE
        ):
            before = page[-1].id
            for row in page:
                digest.state["quarantine"].add(
                    canonical_id(row.id),
                    slugs.get(row.source_id),
                    [row.message_id, row.index, row.part, row.received_at],
                    [row.reason, row.pointer, row.text, row.raw, row.refused],
                )
        ledger = digest.state["ledger"]
        for counted in self._store.ledger(workspace.id):
            if counted.count:
                source = slugs.get(counted.source_id)
                ledger.add(source, counted.hour, counted.fate.value, counted.count)


def digest_json(workspace: Workspace, digest: Digest) -> JSONObject:
    """Show the digests of a workspace; ``digest`` is the one over its whole state."""
    parts = {name: _shown(part) for name, part in digest.state.items()}
    whole = canonical([[name, p.rows, _hex(p)] for name, p in sorted(digest.state.items())])
    return {
        "workspace": workspace.name,
        "digest": hashlib.sha256(whole.encode()).hexdigest(),
        "parts": parts,
        "history": _shown(digest.history),
        "consequences": {name: _shown(part) for name, part in digest.consequences.items()},
    }


def _add_line(row: ActivityRow, digest: Digest) -> None:
    person = _label(row.identifiers) if row.person_id is not None else None
    data = _data_of(row)
    what = (canonical_id(row.message) if row.message else "", row.event_id, row.type, row.name)
    times = (row.occurred_at, row.received_at)
    whose = (person, row.anonymous_id, row.recipient, row.was_anonymous)
    digest.history.add(
        canonical_id(row.id), what, times, whose, row.reason, row.notes, row.trigger,
        row.processed_at, data,
    )  # fmt: skip
    if row.type in _OF_HISTORY or (row.type in _OF_RELATING and row.anonymous_id):
        return
    is_event = row.id == row.message
    reason = None if row.reason in _OF_MERGING else row.reason
    digest.state["events" if is_event else "log"].add(what, times, whose, reason, row.notes, data)


def _data_of(row: ActivityRow) -> object:
    data = loads(row.data)
    if row.reason == Reason.DUPLICATE_CONFLICT and isinstance(data.get("first"), str):
        data["first"] = canonical_id(data["first"])
    return data


def _attributes(attributes: dict[str, Attribute]) -> JSONObject:
    return {name: [one.value, one.at] for name, one in attributes.items()}


def _device(device: Device) -> list[object]:
    return [device.platform, device.last_used, _attributes(device.attributes)]


def _label_of(person: Person) -> str:
    known = {kind.value: text for kind, text in person.identifiers.items()}
    return _label({**known, "cio_id": person.person_id})


def _label(identifiers: dict[str, str]) -> str:
    """Name a person by when they came to be known, and by what."""
    return canonical({**identifiers, "cio_id": canonical_id(identifiers["cio_id"])})


def _shown(part: Part) -> JSONObject:
    return {"rows": part.rows, "digest": _hex(part)}


def _hex(part: Part) -> str:
    return f"{part.total:064x}"
