"""A decision: effects as rows to write, and one outcome with its reasons per message."""

from dataclasses import dataclass, field
from enum import StrEnum

from adapter.clock import Instant
from adapter.model.activities import Activity
from adapter.model.campaigns import Trigger
from adapter.model.deliveries import Delivery
from adapter.model.messages import Event, Unapplicable
from adapter.model.objects import CustomObject, Relationship
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.model.reasons import Reason
from adapter.model.segments import Standing
from adapter.model.swift import swift
from adapter.rules.facts import (
    AnonymousKey,
    Home,
    MessageKey,
    ObjectKey,
    PersonKey,
    RefKey,
    RelationshipKey,
)


class Fate(StrEnum):
    """How the ledger counts a record (L4)."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


class Measure(StrEnum):
    """What is counted by the hour besides, for those who look; no rule asks for it.

    ``anonymous``: strangers' events as they came in. ``merges``: how often events became a
    person's, and ``merged``: how many did. The others are of deliveries, by endpoint.
    """

    ANONYMOUS = "anonymous"
    MERGES = "merges"
    MERGED = "merged"
    QUEUED = "queued"
    DELIVERED = "delivered"
    DEAD = "dead"


@swift(frozen=True, slots=True)
class Outcome:
    """What became of one message, and why; the first reason is the main one."""

    fate: Fate
    reasons: tuple[Reason, ...]


@swift(frozen=True, slots=True)
class StoredKey:
    """A message id to remember (L1).

    Attributes:
        replaces: the key stood for a record without effect, which this one supersedes.
    """

    key: MessageKey
    content: bytes
    home: Home
    record: str
    received_at: Instant
    replaces: bool = False


@swift(frozen=True, slots=True)
class StoredAnonymous:
    """An event to store as anonymous.

    Attributes:
        ref: of the anonymous id (``AnonymousIdFact.ref``).
        reasons: main one first.
    """

    event: Event
    ref: int
    anonymous_id: str
    reasons: tuple[Reason, ...]


@swift(frozen=True, slots=True)
class StoredInvite:
    """An invite event to store."""

    event: Event
    recipient: str
    reasons: tuple[Reason, ...]


@dataclass(slots=True)
class StoredIdentified:
    """An event to store as a person's.

    Attributes:
        processed_at: when it became the person's.
        trigger: ``may_trigger`` or why it may not (C2, C3).
        reasons: main one first, the trigger's not among them.
        former: why it was anonymous, to be so again if the merge is taken back (M12).
    """

    event: Event
    person_id: str
    anonymous_id: str | None
    was_anonymous: bool
    processed_at: Instant
    trigger: Reason
    reasons: tuple[Reason, ...]
    former: Reason | None = None


@dataclass(slots=True, kw_only=True)
class PersonWrite:
    """A person to create or to overwrite, whole.

    Attributes:
        created: it is new; insert.
        added, removed: its identifiers as compared (kind and value), now pointing to it or free.
    """

    person: Person
    created: bool
    added: set[tuple[IdentifierKind, str]] = field(default_factory=set)
    removed: set[tuple[IdentifierKind, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """An anonymous id's row to write: assigned to a person, or pending (M1, M6, M8)."""

    key: AnonymousKey
    person_id: str
    at: Instant
    pending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Stored anonymous events to move to a person, in one set-based statement (M2).

    The store moves every anonymous event of ``ref`` with
    ``received_after < received_at <= received_until``. Each becomes the person's with
    ``was_anonymous``, ``processed_at`` = ``at``, main reason ``merged``, and trigger
    ``triggers_off`` where its notes say so (C8), else ``may_trigger`` where
    ``occurred_at >= trigger_since``, else ``otherwise``. Where the events
    moved, together with the ``count`` that arrived in the same batch, are one or more, it writes
    ``activity`` with data ``{"count", "oldest", "anonymous_id"}`` (A1).

    Attributes:
        count, oldest: events of this batch that merge by the same act; oldest is None for none.
        activity: the anon_merge to log; its data is the store's to fill in.
    """

    ref: int
    key: AnonymousKey
    person_id: str
    at: Instant
    received_after: Instant
    received_until: Instant
    trigger_since: Instant
    otherwise: Reason
    count: int
    oldest: Instant | None
    activity: Activity

    def covers(self, received_at: Instant) -> bool:
        """Tell whether it moves an event of its anonymous id."""
        return self.received_after < received_at <= self.received_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerge:
    """An assignment to take back (M12). Alone in its decision.

    The store moves every event that merged by it back to where strangers' events live, with the
    reason it had; those that have expired are removed. The id is nobody's, and used up. It writes
    ``activity`` with data ``{"count", "expired", "anonymous_id"}``.

    Attributes:
        ref: of the anonymous id.
        person_id: who has it.
        alive_after: what was received by then has expired (R1).
    """

    ref: int
    key: AnonymousKey
    person_id: str
    alive_after: Instant
    activity: Activity


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPeople:
    """Secondary's events, anonymous ids and identifiers go to primary; secondary is gone (P5).

    Applied after all other effects of the batch. People's rows themselves are written by
    ``PersonWrite`` (primary) and by removing ``secondary_id``.
    """

    workspace_id: int
    primary_id: str
    secondary_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A person who goes, with all that is theirs (P6). Applied after all other effects.

    The store removes the person, their identifiers, events and lines of the log. The keys of those
    records stay, as ``Home.DELETED``, so that no repeat brings them back. Each anonymous id that is
    theirs, or is to be, is used up: a keyed hash of it is kept (R4). Its row goes, or becomes
    nobody's while strangers' events lie under it.

    Attributes:
        suppression: the ``Suppression`` that all their ids and e-mail addresses join, if one.
    """

    workspace_id: int
    person_id: str
    suppression: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """Somebody of whom nothing may be left but keyed hashes (P6, R4). Applied before departures.

    The store removes the strangers' events, relationships and lines of the log of the anonymous
    ids, and what was to be sent of those events; the ids are used up. The keys of all records, the
    people's too, forget what those said (``UNTOLD``). It writes ``activity``, with the number of
    ``events`` and ``lines`` put into its data, people's included, if it tells of anything.

    Attributes:
        people: who depart as well, each by a ``Departure``.
        anonymous_ids: the ref of each (``AnonymousIdFact.ref``).
    """

    workspace_id: int
    people: tuple[str, ...]
    anonymous_ids: dict[str, int]
    activity: Activity


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Identifiers that are refused until they are unsuppressed, together (P6).

    The store keeps keyed hashes of them, and nothing else (R4).

    Attributes:
        id: of the message that suppresses.
        refs: ids and e-mail addresses.
    """

    id: str
    workspace_id: int
    refs: frozenset[PersonRef]


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What was to be sent to an address that is refused from now on, and is not (C5, P6).

    Attributes:
        before: id of the message that refuses it; what was accepted later is not meant.
        recipient: the address, in the case that counts.
        at: when.
    """

    workspace_id: int
    before: str
    recipient: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A record to let out of quarantine: it was applied after all (L3).

    Applied before anything is quarantined, so that a record may go back under its own id.
    """

    workspace_id: int
    id: str


LedgerKey = tuple[int, int, int, Fate]
"""(workspace_id, source_id, hour as Unix hours, fate)."""

MeasureKey = tuple[int, int, int, Measure, str]
"""(workspace_id, source_id or 0, hour as Unix hours, measure, endpoint or "")."""

DoorKey = tuple[int, int, int]
"""(workspace_id, source_id, hour as Unix hours)."""


@dataclass(slots=True)
class Decision:
    """All effects of a batch, by kind, in order of acceptance; and the outcomes.

    Attributes:
        outcomes: one per message, in order.
        suppressions: by id.
        unsuppressed: (workspace_id, id) of suppressions that end.
        removed_objects: removed with all relationships to them, before any is written.
        objects: to write, whole.
        relationships: to write, whole; None is to be removed.
        standings: in segments, to write whole.
        outdated: people whose standing has to be worked out anew.
        withdrawals: pending deliveries to cancel.
        forgotten: identifiers that nothing is to be left of, unless somebody has them by now.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    keys: list[StoredKey] = field(default_factory=list)
    anonymous: list[StoredAnonymous] = field(default_factory=list)
    invites: list[StoredInvite] = field(default_factory=list)
    identified: list[StoredIdentified] = field(default_factory=list)
    people: dict[PersonKey, PersonWrite] = field(default_factory=dict)
    assignments: dict[AnonymousKey, Assignment] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)
    unmerges: list[Unmerge] = field(default_factory=list)
    joins: list[JoinPeople] = field(default_factory=list)
    erasures: list[Erasure] = field(default_factory=list)
    departures: list[Departure] = field(default_factory=list)
    suppressions: dict[str, Suppression] = field(default_factory=dict)
    unsuppressed: list[tuple[int, str]] = field(default_factory=list)
    forgotten: set[RefKey] = field(default_factory=set)
    removed_objects: set[ObjectKey] = field(default_factory=set)
    objects: dict[ObjectKey, CustomObject] = field(default_factory=dict)
    relationships: dict[RelationshipKey, Relationship | None] = field(default_factory=dict)
    standings: dict[PersonKey, Standing] = field(default_factory=dict)
    outdated: set[PersonKey] = field(default_factory=set)
    withdrawals: list[Withdrawal] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    released: list[Release] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    quarantined: list[Unapplicable] = field(default_factory=list)
    ledger: dict[LedgerKey, int] = field(default_factory=dict)
