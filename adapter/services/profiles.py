"""All that is known of one person, or of one anonymous id, for people to look at."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from adapter.clock import Clock, Instant
from adapter.jsonvalue import JSONObject, JSONValue, loads
from adapter.model.activities import ActivityType
from adapter.model.people import Device, IdentifierKind, Person, PersonRef
from adapter.model.workspaces import Workspace
from adapter.ports import ActivityQuery, ActivityRow, Store
from adapter.rules.facts import AnonymousIdFact
from adapter.rules.identifiers import is_junk_anonymous_id
from adapter.rules.policy import Policy, policy_of
from adapter.services.near_misses import NearMisses, miss_json
from adapter.services.reading import person_ref

MOST_IDS = 100
MOST_EVENTS = 100
"""Of an anonymous id that are shown in its picture, newest first."""

_PICTURED = 5
_LOOK = 500
_CHANGES = (ActivityType.ATTRIBUTE_CHANGE, ActivityType.PROFILE_CREATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAttribute:
    """An attribute of a person.

    Attributes:
        at: the sender's time of the update that set it (P4).
        line: id of the log's line that tells of it; "" if that is too far back.
    """

    name: str
    value: JSONValue
    at: Instant
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownId:
    """An anonymous id, with what became of its events.

    Attributes:
        fact: its row; of one that was never claimed too.
        opens: events received later than this merged, or would have, when it was assigned (R1).
        closes: events received by then merge as they arrive (M3).
        events: its events, oldest first; the newest of very many.
        cut: there are older ones.
        junk: it is a placeholder that many share, and is never assigned (K6).
    """

    anonymous_id: str
    fact: AnonymousIdFact
    opens: Instant | None
    closes: Instant | None
    events: tuple[ActivityRow, ...] = ()
    cut: bool = False
    junk: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A person.

    Attributes:
        anonymous_ids: newest assignment first; only the newest have events.
        miss: how near the nearest thing was that did not come about; None for none.
    """

    person: Person
    identifiers: dict[str, str]
    attributes: list[KnownAttribute]
    anonymous_ids: list[KnownId]
    devices: dict[str, Device]
    miss: JSONObject | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """An anonymous id, whose it is, and its nearest miss."""

    known: KnownId
    owner: dict[str, str]
    claimant: dict[str, str]
    miss: JSONObject | None


@dataclass(frozen=True, slots=True)
class _Asked:
    workspace: Workspace
    policy: Policy
    now: Instant
    misses: NearMisses


class Profiles:
    """Shows people and anonymous ids; reads a bounded part of what they did."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def person(self, workspace: Workspace, identifier: str) -> Profile | None:
        """Show a person, found by any identifier; None if nobody is known by it."""
        person = self._store.find_person(workspace.id, person_ref(identifier, None))
        if person is None:
            return None
        asked = self._ask(workspace)
        held = self._store.assignments(workspace.id, person=person.person_id, limit=MOST_IDS)
        ids = [
            self._known(asked, anonymous_id, fact, pictured=place < _PICTURED)
            for place, (anonymous_id, fact) in enumerate(held)
        ]
        near = (event for known in ids[:1] for event in known.events)
        return Profile(
            person=person,
            identifiers=_names(person.person_id, person),
            attributes=list(self._attributes(asked, person)),
            anonymous_ids=ids,
            devices=person.devices,
            miss=miss_json(asked.misses.nearest(near)),
        )

    def stranger(self, workspace: Workspace, anonymous_id: str) -> Stranger | None:
        """Show an anonymous id; None if it was never seen."""
        asked = self._ask(workspace)
        fact = asked.misses.fact(anonymous_id)
        if fact is None:
            return None
        known = self._known(asked, anonymous_id, fact, pictured=True)
        return Stranger(
            known=known,
            owner=self._named(workspace, fact.person_id),
            claimant=self._named(workspace, fact.pending_person_id),
            miss=miss_json(asked.misses.nearest(known.events)),
        )

    def _ask(self, workspace: Workspace) -> _Asked:
        policy, now = policy_of(workspace.settings), self._clock.now()
        return _Asked(workspace, policy, now, NearMisses(self._store, workspace.id, policy, now))

    def _known(
        self, asked: _Asked, anonymous_id: str, fact: AnonymousIdFact, *, pictured: bool
    ) -> KnownId:
        at = fact.assigned_at
        events: list[ActivityRow] = []
        if pictured:
            lines = self._store.activities(
                replace(self._query(asked), anonymous_id=anonymous_id, limit=MOST_EVENTS + 1)
            )
            # What a person did who was known already is no part of a stranger's story (K1).
            events = [
                asked.misses.as_it_stands(line)
                for line in lines
                if line.message == line.id and (line.was_anonymous or line.person_id is None)
            ]
        return KnownId(
            anonymous_id=anonymous_id,
            fact=fact,
            opens=None if at is None else asked.policy.alive_after(at),
            closes=None if at is None else Instant(at + asked.policy.merge_window),
            events=tuple(events[:MOST_EVENTS][::-1]),
            cut=len(events) > MOST_EVENTS,
            junk=is_junk_anonymous_id(anonymous_id, asked.policy.junk_ids),
        )

    def _attributes(self, asked: _Asked, person: Person) -> Iterable[KnownAttribute]:
        """Give a person's attributes with the lines that tell of them, as far as they are near."""
        query = replace(self._query(asked), person_id=person.person_id, limit=_LOOK)
        floor = self._store.activity_floor(query, _LOOK)
        told: dict[tuple[str, Instant], str] = {}
        for kind in _CHANGES:
            for line in self._store.activities(replace(query, type=kind, beyond=floor)):
                # Identifiers and the anonymous id are told of by no name, but by their time.
                for name in ("", *loads(line.data).get("changes", {})):
                    told.setdefault((name, line.occurred_at), line.id)
                    told.setdefault((name, line.received_at), line.id)
        for name, attribute in sorted(person.attributes.items()):
            if attribute.value is not None:
                yield KnownAttribute(
                    name=name,
                    value=attribute.value,
                    at=attribute.at,
                    line=told.get((name, attribute.at)) or told.get(("", attribute.at), ""),
                )

    def _query(self, asked: _Asked) -> ActivityQuery:
        return ActivityQuery(
            workspace_id=asked.workspace.id, alive_after=asked.policy.alive_after(asked.now)
        )

    def _named(self, workspace: Workspace, person_id: str | None) -> dict[str, str]:
        """Give the names of a person, the cio_id even of one who is gone; empty for nobody."""
        if person_id is None:
            return {}
        ref = PersonRef(IdentifierKind.CIO_ID, person_id)
        return _names(person_id, self._store.find_person(workspace.id, ref))


def _names(person_id: str, person: Person | None) -> dict[str, str]:
    known = {} if person is None else person.identifiers
    return {kind.value: text for kind, text in known.items()} | {"cio_id": person_id}
