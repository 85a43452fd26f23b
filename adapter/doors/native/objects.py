"""Objects, and who is related to them (contracts 4.2, 7.3)."""

from adapter.doors.limits import PERSON_ID_LIMIT, RELATIONSHIPS_LIMIT
from adapter.doors.native.part import Common, Part
from adapter.jsonvalue import JSONObject
from adapter.model.messages import DeleteObject, IdentifyObject, Message, Relate, Unrelate
from adapter.model.objects import ObjectRef, Relation
from adapter.model.people import PersonRef

_DEFAULT_TYPE = "1"
_RELATIONSHIPS = "cio_relationships"
_ANONYMOUS_ID = "anonymous_id"
_CREATED_AT = "created_at"


def identify(operation: Part, common: Common) -> Message:
    """``object identify`` and ``identify_anonymous``: an object, and who is related to it.

    ``created_at`` at the root is an attribute; the caller's anonymous id is none (contracts 7.2).
    """
    attributes = operation.attributes()
    if _ANONYMOUS_ID in attributes:
        attributes = {name: attributes[name] for name in attributes if name != _ANONYMOUS_ID}
    created_at = operation.fields.get(_CREATED_AT)
    if created_at is not None:
        attributes = {**attributes, _CREATED_AT: created_at}
    named = object_in(operation.part("identifiers"))
    relations = _members(operation, named)
    return IdentifyObject(**common, object=named, attributes=attributes, relations=relations)


def delete(operation: Part, common: Common) -> Message:
    """``object delete``: remove an object, and all relationships to it."""
    return DeleteObject(**common, object=object_in(operation.part("identifiers")))


def add_members(operation: Part, common: Common) -> Message:
    """``object add_relationships``: relate people and strangers to an object."""
    return Relate(**common, relations=_members(_with_relationships(operation)))


def delete_members(operation: Part, common: Common) -> Message:
    """``object delete_relationships``."""
    return Unrelate(**common, relations=_members(_with_relationships(operation)))


def add_memberships(operation: Part, common: Common) -> Message:
    """``person add_relationships``: relate a person to objects."""
    person = operation.part("identifiers").needed_person()
    return Relate(**common, relations=memberships(_with_relationships(operation), person))


def delete_memberships(operation: Part, common: Common) -> Message:
    """``person delete_relationships``."""
    person = operation.part("identifiers").needed_person()
    return Unrelate(**common, relations=memberships(_with_relationships(operation), person))


def memberships(
    holder: Part, person: PersonRef, name: str = _RELATIONSHIPS
) -> tuple[Relation, ...]:
    """Read the objects that a person is related to, in an array of this name."""
    return tuple(
        Relation(
            object=object_in(one.part("identifiers")),
            person=person,
            attributes=one.attributes("relationship_attributes"),
        )
        for one in holder.parts(name, RELATIONSHIPS_LIMIT)
    )


def object_in(identifiers: Part) -> ObjectRef:
    """Read what names an object: its ``cio_object_id``, or its id and type (contracts 4.2)."""
    cio_object_id = identifiers.text("cio_object_id", PERSON_ID_LIMIT)
    if cio_object_id is not None:
        return ObjectRef(cio_object_id)
    object_type_id = identifiers.text("object_type_id", PERSON_ID_LIMIT)
    object_id = identifiers.needed("object_id", PERSON_ID_LIMIT)
    return ObjectRef.named(object_type_id or _DEFAULT_TYPE, object_id)


def _members(operation: Part, named: ObjectRef | None = None) -> tuple[Relation, ...]:
    """Read who is related to an object."""
    named = named or object_in(operation.part("identifiers"))
    parts = operation.parts(_RELATIONSHIPS, RELATIONSHIPS_LIMIT)
    return tuple(_member(one, named) for one in parts)


def _member(relationship: Part, named: ObjectRef) -> Relation:
    identifiers = relationship.part("identifiers")
    person, anonymous_id = identifiers.person(), None
    if person is None:
        anonymous_id = identifiers.anonymous_id()
        if anonymous_id is None:
            identifiers.nobody("they name neither a person nor an anonymous id")
    attributes: JSONObject = relationship.attributes("relationship_attributes")
    return Relation(object=named, person=person, anonymous_id=anonymous_id, attributes=attributes)


def _with_relationships(operation: Part) -> Part:
    """Refuse an operation that is about relationships and has none."""
    if operation.fields.get(_RELATIONSHIPS) in (None, []):
        operation.missing(_RELATIONSHIPS)
    return operation
