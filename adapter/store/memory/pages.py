"""Reading the whole memory store page by page, as its state is digested (M11)."""

import copy
import threading
from collections import Counter
from itertools import islice

from adapter.clock import Instant
from adapter.model.objects import CustomObject, Relationship
from adapter.model.people import Person
from adapter.model.workspaces import Received
from adapter.rules.decision import Fate, Measure
from adapter.rules.facts import AnonymousIdFact
from adapter.rules.measures import HourRow
from adapter.store.memory.tables import Tables


class MemoryPages:
    """The part of ``MemoryStore`` that reads tables from end to end."""

    _tables: Tables
    _lock: threading.RLock

    def people(self, workspace_id: int, *, beyond: str = "", limit: int = 1_000) -> list[Person]:
        """Page through the people of a workspace by person_id."""
        with self._lock:
            own = [key for key in self._tables.people if key[0] == workspace_id and key[1] > beyond]
            return [copy.deepcopy(self._tables.people[key]) for key in sorted(own)[:limit]]

    def accepted(
        self, workspace_id: int, *, beyond: int = 0, limit: int = 500, door: str | None = None
    ) -> list[Received]:
        """Page through what was accepted and is kept, in the order of acceptance."""
        with self._lock:
            own = (
                body
                for body in self._tables.received
                if body.workspace_id == workspace_id
                and body.place > beyond
                and door in {None, body.door}
            )
            return list(islice(own, limit))

    def assignments(
        self, workspace_id: int, *, person: str | None = None, beyond: str = "", limit: int = 1_000
    ) -> list[tuple[str, AnonymousIdFact]]:
        """Page through the anonymous ids that somebody has or claims, or give a person's newest."""
        with self._lock:
            own = [
                (anonymous_id, copy.copy(fact))
                for (owner, anonymous_id), fact in self._tables.anonymous_ids.items()
                if owner == workspace_id and anonymous_id > beyond and _is_claimed(fact, person)
            ]
        own.sort(key=lambda pair: pair[0])
        if person is not None:
            own.sort(key=lambda pair: pair[1].assigned_at or pair[1].pending_at or 0, reverse=True)
        return own[:limit]

    def hours(self, workspace_id: int, since: int) -> list[HourRow]:
        """List all that was counted by the hour."""
        with self._lock:
            tables, counts = self._tables, Counter[tuple[int, Fate | Measure | None, str]]()
            for (owner, _, hour, fate), count in tables.ledger.items():
                counts[hour, fate, ""] += count if owner == workspace_id else 0
            for (owner, _, hour), count in tables.door_counts.items():
                counts[hour, None, ""] += count if owner == workspace_id else 0
            for (owner, _, hour, measure, endpoint), count in tables.measures.items():
                counts[hour, measure, endpoint] += count if owner == workspace_id else 0
        return [HourRow(*key, count) for key, count in counts.items() if count and key[0] >= since]

    def objects(
        self, workspace_id: int, *, beyond: str = "", limit: int = 1_000
    ) -> list[CustomObject]:
        """Page through the objects of a workspace by cio_object_id."""
        with self._lock:
            own = [
                key for key in self._tables.objects if key[0] == workspace_id and key[1] > beyond
            ]
            return [copy.deepcopy(self._tables.objects[key]) for key in sorted(own)[:limit]]

    def strangers(
        self,
        workspace_id: int,
        cio_object_id: str,
        *,
        after: Instant,
        beyond: str = "",
        limit: int = 1_000,
    ) -> list[tuple[str, Relationship]]:
        """Page through the strangers related to an object, by anonymous id."""
        with self._lock:
            own = [
                (holder.id, copy.deepcopy(one))
                for (owner, holder, what), one in self._tables.relationships.items()
                if (owner, what) == (workspace_id, cio_object_id)
                and not holder.is_person
                and one.updated_at > after
                and holder.id > beyond
            ]
        return sorted(own, key=lambda pair: pair[0])[:limit]


def _is_claimed(fact: AnonymousIdFact, person_id: str | None) -> bool:
    """Tell whether somebody, or one person, has an anonymous id, or is to have it."""
    claimants = {fact.person_id, fact.pending_person_id} - {None}
    return bool(claimants) if person_id is None else person_id in claimants
