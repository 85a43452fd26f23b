"""What the store must lock and read before messages can be decided."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from adapter.clock import Instant
from adapter.model.in_force import InForce
from adapter.model.messages import (
    AddDevice,
    AnonymousEvent,
    ChangeSegment,
    DeleteDevice,
    DeleteObject,
    DeletePerson,
    IdentifiedEvent,
    Identify,
    IdentifyObject,
    InviteEvent,
    MergePeople,
    Message,
    Relate,
    SuppressPerson,
    Unrelate,
    Unsubscribe,
    UnsuppressPerson,
)
from adapter.model.objects import Relation
from adapter.model.people import PersonRef
from adapter.rules.attributes import identifiers_in
from adapter.rules.facts import (
    NOTHING,
    AnonymousKey,
    DeliveryKey,
    MessageKey,
    Needs,
    ObjectKey,
    RefKey,
)
from adapter.rules.identifiers import email_ref

_ENDINGS = (DeletePerson, SuppressPerson, MergePeople)
"""Messages after which a person is no more."""


def needs_of(messages: Sequence[Message], in_force: InForce = NOTHING) -> Needs:
    """Tell what the store must lock and read before these messages can be decided."""
    workspaces: set[int] = set()
    keys: set[MessageKey] = set()
    refs: set[RefKey] = set()
    wanted = _Wanted()
    for message in messages:
        workspaces.add(message.workspace_id)
        keys.add(key_of(message))
        refs.update((message.workspace_id, ref) for ref in _refs_of(message))
        match message:
            case AnonymousEvent():
                wanted.see(message, message.anonymous_id)
            case Identify():
                wanted.claim(message)
            case Unsubscribe():
                wanted.deliveries.add((message.workspace_id, message.delivery_id))
            case IdentifyObject() | DeleteObject() | Relate() | Unrelate() | MergePeople():
                wanted.relate(message)
            case _:
                pass
    return Needs(
        workspaces=frozenset(workspaces),
        keys=frozenset(keys),
        anonymous_ids=wanted.anonymous_ids,
        refs=frozenset(refs),
        deliveries=frozenset(wanted.deliveries),
        objects=frozenset(wanted.objects),
        strangers=frozenset(wanted.strangers | wanted.claimed),
        relates=wanted.relates,
        leaving=_leaving(messages),
        joined=frozenset(wanted.joined),
        claimed=frozenset(wanted.claimed),
        in_force=in_force,
    )


def key_of(message: Message) -> MessageKey:
    """Give what a message is recognised by when it comes again (L1).

    The sender's id; further messages of the same record are told apart by their number. A record
    without an id is never a duplicate: our own id stands in (contracts 6.10.6).
    """
    text = message.message_id or message.id
    if message.part:
        text = f"{text}#{message.part}"
    return (message.workspace_id, text)


@dataclass(slots=True)
class _Wanted:
    """What is needed so far besides identifiers; see ``Needs``."""

    anonymous_ids: dict[AnonymousKey, tuple[Instant, Instant]] = field(default_factory=dict)
    deliveries: set[DeliveryKey] = field(default_factory=set)
    objects: set[ObjectKey] = field(default_factory=set)
    strangers: set[AnonymousKey] = field(default_factory=set)
    joined: set[RefKey] = field(default_factory=set)
    claimed: set[AnonymousKey] = field(default_factory=set)
    relates: bool = False

    def see(self, message: Message, anonymous_id: str) -> None:
        key, at = (message.workspace_id, anonymous_id), message.received_at
        first, last = self.anonymous_ids.get(key, (at, at))
        self.anonymous_ids[key] = (min(first, at), max(last, at))

    def claim(self, message: Identify) -> None:
        if message.anonymous_id is not None:
            self.see(message, message.anonymous_id)
            self.claimed.add((message.workspace_id, message.anonymous_id))
        self._take(message, message.relations)
        self._take(message, message.unrelated)

    def relate(
        self, message: IdentifyObject | DeleteObject | Relate | Unrelate | MergePeople
    ) -> None:
        match message:
            case MergePeople():
                self.relates = True
                pair = (message.primary, message.secondary)
                self.joined.update((message.workspace_id, ref) for ref in pair)
            case DeleteObject():
                self.objects.add((message.workspace_id, message.object.cio_object_id))
            case IdentifyObject():
                self.objects.add((message.workspace_id, message.object.cio_object_id))
                self._take(message, message.relations)
            case _:
                self._take(message, message.relations)

    def _take(self, message: Message, relations: Iterable[Relation]) -> None:
        for relation in relations:
            self.relates = True
            self.objects.add((message.workspace_id, relation.object.cio_object_id))
            if relation.anonymous_id is not None:
                self.see(message, relation.anonymous_id)
                self.strangers.add((message.workspace_id, relation.anonymous_id))


def _leaving(messages: Sequence[Message]) -> frozenset[RefKey]:
    """List the identifiers of people who may go or be joined to others (P5, P6).

    Those as well that may come to be one person's before it does.
    """
    goes = [each for each in messages if isinstance(each, _ENDINGS)]
    if not goes:
        return frozenset()
    leaving = {(each.workspace_id, _who_goes(each)) for each in goes}
    for each in messages:
        if isinstance(each, Identify | MergePeople):
            named = {(each.workspace_id, ref) for ref in _refs_of(each)}
            if not named.isdisjoint(leaving):
                leaving |= named
    return frozenset(leaving)


def _who_goes(message: DeletePerson | SuppressPerson | MergePeople) -> PersonRef:
    return message.secondary if isinstance(message, MergePeople) else message.person


def _refs_of(message: Message) -> tuple[PersonRef, ...]:
    """List the identifiers that a message may read, take or free."""
    match message:
        case AnonymousEvent():
            return ()
        case Identify():
            return (message.person, *identifiers_in(message.attributes))
        case IdentifyObject() | Relate() | Unrelate():
            return tuple(one.person for one in message.relations if one.person is not None)
        case InviteEvent():
            return (email_ref(message.recipient),)
        case _:
            return subjects_of(message)


def subjects_of(message: Message) -> tuple[PersonRef, ...]:
    """List the people whom a message as a whole is about, as it names them."""
    match message:
        case IdentifiedEvent() | Identify() | AddDevice() | DeleteDevice() | ChangeSegment():
            return (message.person,)
        case DeletePerson() | SuppressPerson() | UnsuppressPerson():
            return (message.person,)
        case MergePeople():
            return (message.primary, message.secondary)
        case _:
            return ()
