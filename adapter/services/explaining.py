"""Why: the story of one event, anonymous id or person, with facts, reasons and nearest miss."""

from dataclasses import dataclass

from adapter.clock import Clock, Instant, iso
from adapter.errors import NotFound
from adapter.jsonvalue import JSONObject
from adapter.model.activities import ActivityType
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.model.reasons import EXPLANATIONS, Reason
from adapter.model.workspaces import Workspace
from adapter.ports import ActivityQuery, ActivityRow, Store
from adapter.rules.facts import AnonymousIdFact, Home, KeyFact
from adapter.rules.identifiers import is_junk_anonymous_id
from adapter.rules.nearest import Miss, miss_of_expired
from adapter.rules.policy import Policy, policy_of
from adapter.rules.triggers import delivery_id
from adapter.services.activity_json import activity_json, customer_id, identifiers_json
from adapter.services.deliver import CAMPAIGNS
from adapter.services.near_misses import NearMisses, miss_json
from adapter.services.reading import person_ref

_LINES = 100
_TURNS = frozenset({ActivityType.SEGMENT_ENTER, ActivityType.SEGMENT_LEAVE})
_EXPIRING = frozenset({Home.ANONYMOUS, Home.INVITE})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question about a workspace, as of an instant."""

    workspace: Workspace
    policy: Policy
    now: Instant
    misses: NearMisses


class Explaining:
    """Answers why, from what the store holds; decides nothing anew."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def event(self, workspace: Workspace, event_id: str) -> JSONObject:
        """Explain a record, named by the sender's id or by ours.

        Returns:
            ``{"event_id", "id", "reason", "rule", "sentence", "reasons", "trigger", "facts",
            "nearest_miss", "activities"}``; the miss as :func:`miss_json` shows it.

        Raises:
            NotFound: no such record was accepted.
        """
        asked = self._ask(workspace)
        key = self._store.find_key(workspace.id, event_id)
        key = key or self._store.find_record(workspace.id, event_id)
        key = key or self._refused(event_id, asked)
        if key is None:
            raise NotFound(f"no record with the id {event_id!r} was accepted")
        if key.home is Home.DELETED:
            return self._gone(event_id, key, Reason.DELETED_WITH_PERSON)
        lines = self._lines(asked, message=key.record)
        own = next((line for line in lines if line.id == key.record), None)
        if own is None and key.home in _EXPIRING:
            miss = miss_of_expired(key.received_at, asked.policy, asked.now)
            facts = _expiry(key.received_at, asked)
            return self._gone(event_id, key, Reason.EXPIRED, miss, **facts)
        if own is None and lines:
            own = lines[-1]
        if own is None:
            raise NotFound(f"nothing is left of the record {event_id!r}")
        return self._story(event_id, key, own, lines, asked)

    def anonymous_id(self, workspace: Workspace, anonymous_id: str) -> JSONObject:
        """Explain an anonymous id: whose it is, since when, and what became of its events.

        Raises:
            NotFound: it was never seen.
        """
        asked = self._ask(workspace)
        fact = asked.misses.fact(anonymous_id)
        if fact is None:
            raise NotFound(f"the anonymous id {anonymous_id!r} was never seen")
        lines = self._lines(asked, anonymous_id=anonymous_id)
        reason = _id_reason(anonymous_id, fact, asked.policy)
        return {
            "anonymous_id": anonymous_id,
            **_reason_json(reason),
            "facts": self._assignment(fact, asked),
            "nearest_miss": miss_json(asked.misses.nearest(lines)),
            "activities": [activity_json(line) for line in lines],
        }

    def person(self, workspace: Workspace, identifier: str, id_type: str | None) -> JSONObject:
        """Explain a person: identifiers, and why each line of their log stands there.

        Raises:
            NotFound: nobody is known by the identifier.
        """
        asked = self._ask(workspace)
        person = self._store.find_person(workspace.id, person_ref(identifier, id_type))
        if person is None:
            raise NotFound(f"nobody is known by {identifier!r}")
        lines = self._lines(asked, person_id=person.person_id)
        miss = asked.misses.nearest([*lines, *self._strangers(person, asked)])
        names = {kind.value: text for kind, text in person.identifiers.items()}
        return {
            "customer_identifiers": identifiers_json(names | {"cio_id": person.person_id}),
            "created_at": iso(person.created_at),
            "nearest_miss": miss_json(miss),
            "activities": [
                activity_json(line) | _reason_json(Reason(line.reason)) for line in lines
            ],
        }

    def _strangers(self, person: Person, asked: _Asked) -> list[ActivityRow]:
        """Give the strangers' events under the newest id of a person: those that just missed."""
        newest = person.attributes.get("anonymous_id")
        if newest is None or not isinstance(newest.value, str):
            return []
        lines = self._lines(asked, anonymous_id=newest.value)
        return [line for line in lines if line.person_id is None]

    def _refused(self, event_id: str, asked: _Asked) -> KeyFact | None:
        """Find a record that was refused: its id stays free, but the log has it (6.10.7)."""
        for line in self._lines(asked, event_id=event_id):
            return KeyFact(b"", Home.QUARANTINE, line.message, line.received_at)
        return None

    def _ask(self, workspace: Workspace) -> _Asked:
        policy, now = policy_of(workspace.settings), self._clock.now()
        return _Asked(workspace, policy, now, NearMisses(self._store, workspace.id, policy, now))

    def _lines(
        self,
        asked: _Asked,
        *,
        message: str | None = None,
        anonymous_id: str | None = None,
        person_id: str | None = None,
        event_id: str | None = None,
    ) -> list[ActivityRow]:
        query = ActivityQuery(
            workspace_id=asked.workspace.id,
            alive_after=asked.policy.alive_after(asked.now),
            limit=_LINES,
            message=message,
            anonymous_id=anonymous_id,
            person_id=person_id,
            event_id=event_id,
        )
        return self._store.activities(query)

    def _story(
        self,
        event_id: str,
        key: KeyFact,
        own: ActivityRow,
        lines: list[ActivityRow],
        asked: _Asked,
    ) -> JSONObject:
        fact = asked.misses.fact(own.anonymous_id)
        own = asked.misses.as_it_stands(own)
        facts: JSONObject = {
            "received_at": iso(own.received_at),
            "occurred_at": iso(own.occurred_at),
            "home": key.home.value,
            "anonymous_id": own.anonymous_id,
            "customer_id": customer_id(own.identifiers),
        }
        if fact is not None:
            facts |= self._assignment(fact, asked)
        if own.view == "anonymous" and key.home in _EXPIRING:
            facts["expires_at"] = iso(own.received_at + asked.policy.retention)
        return {
            "event_id": event_id,
            "id": key.record,
            **_reason_json(Reason(own.reason)),
            "reasons": [_reason_json(Reason(code)) for code in _codes(own, lines)],
            "trigger": None if own.trigger is None else _reason_json(Reason(own.trigger)),
            "campaigns": [
                made
                for record in _starting(key.record, lines)
                for made in self._campaigns(asked.workspace.id, record)
            ],
            "facts": facts,
            "nearest_miss": miss_json(asked.misses.of(own)),
            "activities": [activity_json(line) for line in lines],
        }

    def _campaigns(self, workspace_id: int, record: str) -> list[JSONObject]:
        """Tell what campaigns made of an event; nothing of those that it does not start."""
        return [
            {
                "campaign": each.campaign,
                **_reason_json(each.reason),
                "at": iso(each.at),
                "delivery": delivery_id(record, f"{CAMPAIGNS}{each.campaign}")
                if each.reason is Reason.TRIGGERED
                else None,
            }
            for each in self._store.outbox.triggers(workspace_id, record)
        ]

    def _gone(
        self,
        event_id: str,
        key: KeyFact,
        reason: Reason,
        miss: Miss | None = None,
        **facts: str,
    ) -> JSONObject:
        """Tell what is still known of a record that is no longer there."""
        return {
            "event_id": event_id,
            "id": key.record,
            **_reason_json(reason),
            "reasons": [_reason_json(reason)],
            "trigger": None,
            "facts": {"received_at": iso(key.received_at), **facts},
            "nearest_miss": miss_json(miss),
            "activities": [],
        }

    def _assignment(self, fact: AnonymousIdFact, asked: _Asked) -> JSONObject:
        at = fact.assigned_at
        return {
            "assigned_to": self._name(asked.workspace.id, fact.person_id),
            "assigned_at": None if at is None else iso(at),
            "window_closes_at": None if at is None else iso(at + asked.policy.merge_window),
            "pending_for": self._name(asked.workspace.id, fact.pending_person_id),
            "used_up": fact.used_up,
            "merging": asked.policy.merging,
        }

    def _name(self, workspace_id: int, person_id: str | None) -> str | None:
        if person_id is None:
            return None
        found = self._store.find_person(workspace_id, PersonRef(IdentifierKind.CIO_ID, person_id))
        known = {} if found is None else found.identifiers
        return customer_id({"cio_id": person_id} | {k.value: text for k, text in known.items()})


def _expiry(received_at: Instant, asked: _Asked) -> dict[str, str]:
    """Say since when an event has expired; not if that was under an earlier retention."""
    if received_at <= asked.policy.expired_until:
        return {}
    return {"expired_at": iso(received_at + asked.policy.retention)}


def _starting(record: str, lines: list[ActivityRow]) -> list[str]:
    """Name what may have started campaigns: an event, and the segments it led into or out of."""
    return [record, *(line.id for line in lines if line.type in _TURNS)]


def _codes(own: ActivityRow, lines: list[ActivityRow]) -> list[str]:
    """List the main reason, then what else was noticed or followed, each once."""
    return list(dict.fromkeys((own.reason, *own.notes, *(line.reason for line in lines))))


def _id_reason(anonymous_id: str, fact: AnonymousIdFact, policy: Policy) -> Reason:
    if is_junk_anonymous_id(anonymous_id, policy.junk_ids):
        return Reason.JUNK_ID
    if fact.used_up:
        return Reason.ANONYMOUS_ID_USED_UP
    if fact.assigned_at is not None:
        return Reason.ASSIGNED
    return Reason.AWAITING_IDENTIFY if fact.pending_at is None else Reason.MERGING_OFF


def _reason_json(reason: Reason) -> JSONObject:
    explanation = EXPLANATIONS[reason]
    return {
        "reason": reason.value,
        "rule": explanation.rule,
        "sentence": explanation.sentence,
    }
