"""Everything a decision may depend on, read in a fixed number of statements per batch."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from adapter.clock import Instant
from adapter.model.in_force import InForce
from adapter.model.messages import Event
from adapter.model.objects import CustomObject, Relationship
from adapter.model.people import Person, PersonRef
from adapter.model.segments import Deed, Standing
from adapter.model.swift import swift
from adapter.rules.policy import Policy


class Home(StrEnum):
    """Where an accepted record went, as its message key remembers it."""

    ANONYMOUS = "anonymous"
    PERSON = "person"
    INVITE = "invite"
    ACTIVITY = "activity"
    IGNORED = "ignored"
    QUARANTINE = "quarantine"
    DELETED = "deleted"


SUPERSEDED = frozenset({Home.IGNORED, Home.QUARANTINE})
"""Homes of records that had no effect: sent again, and now of use, they are not duplicates."""

OF_NOBODY = frozenset({Home.ANONYMOUS, Home.INVITE, Home.IGNORED, Home.QUARANTINE, Home.DELETED})
"""Homes whose keys may go after retention; a person's are needed as long as their records (R3)."""

UNTOLD = b""
"""Content of a record that nothing is kept of: its person is suppressed or erased (R4, P6)."""


@swift(frozen=True, slots=True)
class KeyFact:
    """A message id that was accepted before (L1).

    Attributes:
        content: 16-byte fingerprint of what was accepted under it, or ``UNTOLD``.
        home: where the record went when it was accepted; a merge does not change it, the end of
            its person does.
        record: ``Message.id`` of the record.
        received_at: when.
    """

    content: bytes
    home: Home
    record: str
    received_at: Instant


@dataclass(slots=True, kw_only=True)
class AnonymousIdFact:
    """The row of an anonymous id: the lock, and its assignment.

    Attributes:
        ref: the store's short name for the id.
        person_id, assigned_at: the assignment; both None while there is none.
        pending_person_id, pending_at: the claim kept while merging is off (M8).
        used_up: it was a person's who is gone, and is never assigned again (R4).
    """

    ref: int
    person_id: str | None = None
    assigned_at: Instant | None = None
    pending_person_id: str | None = None
    pending_at: Instant | None = None
    used_up: bool = False


AnonymousKey = tuple[int, str]
"""(workspace_id, anonymous_id)."""

PersonKey = tuple[int, str]
"""(workspace_id, person_id)."""

RefKey = tuple[int, PersonRef]
"""(workspace_id, identifier)."""

DeliveryKey = tuple[int, str]
"""(workspace_id, delivery)."""

ObjectKey = tuple[int, str]
"""(workspace_id, cio_object_id)."""


NOTHING = InForce()
"""What is in force where there are no files beside the mappings."""


class Holder(NamedTuple):
    """Who has a relationship: a person by their person_id, or a stranger by their anonymous id."""

    is_person: bool
    id: str

    @classmethod
    def person(cls, person_id: str) -> "Holder":
        """Name a person."""
        return cls(is_person=True, id=person_id)

    @classmethod
    def stranger(cls, anonymous_id: str) -> "Holder":
        """Name a stranger."""
        return cls(is_person=False, id=anonymous_id)


RelationshipKey = tuple[int, Holder, str]
"""(workspace_id, holder, cio_object_id)."""

MessageKey = tuple[int, str]
"""(workspace_id, sender's message id with its part)."""


@dataclass(slots=True, kw_only=True)
class Facts:
    """What the store knows of the messages at hand, with the rows concerned locked.

    Attributes:
        policies: by workspace.
        keys: the message ids accepted before.
        anonymous_ids: a row for each (workspace, anonymous id) that the needs name.
        people_by_ref: person_id of each identifier that somebody has.
        people: by (workspace, person_id), those that ``people_by_ref`` names.
        suppressed: by identifier that is refused, the id of its suppression (P6).
        in_force: as the needs name it.
        waiting: stored events that an assignment could give away and that say something to
            campaigns or segments, by anonymous id, in order of acceptance.
        cut: there was more waiting than is looked at; the newest are there.
        considered: (event, campaign) of those waiting that have had their chance (C4).
        started: when a person last started a campaign, by (workspace, person, campaign), of those
            that nobody may start every time.
        editions: of the segments that are kept of workspaces, by workspace; "" for none.
        standings: of people in these segments, if they are the ones that the needs name.
        histories: what people did, newest first, of those whose standing has to be worked out.
        recipients: whom deliveries are about, by (workspace, delivery); ``people_by_ref`` tells who
            that is.
        objects: those there are among the objects that the needs name or a relationship leads to.
        relationships: of the strangers that the needs name; and, where those have any or the needs
            say so, of all ``people``.
    """

    policies: dict[int, Policy]
    keys: dict[MessageKey, KeyFact] = field(default_factory=dict)
    anonymous_ids: dict[AnonymousKey, AnonymousIdFact] = field(default_factory=dict)
    people_by_ref: dict[RefKey, str] = field(default_factory=dict)
    people: dict[PersonKey, Person] = field(default_factory=dict)
    suppressed: dict[RefKey, str] = field(default_factory=dict)
    in_force: InForce = NOTHING
    waiting: dict[AnonymousKey, list[Event]] = field(default_factory=dict)
    cut: bool = False
    considered: set[tuple[str, str]] = field(default_factory=set)
    started: dict[tuple[int, str, str], Instant] = field(default_factory=dict)
    editions: dict[int, str] = field(default_factory=dict)
    standings: dict[PersonKey, Standing] = field(default_factory=dict)
    histories: dict[PersonKey, list[Deed]] = field(default_factory=dict)
    recipients: dict[DeliveryKey, PersonRef] = field(default_factory=dict)
    objects: dict[ObjectKey, CustomObject] = field(default_factory=dict)
    relationships: dict[RelationshipKey, Relationship] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What facts a list of messages needs.

    Attributes:
        workspaces: ids.
        keys: message keys to look up.
        anonymous_ids: to lock (created where missing), each with the first and last
            ``received_at`` of the messages that bear it.
        refs: identifiers to lock (created without owner where missing).
        claimed: those anonymous ids that identifies bear.
        in_force: what the operator's files say; what is not there costs no statement.
        recounted: people whose standing in segments has to be worked out anew in any case.
        deliveries: whose recipients are needed.
        objects: to lock, and to read those there are.
        strangers: anonymous ids whose relationships are needed.
        relates: the relationships of all people are needed.
        leaving: identifiers of people who may go or be joined: all that is theirs is locked.
        joined: identifiers of people whose relationships may move, as strangers' may: the objects
            that these lead to are locked as well.
    """

    workspaces: frozenset[int]
    keys: frozenset[MessageKey]
    anonymous_ids: dict[AnonymousKey, tuple[Instant, Instant]]
    refs: frozenset[RefKey]
    claimed: frozenset[AnonymousKey] = frozenset()
    in_force: InForce = NOTHING
    recounted: frozenset[PersonKey] = frozenset()
    deliveries: frozenset[DeliveryKey] = frozenset()
    objects: frozenset[ObjectKey] = frozenset()
    strangers: frozenset[AnonymousKey] = frozenset()
    relates: bool = False
    leaving: frozenset[RefKey] = frozenset()
    joined: frozenset[RefKey] = frozenset()
