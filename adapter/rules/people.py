"""How messages find, create and relate people (K5, P1)."""

from adapter.model.activities import ActivityType
from adapter.model.messages import Message
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.model.reasons import Reason
from adapter.rules.working import Working


def find_or_create(message: Message, ref: PersonRef, working: Working) -> Person | None:
    """Give the person a message names, creating them if need be (K5).

    Returns:
        None for an unknown cio_id: a generated id is never taken from outside.
    """
    person_id = working.holder(message.workspace_id, ref)
    if person_id is not None:
        return working.facts.people[message.workspace_id, person_id]
    if ref.kind is IdentifierKind.CIO_ID:
        return None
    person = working.create(message, ref, ref.value)
    working.log(
        message,
        ActivityType.PROFILE_CREATE,
        Reason.PERSON_CREATED,
        person_id=person.person_id,
        data={"identifiers": {ref.kind.value: ref.value}},
    )
    return person
