"""Segments in the memory store (C6)."""

import copy
import threading
from dataclasses import replace

from adapter.clock import Instant
from adapter.memberships import Progress
from adapter.model.segments import Deed, Member
from adapter.rules.decision import Decision
from adapter.rules.facts import Facts, Needs, PersonKey
from adapter.store.memory.tables import Tables


def add_segment_facts(tables: Tables, needs: Needs, facts: Facts) -> None:
    """Give how people stand, where the segments that are kept are those of the needs."""
    for key in facts.people:
        edition = facts.editions[key[0]]
        segmentation = needs.in_force.segmentation(key[0])
        if not edition or edition != segmentation.edition:
            continue
        known = tables.standings.get(key)
        if known is not None:
            facts.standings[key] = replace(copy.deepcopy(known), stored=dict(known.members))
        if known is None or known.edition != edition or key in needs.recounted:
            names = {(each.kind, each.name) for each in segmentation.every}
            facts.histories[key] = [
                deed for deed in _deeds(tables, key) if (deed.kind, deed.name) in names
            ]


def write_standings(tables: Tables, decision: Decision) -> None:
    """Write standings, and note which are to be worked out anew."""
    for key, standing in decision.standings.items():
        tables.standings[key] = replace(copy.deepcopy(standing), stored={})
    for key in decision.outdated:
        outdate(tables, key)


def outdate(tables: Tables, key: PersonKey) -> None:
    """Have a standing worked out anew."""
    known = tables.standings.get(key)
    if known is not None:
        tables.standings[key] = replace(known, edition="", due_at=None)


def forget_standing(tables: Tables, workspace_id: int, person_id: str) -> None:
    """Remove what is kept of somebody who is gone, or joined to another."""
    tables.standings.pop((workspace_id, person_id), None)


def _deeds(tables: Tables, key: PersonKey) -> list[Deed]:
    """Give what a person did, newest first."""
    own = [
        stored
        for stored in tables.person_events
        if (stored.event.workspace_id, stored.person_id) == key
    ]
    return [
        Deed(
            stored.event.kind,
            stored.event.name,
            stored.event.occurred_at,
            stored.event.data,
            stored.anonymous_id if stored.was_anonymous else None,
        )
        for stored in sorted(own, key=lambda stored: stored.event.id, reverse=True)
    ]


class MemoryMemberships:
    """Implements ``memberships.Memberships`` with dictionaries.

    Args:
        lock: of the store; every method holds it.
        tables: of the store.
    """

    def __init__(self, lock: threading.RLock, tables: Tables) -> None:
        self._lock = lock
        self._tables = tables

    def edition(self, workspace_id: int) -> str:
        """Give the edition of the segments that are kept of a workspace's people."""
        return self._tables.editions.get(workspace_id, "")

    def declare(self, workspace_id: int, edition: str) -> None:
        """Have the segments of an edition be kept from now on."""
        with self._lock:
            self._tables.editions[workspace_id] = edition
            if not edition:
                self.forget(workspace_id, limit=len(self._tables.standings))

    def members(
        self, workspace_id: int, segment: str, *, beyond: str = "", limit: int = 1_000
    ) -> list[str]:
        """Page through the person_ids of a segment's members."""
        with self._lock:
            found = [
                person_id
                for (owner, person_id), standing in self._tables.standings.items()
                if owner == workspace_id and segment in standing.members and person_id > beyond
            ]
        return sorted(found)[:limit]

    def count(self, workspace_id: int, segment: str) -> int:
        """Count a segment's members."""
        return len(self.members(workspace_id, segment, limit=len(self._tables.standings)))

    def of_person(self, workspace_id: int, person_id: str) -> dict[str, Member]:
        """Give the segments that a person is in."""
        with self._lock:
            standing = self._tables.standings.get((workspace_id, person_id))
            return {} if standing is None else dict(sorted(standing.members.items()))

    def everyone(
        self, workspace_id: int, *, beyond: tuple[str, str] = ("", ""), limit: int = 1_000
    ) -> list[tuple[str, str, Member]]:
        """Page through who is in which segment: person_id, segment, since when."""
        with self._lock:
            found = [
                (person_id, segment, member)
                for (owner, person_id), standing in self._tables.standings.items()
                for segment, member in standing.members.items()
                if owner == workspace_id and (person_id, segment) > beyond
            ]
        return sorted(found)[:limit]

    def progress(self, workspace_id: int, edition: str) -> Progress:
        """Tell how far the segments of an edition are worked out."""
        with self._lock:
            people = [key for key in self._tables.people if key[0] == workspace_id]
            done = [
                key
                for key, standing in self._tables.standings.items()
                if key[0] == workspace_id and standing.edition == edition
            ]
        return Progress(len(done), len(people))

    def outdated(
        self, workspace_id: int, edition: str, *, beyond: str = "", limit: int = 1_000
    ) -> list[str]:
        """Page through the person_ids of those whose standing is not of an edition."""
        standings = self._tables.standings
        with self._lock:
            found = [
                key[1]
                for key in self._tables.people
                if key[0] == workspace_id
                and key[1] > beyond
                and (key not in standings or standings[key].edition != edition)
            ]
        return sorted(found)[:limit]

    def due(self, workspace_id: int, now: Instant, *, limit: int = 1_000) -> list[str]:
        """List people whose standing time alone may have changed by now."""
        with self._lock:
            found = [
                (standing.due_at, person_id)
                for (owner, person_id), standing in self._tables.standings.items()
                if owner == workspace_id and standing.due_at is not None and standing.due_at <= now
            ]
        return [person_id for _, person_id in sorted(found)[:limit]]

    def forget(self, workspace_id: int, *, limit: int = 5_000) -> int:
        """Delete what is kept of people of a workspace."""
        standings = self._tables.standings
        with self._lock:
            doomed = [key for key in standings if key[0] == workspace_id][:limit]
            for key in doomed:
                del standings[key]
        return len(doomed)
