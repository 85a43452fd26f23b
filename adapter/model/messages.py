"""Messages: the native model, and the only input of the rules.

A record of a request becomes one message, or several when several subscriptions take it.
"""

from dataclasses import field
from enum import StrEnum

from adapter.clock import Instant
from adapter.jsonvalue import JSONObject
from adapter.model.objects import ObjectRef, Relation
from adapter.model.people import PersonRef
from adapter.model.reasons import Reason
from adapter.model.swift import swift


class EventKind(StrEnum):
    """What kind of thing happened."""

    EVENT = "event"
    PAGE = "page"
    SCREEN = "screen"


@swift(frozen=True, slots=True, kw_only=True)
class Message:
    """What every message bears.

    Attributes:
        id: ours, UUIDv7; sorts by acceptance.
        workspace_id: the tenant.
        source_id: the sender inside the workspace, for the ledger (L4).
        received_id: the request it came with; messages of one request share it (A1, T1).
        message_id: the sender's id, the key of de-duplication (L1); None if it bears none.
        index: which record of the request it comes from; several messages may share one.
        part: 0 for the first message of a record, 1 for the second, and so on.
        received_at: when the adapter accepted it (T1, T2).
        occurred_at: when it happened, by the sender's clock (T3).
        notes: what was noticed on the way in, ``timestamp_unreadable`` for example.
        native: the native operation that it was made of, for destinations; None for none.
    """

    id: str
    workspace_id: int
    source_id: int
    received_id: str
    message_id: str | None
    index: int
    part: int = 0
    received_at: Instant
    occurred_at: Instant
    notes: tuple[Reason, ...] = ()
    native: JSONObject | None = field(default=None, compare=False, repr=False)


@swift(frozen=True, slots=True, kw_only=True)
class Event(Message):
    """Something happened.

    Attributes:
        kind: event, page or screen.
        name: what happened.
        data: a JSON object as text, serialised once.
    """

    kind: EventKind
    name: str
    data: str


@swift(frozen=True, slots=True, kw_only=True)
class IdentifiedEvent(Event):
    """An event that names a person (K1). An anonymous id beside it is data, no claim."""

    person: PersonRef
    anonymous_id: str | None = None


@swift(frozen=True, slots=True, kw_only=True)
class AnonymousEvent(Event):
    """An event of somebody not known yet (K2)."""

    anonymous_id: str


@swift(frozen=True, slots=True, kw_only=True)
class InviteEvent(Event):
    """An event addressed to somebody not known yet (K3)."""

    recipient: str


@swift(frozen=True, slots=True, kw_only=True)
class Identify(Message):
    """Creates or updates a person, and assigns the anonymous id it bears (M1).

    Attributes:
        person: whom it addresses.
        attributes: to merge key by key (P4); None removes. May hold ``id`` and ``email``.
        anonymous_id: the id it claims for the person.
        update_only: nobody is created; of an unknown person nothing happens (contracts 3.4).
        relations, unrelated: of this person, to be made and to be ended.
    """

    person: PersonRef
    attributes: JSONObject = field(default_factory=dict)
    anonymous_id: str | None = None
    update_only: bool = False
    relations: tuple[Relation, ...] = ()
    unrelated: tuple[Relation, ...] = ()


@swift(frozen=True, slots=True, kw_only=True)
class MergePeople(Message):
    """Joins the secondary person to the primary (P5)."""

    primary: PersonRef
    secondary: PersonRef


@swift(frozen=True, slots=True, kw_only=True)
class AddDevice(Message):
    """Gives a person a device, or updates the one with that token (contracts 3.6).

    Attributes:
        last_used: by the sender's clock.
        attributes: to merge key by key (P4).
    """

    person: PersonRef
    token: str
    platform: str
    last_used: Instant
    attributes: JSONObject = field(default_factory=dict)


@swift(frozen=True, slots=True, kw_only=True)
class DeleteDevice(Message):
    """Takes a device from a person."""

    person: PersonRef
    token: str


@swift(frozen=True, slots=True, kw_only=True)
class DeletePerson(Message):
    """Removes a person and their events; a later message creates a new person (P6)."""

    person: PersonRef


@swift(frozen=True, slots=True, kw_only=True)
class SuppressPerson(Message):
    """Deletes a person, and refuses their identifiers until they are unsuppressed (P6)."""

    person: PersonRef


@swift(frozen=True, slots=True, kw_only=True)
class UnsuppressPerson(Message):
    """Accepts the identifiers of a suppression again; restores nothing (P6)."""

    person: PersonRef


@swift(frozen=True, slots=True, kw_only=True)
class IdentifyObject(Message):
    """Creates or updates an object, and relates people and strangers to it.

    Attributes:
        attributes: to merge key by key (P4); None removes.
        relations: all to this object.
    """

    object: ObjectRef
    attributes: JSONObject = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()


@swift(frozen=True, slots=True, kw_only=True)
class DeleteObject(Message):
    """Removes an object, and all relationships to it."""

    object: ObjectRef


@swift(frozen=True, slots=True, kw_only=True)
class Relate(Message):
    """Relates people and strangers to objects."""

    relations: tuple[Relation, ...]


@swift(frozen=True, slots=True, kw_only=True)
class Unrelate(Message):
    """Ends relationships."""

    relations: tuple[Relation, ...]


@swift(frozen=True, slots=True, kw_only=True)
class SubmitForm(Identify):
    """A form was sent in; it identifies whoever it names (contracts 3.2)."""

    form_id: str


@swift(frozen=True, slots=True, kw_only=True)
class ReportDelivery(Message):
    """What became of a delivery, as somebody else tells it (contracts 3.2, 4.2).

    Attributes:
        delivery_id: theirs, or ours.
        metric: such as ``opened``.
        data: whatever else is told, as JSON text.
    """

    delivery_id: str
    metric: str
    data: str


@swift(frozen=True, slots=True, kw_only=True)
class Unsubscribe(Message):
    """The recipient of a delivery wants no more of them (contracts 3.2)."""

    delivery_id: str


@swift(frozen=True, slots=True, kw_only=True)
class ChangeSegment(Message):
    """Puts a person into a segment that is kept by hand, or takes them out of it (contracts 3.2).

    Attributes:
        joins: into it.
    """

    person: PersonRef
    segment_id: str
    joins: bool


@swift(frozen=True, slots=True, kw_only=True)
class Ignored(Message):
    """A record that is understood and has no effect: no subscription takes it, say (L4)."""

    reason: Reason
    anonymous_id: str | None = None


@swift(frozen=True, slots=True, kw_only=True)
class Unapplicable(Message):
    """A record that cannot be mapped or applied; it goes to quarantine (L3).

    Attributes:
        reason: why.
        pointer: JSON pointer to the offending value, "" for the record itself.
        text: names the field, the limit and what was found.
        raw: the record as JSON text (or the body as it came, where it is no JSON).
        refused: the sender was told to give up (4xx): it counts as refused, not quarantined (L4).
    """

    reason: Reason
    pointer: str
    text: str
    raw: str
    refused: bool = False
