"""What the services need from the outside: the store, in memory or in SQL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from adapter.clock import Instant
from adapter.eraser import Eraser
from adapter.jsonvalue import JSONObject
from adapter.memberships import Memberships
from adapter.model.objects import CustomObject, Relationship, RelationshipRow
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.model.workspaces import Received, Role, Source, Workspace
from adapter.outbox import Outbox
from adapter.rules.decision import Decision, DoorKey, Fate, LedgerKey
from adapter.rules.facts import AnonymousIdFact, Facts, KeyFact, Needs
from adapter.rules.measures import HourRow
from adapter.rules.mentions import Named, Traces
from adapter.sweepable import Sweepable

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRow:
    """One line of the activity log, whichever table it comes from.

    Attributes:
        id: ours; the log is ordered by it, newest first.
        event_id: the sender's id, or None.
        view: ``identified`` or ``anonymous`` (A2).
        processed_at: when an event became a person's; None while anonymous (contracts 6.1.5).
        identifiers: of the person, by kind, cio_id included; empty for nobody's.
        recipient: of an invite event.
        notes: further reason codes.
        trigger: C2, C3; None where it does not apply.
        data: JSON object as text.
        source_id: whose event it is; None for lines that are no events.
    """

    id: str
    event_id: str | None
    type: str
    name: str
    occurred_at: Instant
    received_at: Instant
    processed_at: Instant | None
    view: str
    person_id: str | None
    identifiers: dict[str, str]
    anonymous_id: str | None
    recipient: str | None
    was_anonymous: bool
    reason: str
    notes: tuple[str, ...]
    trigger: str | None
    message: str
    data: str
    source_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityQuery:
    """Which lines of the log to read.

    Attributes:
        alive_after: anonymous and invite events received by then have expired, and are never
            seen (R1).
        before: only ids smaller than this (the cursor); "" for the newest.
        beyond: only ids larger than this; "" for all.
        limit: at most this many.
        source_id: only events of this source; other lines have none.
        message: only lines whose ``message`` or ``id`` is this.
    """

    workspace_id: int
    alive_after: Instant
    before: str = ""
    beyond: str = ""
    limit: int = 50
    type: str | None = None
    name: str | None = None
    view: str | None = None
    person_id: str | None = None
    anonymous_id: str | None = None
    event_id: str | None = None
    message: str | None = None
    reason: str | None = None
    source_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """A record in quarantine (L3), or a body that was refused.

    Attributes:
        index: which record of its request.
        part: which message of its record; the ledger counts only 0 (L4).
        reason, pointer, text: why, where and what was found.
        raw: the record as JSON text, or the body as it came.
        refused: the sender was told to give up.
    """

    id: str
    workspace_id: int
    source_id: int
    received_id: str
    message_id: str | None
    index: int
    part: int
    received_at: Instant
    reason: str
    pointer: str
    text: str
    raw: str
    refused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """How many records of a source had one fate in one hour (L4)."""

    workspace_id: int
    source_id: int
    hour: int
    fate: Fate
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All that the ledger of a workspace says, and the raw bodies that bear it out (L4).

    Attributes:
        doors: what the doors counted.
        fates: what became of it.
        kept: records of the raw bodies.
        erased: how many of those were taken out of them (P6).
    """

    doors: dict[DoorKey, int]
    fates: dict[LedgerKey, int]
    kept: dict[DoorKey, int]
    erased: dict[DoorKey, int]


class Transaction(Protocol):
    """One atomic piece of work. Not for use by several threads."""

    def facts(self, needs: Needs) -> Facts:
        """Lock the rows needed, in the one order that cannot deadlock, then read.

        The row of each anonymous id is locked first, in sorted order, then the identifiers, then
        the people they name; what is read is read in new statements after the locks (design 3).
        A fixed number of statements, whatever the size of ``needs``.
        """

    def commit(self, decision: Decision, received: Sequence[Received]) -> None:
        """Write all effects, in a fixed number of statements.

        Raises:
            TransientError: a message id was accepted by somebody else meanwhile; try again whole.
        """

    def quarantined(self, workspace_id: int, record: str) -> QuarantineRow | None:
        """Find a record in quarantine, held against everybody else who would retry it (L3)."""

    def settings(self, workspace_id: int) -> JSONObject:
        """Read a workspace's settings, locked against every concurrent ingest."""

    def set_policy(self, workspace_id: int, settings: JSONObject) -> None:
        """Replace a workspace's settings; excludes every concurrent ingest of that workspace."""

    def change_source(self, source: Source) -> None:
        """Overwrite a source, found by its id; ``OperatorError``: its slug or key is taken."""

    def claims(
        self, workspace_id: int, assigned_after: Instant
    ) -> list[tuple[str, AnonymousIdFact]]:
        """List the anonymous ids whose claim is pending, or assigned after an instant, locked.

        What switching merging on has to catch up with (M8): an assignment's window may cover
        events that arrived while it was off.
        """

    def held_ids(self, workspace_id: int, person_id: str) -> list[tuple[str, AnonymousIdFact]]:
        """List the anonymous ids that a person has, or is to have once merging is on."""

    def traces(self, workspace_id: int, named: Named) -> Traces:
        """Tell all that somebody is known by, from some of it (P6)."""


class Store(Sweepable, Protocol):
    """Keeps workspaces, events, people and the log. Safe for use by many threads.

    All instants are microseconds since the epoch. No method reads a clock. Any failure that a
    later identical attempt may not meet is a ``TransientError``.
    """

    @property
    def outbox(self) -> Outbox:
        """Give what is to be sent."""

    @property
    def eraser(self) -> Eraser:
        """Give what takes somebody out of all that is kept (P6)."""

    @property
    def memberships(self) -> Memberships:
        """Tell who is in which segment."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run a piece of work in one durable transaction (L2); retry it whole on lost races."""

    def create_workspace(self, workspace: Workspace, source: Source) -> tuple[Workspace, Source]:
        """Add a tenant and its first source, giving both their ids.

        Raises:
            OperatorError: a name, site id, slug or write key is taken.
        """

    def workspaces(self) -> list[Workspace]:
        """List all tenants, oldest first."""

    def change_app_key(self, workspace_id: int, role: Role, key_hash: str) -> None:
        """Replace the app key that has a role by another, of which only the hash is known."""

    def create_source(self, source: Source) -> Source:
        """Add a source, giving it its id.

        Raises:
            OperatorError: its slug or write key is taken.
        """

    def sources(self) -> list[Source]:
        """List all sources, oldest first."""

    def activities(self, query: ActivityQuery) -> list[ActivityRow]:
        """Page through the log, newest first."""

    def activity_floor(self, query: ActivityQuery, lines: int) -> str:
        """Tell how far down the log a query may look that must not look at too much.

        No index serves the filters by view, type, name, reason and source. At most so many lines
        of each table lie between the query's ``before`` and the id that is given, for it as
        ``beyond``; it is "" if there are no more, and all can be looked at.
        """

    def find_person(self, workspace_id: int, ref: PersonRef) -> Person | None:
        """Find a person by an identifier."""

    def person_identifiers(
        self, workspace_id: int, person_ids: Sequence[str]
    ) -> dict[str, dict[IdentifierKind, str]]:
        """Give the identifiers of people, by person_id."""

    def people(self, workspace_id: int, *, beyond: str = "", limit: int = 1_000) -> list[Person]:
        """Page through the people of a workspace by person_id, those larger than ``beyond``."""

    def assignments(
        self, workspace_id: int, *, person: str | None = None, beyond: str = "", limit: int = 1_000
    ) -> list[tuple[str, AnonymousIdFact]]:
        """Page through the anonymous ids that somebody has or claims, or give a person's newest."""

    def find_key(self, workspace_id: int, message_id: str) -> KeyFact | None:
        """Find what was accepted under a sender's id."""

    def find_keys(self, workspace_id: int, message_ids: Sequence[str]) -> dict[str, KeyFact]:
        """Find what was accepted under senders' ids, by id."""

    def find_record(self, workspace_id: int, record: str) -> KeyFact | None:
        """Find what was accepted under an id of ours."""

    def find_anonymous_id(self, workspace_id: int, anonymous_id: str) -> AnonymousIdFact | None:
        """Find an anonymous id's assignment."""

    def find_objects(
        self, workspace_id: int, cio_object_ids: Sequence[str]
    ) -> dict[str, CustomObject]:
        """Find objects, those there are, by cio_object_id."""

    def objects(
        self, workspace_id: int, *, beyond: str = "", limit: int = 1_000
    ) -> list[CustomObject]:
        """Page through the objects of a workspace by cio_object_id, those past ``beyond``."""

    def strangers(
        self,
        workspace_id: int,
        cio_object_id: str,
        *,
        after: Instant,
        beyond: str = "",
        limit: int = 1_000,
    ) -> list[tuple[str, Relationship]]:
        """Page through the strangers related to an object, by anonymous id.

        Args:
            workspace_id: the tenant.
            cio_object_id: of the object.
            after: only relationships last received later than this; others have expired (R1).
            beyond: only anonymous ids larger than this.
            limit: at most this many.
        """

    def relationships(
        self,
        workspace_id: int,
        *,
        person_id: str | None = None,
        cio_object_id: str | None = None,
        beyond: str = "",
        limit: int = 50,
    ) -> list[RelationshipRow]:
        """Page through a person's relationships by object, or an object's by person.

        Args:
            workspace_id: the tenant.
            person_id: whose; or
            cio_object_id: to which. One of them is given.
            beyond: only objects, or people, whose id is larger than this.
            limit: at most this many.
        """

    def quarantine(
        self,
        workspace_id: int,
        *,
        after: Instant,
        before: str = "",
        limit: int = 50,
        reason: str | None = None,
    ) -> list[QuarantineRow]:
        """List records in quarantine received after an instant, newest first."""

    def find_quarantined(self, workspace_id: int, record: str) -> QuarantineRow | None:
        """Find a record in quarantine by our id."""

    def received(
        self,
        workspace_id: int,
        *,
        after: Instant,
        until: Instant,
        beyond: str = "",
        limit: int = 500,
    ) -> list[Received]:
        """Page through the raw bodies kept of a period, oldest first.

        Args:
            workspace_id: the tenant.
            after: they were received later than this.
            until: they were received by then, this instant included.
            beyond: only ids larger than this (the cursor); "" for the oldest.
            limit: at most this many.
        """

    def accepted(
        self, workspace_id: int, *, beyond: int = 0, limit: int = 500, door: str | None = None
    ) -> list[Received]:
        """Page through what was accepted and is kept, in the order of acceptance (M11).

        Args:
            workspace_id: the tenant.
            beyond: only places larger than this (the cursor).
            limit: at most this many.
            door: only what came this way; any by default.
        """

    def ledger(self, workspace_id: int) -> list[LedgerRow]:
        """List what became of the records of a workspace, by source and hour."""

    def door_counts(self, workspace_id: int) -> dict[DoorKey, int]:
        """Give how many records the doors counted, by source and hour."""

    def hours(self, workspace_id: int, since: int) -> list[HourRow]:
        """List all that was counted by the hour, since an hour as Unix hours."""

    def books(self, workspace_id: int, after: Instant) -> Books:
        """Read both sides of the ledger as they are at one moment.

        Args:
            workspace_id: the tenant.
            after: records of raw bodies received later than this are added up.
        """

    def keep_mapping(self, digest: str, text: str) -> None:
        """Keep the text of a mapping file, by what requests name it (``Received.mapping``)."""

    def find_mapping(self, digest: str) -> str | None:
        """Find the text of a mapping file that was kept."""

    def is_ready(self) -> bool:
        """Tell whether the store answers and its schema is current."""

    def close(self) -> None:
        """Let go of connections."""
