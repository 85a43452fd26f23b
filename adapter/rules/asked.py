"""What operators' conditions and templates see: an event, a person, a campaign."""

from adapter.clock import iso
from adapter.jsonvalue import JSONObject, loads
from adapter.model.campaigns import Campaign, Starting, TurnKind
from adapter.model.messages import EventKind
from adapter.model.people import IdentifierKind, Person

_TYPES: dict[str, str] = {
    EventKind.EVENT: "track",
    EventKind.PAGE: "page",
    EventKind.SCREEN: "screen",
    TurnKind.ENTERED: "track",
    TurnKind.LEFT: "track",
}


def context_of(
    campaign: Campaign, event: Starting, person: Person | None, recipient: str | None
) -> JSONObject:
    """Give what a template sees: ``campaign``, ``event``, ``person`` and ``recipient``."""
    return {
        "campaign": campaign.campaign,
        "event": {
            "id": event.id,
            "event_id": event.message_id,
            "kind": event.kind.value,
            "name": event.name,
            "timestamp": iso(event.occurred_at),
            "received_at": iso(event.received_at),
            "data": loads(event.data),
        },
        "person": None if person is None else person_json(person),
        "recipient": recipient,
    }


def person_json(person: Person) -> JSONObject:
    """Show a person to a template."""
    return {
        "id": person.identifiers.get(IdentifierKind.ID),
        "email": person.identifiers.get(IdentifierKind.EMAIL),
        "cio_id": person.person_id,
        "attributes": {
            name: held.value for name, held in person.attributes.items() if held.value is not None
        },
    }


def asked_of(context: JSONObject) -> JSONObject:
    """Give what ``where`` looks at: the event as a Segment call, the person as its traits."""
    event, person = context["event"], context["person"]
    return {
        "type": _TYPES[event["kind"]],
        "event": event["name"],
        "name": event["name"],
        "userId": None if person is None else _user_id(person),
        "properties": event["data"],
        "traits": {} if person is None else _traits(person),
        "context": {},
    }


def asked_of_person(person: JSONObject) -> JSONObject:
    """Give what a segment's condition looks at, of a person as :func:`person_json` shows them."""
    return {"userId": _user_id(person), "traits": _traits(person)}


def _user_id(person: JSONObject) -> str | None:
    user_id: str | None = person["id"] or person["email"] or person["cio_id"]
    return user_id


def _traits(person: JSONObject) -> JSONObject:
    """Give the attributes, and the e-mail address among them, as Segment does."""
    email = person["email"]
    attributes: JSONObject = person["attributes"]
    return attributes if email is None else {**attributes, "email": email}
