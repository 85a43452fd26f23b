"""The whole store in dictionaries: the reference that the SQL stores are held against.

Also what ``preview`` and the tests run on. One lock makes every transaction serial.
"""

import copy
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from adapter.clock import Instant
from adapter.errors import OperatorError
from adapter.model.messages import Event
from adapter.model.objects import CustomObject, RelationshipRow
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.model.workspaces import Received, Role, Source, Workspace
from adapter.ports import (
    ActivityQuery,
    ActivityRow,
    Books,
    LedgerRow,
    QuarantineRow,
    T,
)
from adapter.rules.decision import (
    DoorKey,
)
from adapter.rules.facts import AnonymousIdFact, KeyFact
from adapter.rules.ledger import door_counts
from adapter.store.memory.departures import is_used_up
from adapter.store.memory.eraser import MemoryEraser
from adapter.store.memory.objects import relationship_rows
from adapter.store.memory.outbox import MemoryOutbox
from adapter.store.memory.pages import MemoryPages
from adapter.store.memory.retention import MemoryRetention
from adapter.store.memory.rows import (
    activity_row,
    anonymous_row,
    identified_row,
    matches,
    named,
    refuse_taken,
)
from adapter.store.memory.segments import MemoryMemberships
from adapter.store.memory.tables import Tables
from adapter.store.memory.transaction import MemoryTransaction


class MemoryStore(MemoryPages, MemoryRetention):
    """Implements ``ports.Store`` with dictionaries; keeps nothing when the process ends."""

    def __init__(self) -> None:
        self._tables = Tables()
        self._lock = threading.RLock()
        self.outbox = MemoryOutbox(self._lock, self._tables)
        self.eraser = MemoryEraser(self._lock, self._tables, self.outbox)
        self.memberships = MemoryMemberships(self._lock, self._tables)

    def write(self, work: "Callable[[MemoryTransaction], T]") -> T:
        """Run a piece of work alone."""
        with self._lock:
            return work(MemoryTransaction(self._tables, self.outbox))

    def create_workspace(self, workspace: Workspace, source: Source) -> tuple[Workspace, Source]:
        """Add a tenant and its first source."""
        with self._lock:
            taken = [w for w in self._tables.workspaces.values() if w.name == workspace.name]
            if taken:
                raise OperatorError(f"a workspace named {workspace.name!r} exists")
            if any(w.site_id == workspace.site_id for w in self._tables.workspaces.values()):
                raise OperatorError(f"site id {workspace.site_id!r} is taken")
            refuse_taken(self._tables.sources.values(), source)
            workspace = replace(workspace, id=len(self._tables.workspaces) + 1)
            self._tables.workspaces[workspace.id] = workspace
            return workspace, self.create_source(replace(source, workspace_id=workspace.id))

    def workspaces(self) -> list[Workspace]:
        """List all tenants."""
        return list(self._tables.workspaces.values())

    def change_app_key(self, workspace_id: int, role: Role, key_hash: str) -> None:
        """Replace the app key that has a role."""
        known = self._tables.workspaces
        with self._lock:
            known[workspace_id] = known[workspace_id].with_app_key(role, key_hash)

    def create_source(self, source: Source) -> Source:
        """Add a source."""
        with self._lock:
            refuse_taken(self._tables.sources.values(), source)
            source = replace(source, id=len(self._tables.sources) + 1)
            self._tables.sources[source.id] = source
            return source

    def sources(self) -> list[Source]:
        """List all sources."""
        return list(self._tables.sources.values())

    def activities(self, query: ActivityQuery) -> list[ActivityRow]:
        """Page through the log, newest first."""
        with self._lock:
            rows = [row for row in self._log(query) if matches(row, query)]
        return sorted(rows, key=lambda row: row.id, reverse=True)[: query.limit]

    def activity_floor(self, query: ActivityQuery, lines: int) -> str:  # noqa: ARG002 - all is near
        """Memory may be looked at whole."""
        return ""

    def find_person(self, workspace_id: int, ref: PersonRef) -> Person | None:
        """Find a person by an identifier."""
        with self._lock:
            person_id = self._tables.identifiers.get((workspace_id, ref))
            person = self._tables.people.get((workspace_id, person_id or ""))
            return copy.deepcopy(person)

    def person_identifiers(
        self, workspace_id: int, person_ids: Sequence[str]
    ) -> dict[str, dict[IdentifierKind, str]]:
        """Give the identifiers of people."""
        people = self._tables.people
        return {
            person_id: dict(people[workspace_id, person_id].identifiers)
            for person_id in person_ids
            if (workspace_id, person_id) in people
        }

    def find_key(self, workspace_id: int, message_id: str) -> KeyFact | None:
        """Find what was accepted under a sender's id."""
        return self._tables.keys.get((workspace_id, message_id))

    def find_keys(self, workspace_id: int, message_ids: Sequence[str]) -> dict[str, KeyFact]:
        """Find what was accepted under senders' ids, by id."""
        found = ((text, self._tables.keys.get((workspace_id, text))) for text in message_ids)
        return {text: fact for text, fact in found if fact is not None}

    def find_record(self, workspace_id: int, record: str) -> KeyFact | None:
        """Find what was accepted under an id of ours."""
        for (key_workspace, _), fact in self._tables.keys.items():
            if key_workspace == workspace_id and fact.record == record:
                return fact
        return None

    def find_anonymous_id(self, workspace_id: int, anonymous_id: str) -> AnonymousIdFact | None:
        """Find an anonymous id's assignment."""
        key = (workspace_id, anonymous_id)
        with self._lock:
            fact = self._tables.anonymous_ids.get(key)
            if is_used_up(self._tables, key):
                return replace(fact or AnonymousIdFact(ref=0), used_up=True)
            return copy.copy(fact)

    def find_objects(
        self, workspace_id: int, cio_object_ids: Sequence[str]
    ) -> dict[str, CustomObject]:
        """Find objects by cio_object_id."""
        found = self._tables.objects
        keys = [(workspace_id, one) for one in cio_object_ids]
        return {key[1]: found[key] for key in keys if key in found}

    def relationships(
        self,
        workspace_id: int,
        *,
        person_id: str | None = None,
        cio_object_id: str | None = None,
        beyond: str = "",
        limit: int = 50,
    ) -> list[RelationshipRow]:
        """Page through relationships."""
        with self._lock:
            rows = relationship_rows(self._tables, workspace_id, person_id, cio_object_id)
        return [row for row in rows if _place(row, person_id) > beyond][:limit]

    def quarantine(
        self,
        workspace_id: int,
        *,
        after: Instant,
        before: str = "",
        limit: int = 50,
        reason: str | None = None,
    ) -> list[QuarantineRow]:
        """List records in quarantine, newest first."""
        rows = [
            row
            for row in self._tables.quarantine
            if row.workspace_id == workspace_id
            and row.received_at > after
            and (not before or row.id < before)
            and (reason is None or row.reason == reason)
        ]
        return sorted(rows, key=lambda row: row.id, reverse=True)[:limit]

    def find_quarantined(self, workspace_id: int, record: str) -> QuarantineRow | None:
        """Find a record in quarantine by our id."""
        return named(self._tables.quarantine, workspace_id, record)

    def received(
        self,
        workspace_id: int,
        *,
        after: Instant,
        until: Instant,
        beyond: str = "",
        limit: int = 500,
    ) -> list[Received]:
        """Page through the raw bodies kept of a period, oldest first."""
        bodies = [
            body
            for body in self._tables.received
            if body.workspace_id == workspace_id
            and after < body.received_at <= until
            and body.id > beyond
        ]
        return sorted(bodies, key=lambda body: body.id)[:limit]

    def ledger(self, workspace_id: int) -> list[LedgerRow]:
        """List what became of the records of a workspace, by source and hour."""
        return [
            LedgerRow(workspace_id=key[0], source_id=key[1], hour=key[2], fate=key[3], count=count)
            for key, count in sorted(self._tables.ledger.items())
            if key[0] == workspace_id
        ]

    def door_counts(self, workspace_id: int) -> dict[DoorKey, int]:
        """Give how many records the doors counted, by source and hour."""
        counts = self._tables.door_counts.items()
        return {key: count for key, count in counts if key[0] == workspace_id}

    def books(self, workspace_id: int, after: Instant) -> Books:
        """Read both sides of the ledger."""
        with self._lock:
            tables = self._tables
            kept = [
                body
                for body in tables.received
                if body.received_at > after and body.workspace_id == workspace_id
            ]
            gone = (replace(body, records=body.erased) for body in kept)
            return Books(
                doors=self.door_counts(workspace_id),
                fates={key: n for key, n in tables.ledger.items() if key[0] == workspace_id},
                kept=door_counts(kept),
                erased=door_counts(gone),
            )

    def keep_mapping(self, digest: str, text: str) -> None:
        """Keep the text of a mapping file."""
        self._tables.mappings.setdefault(digest, text)

    def find_mapping(self, digest: str) -> str | None:
        """Find the text of a mapping file that was kept."""
        return self._tables.mappings.get(digest)

    def is_ready(self) -> bool:
        """Memory is always ready."""
        return True

    def close(self) -> None:
        """Nothing to let go of."""

    def _log(self, query: ActivityQuery) -> Iterator[ActivityRow]:
        tables, workspace_id = self._tables, query.workspace_id
        alive_after = query.alive_after
        for identified in tables.person_events:
            if identified.event.workspace_id == workspace_id:
                yield identified_row(identified, self._names(workspace_id, identified.person_id))
        for waiting in (item for items in tables.anonymous_events.values() for item in items):
            if _is_alive(waiting.event, workspace_id, alive_after):
                yield anonymous_row(waiting.event, waiting.reasons, waiting.anonymous_id, None)
        for invite in tables.invite_events:
            if _is_alive(invite.event, workspace_id, alive_after):
                yield anonymous_row(invite.event, invite.reasons, None, invite.recipient)
        for activity in tables.activities:
            if activity.workspace_id == workspace_id:
                yield activity_row(activity, self._names(workspace_id, activity.person_id))

    def _names(self, workspace_id: int, person_id: str | None) -> dict[str, str]:
        if person_id is None:
            return {}
        person = self._tables.people.get((workspace_id, person_id))
        known = {} if person is None else person.identifiers
        return {"cio_id": person_id} | {kind.value: text for kind, text in known.items()}


def _place(row: RelationshipRow, person_id: str | None) -> str:
    """Give what a page of relationships is ordered by."""
    return row.person_id if person_id is None else row.cio_object_id


def _is_alive(event: Event, workspace_id: int, alive_after: int) -> bool:
    """Tell whether a read of the workspace may see an unassociated event (R1)."""
    return event.workspace_id == workspace_id and event.received_at > alive_after
