"""The nearest misses of what stands in the log: reads what ``rules.nearest`` wants to know."""

from collections.abc import Iterable
from dataclasses import replace

from adapter.clock import SECOND, Instant
from adapter.jsonvalue import JSONObject
from adapter.model.activities import ActivityType
from adapter.model.messages import EventKind
from adapter.model.reasons import Reason
from adapter.ports import ActivityQuery, ActivityRow, Store
from adapter.rules.facts import AnonymousIdFact
from adapter.rules.merge import arrival_reason
from adapter.rules.nearest import Miss, Seen, miss_of_claim, miss_of_event, nearest
from adapter.rules.policy import Policy, Reuse

_WAITING = frozenset({Reason.AWAITING_IDENTIFY, Reason.MERGING_OFF})
_EVENTS = frozenset(kind.value for kind in EventKind)
_ENOUGH = 100
"""Identifies looked at, newest first: if none of so many came late enough, no older one did."""


class NearMisses:
    """Tells them for one question about a workspace; reads each anonymous id once.

    Args:
        store: where everything is.
        workspace_id: the tenant.
        policy: its settings.
        now: the present.
    """

    def __init__(self, store: Store, workspace_id: int, policy: Policy, now: Instant) -> None:
        self._store = store
        self._workspace_id = workspace_id
        self._policy = policy
        self._now = now
        self._facts: dict[str, AnonymousIdFact | None] = {}
        self._repeated: dict[str, list[Instant]] = {}

    def of(self, line: ActivityRow) -> Miss | None:
        """Tell how near a line of the log was to something else, if it was at all."""
        if line.type not in _EVENTS:
            return miss_of_claim(self._seen(line), self._policy)
        return miss_of_event(self._seen(self.as_it_stands(line)), self._policy)

    def nearest(self, lines: Iterable[ActivityRow]) -> Miss | None:
        """Give the nearest of several lines."""
        return nearest(map(self.of, lines))

    def as_it_stands(self, event: ActivityRow) -> ActivityRow:
        """Say why an event still waits today: its id may have got a claim since it was stored."""
        fact = self.fact(event.anonymous_id)
        if event.reason not in _WAITING or fact is None:
            return event
        reason = arrival_reason(event.received_at, fact, self._policy)
        return event if reason is Reason.MERGED_IN_WINDOW else replace(event, reason=reason)

    def fact(self, anonymous_id: str | None) -> AnonymousIdFact | None:
        """Give the row of an anonymous id as it is now."""
        if anonymous_id is None:
            return None
        if anonymous_id not in self._facts:
            found = self._store.find_anonymous_id(self._workspace_id, anonymous_id)
            self._facts[anonymous_id] = found
        return self._facts[anonymous_id]

    def _seen(self, line: ActivityRow) -> Seen:
        fact = self.fact(line.anonymous_id)
        asked = line.reason == Reason.WINDOW_CLOSED and self._policy.reuse is Reuse.NEVER
        return Seen(
            received_at=line.received_at,
            occurred_at=line.occurred_at,
            processed_at=line.processed_at,
            reason=Reason(line.reason),
            trigger=None if line.trigger is None else Reason(line.trigger),
            anonymous_id=line.anonymous_id or "",
            fact=fact,
            repeats=self._repeats(line.anonymous_id or "", fact) if asked and fact else (),
        )

    def _repeats(self, anonymous_id: str, fact: AnonymousIdFact) -> list[Instant]:
        """Tell when the person who has an id was identified with it again (M6)."""
        if anonymous_id not in self._repeated:
            query = ActivityQuery(
                workspace_id=self._workspace_id,
                alive_after=self._policy.alive_after(self._now),
                type=ActivityType.ATTRIBUTE_CHANGE.value,
                person_id=fact.person_id,
                anonymous_id=anonymous_id,
                limit=_ENOUGH,
            )
            self._repeated[anonymous_id] = [
                line.received_at
                for line in self._store.activities(query)
                if line.reason == Reason.ANONYMOUS_ID_ALREADY_ASSIGNED_TO_SAME_PERSON
            ]
        return self._repeated[anonymous_id]


def miss_json(miss: Miss | None) -> JSONObject | None:
    """Show a nearest miss: ``{"missed", "by_seconds", "settings", "sentence"}``."""
    if miss is None:
        return None
    return {
        "missed": miss.missed.value,
        "by_seconds": None if miss.by is None else miss.by / SECOND,
        "settings": miss.settings,
        "sentence": miss.sentence,
    }
