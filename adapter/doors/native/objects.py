"""Objects, and who is related to them (contracts 4.2, 7.3)."""

from adapter.doors.limits import PERSON_ID_LIMIT
from adapter.doors.native.part import Common, Part
from adapter.jsonvalue import dumps
from adapter.model.messages import Message, Relate

_MOST_RELATIONSHIPS = 100


def relate(operation: Part, common: Common) -> Message:
    """Turn a group call into the relation of somebody to an object (contracts 7.3)."""
    relationships = operation.parts("cio_relationships", _MOST_RELATIONSHIPS)
    relationship = relationships[0] if relationships else Part({}, operation, "cio_relationships")
    who = relationship.part("identifiers")
    what = operation.part("identifiers")
    person = who.person()
    anonymous_id = who.anonymous_id()
    if person is None and anonymous_id is None:
        who.nobody("they name neither a person nor an anonymous id")
    attributes = operation.part("attributes")
    if anonymous_id is None:
        anonymous_id = attributes.anonymous_id()
    data = {
        "object_type_id": what.fields.get("object_type_id"),
        "object_id": what.needed("object_id", PERSON_ID_LIMIT),
        "attributes": {
            key: value for key, value in attributes.fields.items() if key != "anonymous_id"
        },
        "relationship_attributes": relationship.part("relationship_attributes").fields,
    }
    return Relate(**common, person=person, anonymous_id=anonymous_id, data=dumps(data))
