"""The working set of a batch: facts as they become while its messages are folded over."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adapter.clock import Instant
from adapter.ids import cio_id_of, derived_id, following_id
from adapter.jsonvalue import JSONObject, dumps
from adapter.model.activities import Activity, ActivityType
from adapter.model.messages import Event, Message
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.model.reasons import Reason
from adapter.rules.attributes import give_identifier
from adapter.rules.causes import Cause
from adapter.rules.decision import Decision, PersonWrite, StoredAnonymous
from adapter.rules.facts import AnonymousIdFact, AnonymousKey, Facts
from adapter.rules.keeping import Keeping
from adapter.rules.policy import Policy


@dataclass(slots=True)
class Arrival:
    """Events of one request that merge as they arrive (A1 logs them together)."""

    first: Message
    anonymous_id: str
    person_id: str
    count: int
    oldest: Instant


class Became(NamedTuple):
    """An event that a message made a person's: when, and whether it may trigger (C2, C3, C8)."""

    event: Event
    person_id: str
    at: Instant
    may: Reason


class Working:
    """Facts that change, and the decision that grows, message by message.

    Attributes:
        facts: as the messages so far have left them.
        decision: the effects so far.
        waiting: this batch's anonymous events, which a later identify of the batch may claim.
        claimed: ids of those that one did claim.
        arrivals: merges on arrival, by (request, anonymous id).
        became: events that the message at hand made somebody's, if that matters to anything.
        keeping: people's standings in segments.
        merge_until: how far the last move of an anonymous id in this batch reaches.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.decision = Decision()
        self.waiting: dict[AnonymousKey, list[StoredAnonymous]] = {}
        self.claimed: set[str] = set()
        self.arrivals: dict[tuple[str, AnonymousKey], Arrival] = {}
        self.became: list[Became] = []
        self.keeping = Keeping(facts)
        self.decision.standings = self.keeping.writes
        self.decision.outdated = self.keeping.outdated
        self.merge_until: dict[AnonymousKey, Instant] = {}
        self._logged: dict[str, int] = {}
        self._followed: dict[str, int] = {}
        self._created: dict[str, int] = {}

    def policy(self, message: Message) -> Policy:
        """Give the settings of the message's workspace."""
        return self.facts.policies[message.workspace_id]

    def anonymous_id(self, message: Message, anonymous_id: str) -> AnonymousIdFact:
        """Give the row of an anonymous id."""
        return self.facts.anonymous_ids[message.workspace_id, anonymous_id]

    def holder(self, workspace_id: int, ref: PersonRef) -> str | None:
        """Tell who has an identifier."""
        return self.facts.people_by_ref.get((workspace_id, ref))

    def suppression(self, workspace_id: int, ref: PersonRef) -> str | None:
        """Tell by which suppression an identifier is refused; None if it is not (P6)."""
        return self.facts.suppressed.get((workspace_id, ref))

    def edit(self, workspace_id: int, person_id: str, at: Instant) -> Person:
        """Give a person to change; the change will be written."""
        key = (workspace_id, person_id)
        self.keeping.touch(key, at)
        write = self.decision.people.get(key)
        if write is None:
            person = copy.copy(self.facts.people[key])
            person.identifiers = dict(person.identifiers)
            person.attributes = dict(person.attributes)
            person.devices = dict(person.devices)
            write = PersonWrite(person=person, created=False)
            self.facts.people[key] = person
            self.decision.people[key] = write
        write.person.updated_at = max(write.person.updated_at, at)
        return write.person

    def create(self, message: Message, ref: PersonRef, text: str) -> Person:
        """Create a person known by one identifier (K5)."""
        nth = self._created.get(message.id, 0)
        self._created[message.id] = nth + 1
        # An operation about an object may name many people who are not known yet.
        source = derived_id(message.id, nth) if nth else message.id
        person = Person(
            person_id=cio_id_of(source),
            workspace_id=message.workspace_id,
            created_at=message.received_at,
            updated_at=message.received_at,
        )
        key = (message.workspace_id, person.person_id)
        self.facts.people[key] = person
        self.decision.people[key] = PersonWrite(person=person, created=True)
        self.keeping.create(person)
        cio_ref = PersonRef(IdentifierKind.CIO_ID, person.person_id)
        self.point(message.workspace_id, cio_ref, person.person_id)
        self.give(person, ref, text, message.occurred_at)
        return person

    def give(self, person: Person, ref: PersonRef, text: str, at: Instant) -> None:
        """Give a person an identifier that nobody has."""
        give_identifier(person, ref, text, at)
        self.point(person.workspace_id, ref, person.person_id)

    def point(self, workspace_id: int, ref: PersonRef, person_id: str) -> None:
        """Make an identifier name a person of this batch."""
        self.facts.people_by_ref[workspace_id, ref] = person_id
        write = self.decision.people[workspace_id, person_id]
        write.added.add((ref.kind, ref.value))
        write.removed.discard((ref.kind, ref.value))

    def release(self, person: Person, ref: PersonRef) -> None:
        """Make an identifier nobody's."""
        self.facts.people_by_ref.pop((person.workspace_id, ref), None)
        write = self.decision.people[person.workspace_id, person.person_id]
        write.removed.add((ref.kind, ref.value))
        write.added.discard((ref.kind, ref.value))

    def log(
        self,
        message: Cause,
        activity_type: ActivityType,
        reason: Reason,
        *,
        name: str = "",
        person_id: str | None = None,
        anonymous_id: str | None = None,
        data: JSONObject | str | None = None,
        own: bool = False,
    ) -> None:
        """Write a line of the activity log that this message causes.

        An ``own`` line stands for the message itself, and so bears the sender's id; what else the
        message causes does not, or one record would be found twice by its id.
        """
        text = data if isinstance(data, str) else dumps(data or {})
        self.decision.activities.append(
            self.activity(
                message,
                activity_type,
                reason,
                name=name,
                person_id=person_id,
                anonymous_id=anonymous_id,
                data=text,
                own=own,
            )
        )

    def log_following(
        self,
        cause: Cause,
        activity_type: ActivityType,
        reason: Reason,
        *,
        name: str,
        person_id: str,
        data: JSONObject,
    ) -> Activity:
        """Write a line of what follows from a cause by the operator's files alone."""
        nth = self._followed.get(cause.id, 0) + 1
        self._followed[cause.id] = nth
        line = Activity(
            id=following_id(cause.id, nth),
            workspace_id=cause.workspace_id,
            message=cause.id,
            message_id=None,
            type=activity_type,
            name=name,
            person_id=person_id,
            received_at=cause.received_at,
            occurred_at=cause.occurred_at,
            reason=reason,
            data=dumps(data),
        )
        self.decision.activities.append(line)
        return line

    def activity(
        self,
        message: Cause,
        activity_type: ActivityType,
        reason: Reason,
        *,
        name: str,
        person_id: str | None,
        anonymous_id: str | None,
        data: str,
        own: bool = False,
    ) -> Activity:
        """Make a line of the activity log that this message causes."""
        nth = self._logged.get(message.id, 0) + 1
        self._logged[message.id] = nth
        return Activity(
            id=derived_id(message.id, nth),
            workspace_id=message.workspace_id,
            message=message.id,
            message_id=message.message_id if own else None,
            type=activity_type,
            name=name,
            person_id=person_id,
            anonymous_id=anonymous_id,
            received_at=message.received_at,
            occurred_at=message.occurred_at,
            reason=reason,
            data=data,
        )


def reasons_of(main: Reason, message: Message, *further: Reason) -> tuple[Reason, ...]:
    """Put the main reason before what else was noticed, each once."""
    rest: Sequence[Reason] = (*further, *message.notes)
    if not rest:
        return (main,)
    return tuple(dict.fromkeys((main, *rest)))
