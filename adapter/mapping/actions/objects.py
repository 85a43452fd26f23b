"""Actions about objects (groups) and how people relate to them."""

from adapter.jsonvalue import JSONObject
from adapter.mapping.actions.conversion import object_identifiers, person_identifiers
from adapter.mapping.actions.operation import (
    BATCHING,
    FLAG,
    OBJECT,
    REQUIRED,
    TEXT,
    Action,
    addressed,
    dated,
    present,
)

_NOT_ATTRIBUTES = ("object_type_id", "objectTypeId", "relationshipAttributes")


def _identify(fields: JSONObject) -> JSONObject:
    """Create or update an object, and relate the caller to it.

    Everything is converted here, the object's own id included, if it is a date.
    """
    kind = fields.get("object_type_id")
    given = dated(
        fields,
        present(
            id=fields["id"],
            kind="1" if kind is None else kind,
            anonymous_id=fields.get("anonymous_id"),
            created_at=fields.get("created_at"),
            attributes=_attributes(fields),
            relationship=fields.get("relationship_attributes"),
        ),
    )
    body = present(created_at=given.get("created_at"), attributes=given.get("attributes"))
    known = person_identifiers(fields.get("user_id"), None, fields.get("anonymous_id"))
    if known:
        body["cio_relationships"] = [
            present(identifiers=known, relationship_attributes=given.get("relationship"))
        ]
    named = object_identifiers(given["id"], given["kind"]) or known
    addressed(body, named, given.get("anonymous_id"))
    anonymous = known is not None and not fields.get("user_id")
    return {"type": "object", "action": "identify_anonymous" if anonymous else "identify", **body}


def _attributes(fields: JSONObject) -> JSONObject | None:
    attributes = fields.get("custom_attributes")
    if attributes is None:
        return None
    return {key: value for key, value in attributes.items() if key not in _NOT_ATTRIBUTES}


def _delete_relationship(fields: JSONObject) -> JSONObject:
    anonymous_id = fields.get("anonymous_id")
    related = person_identifiers(fields["person_id"], None, anonymous_id)
    body: JSONObject = {
        "type": "object",
        "action": "delete_relationships",
        "cio_relationships": [{"identifiers": related}],
    }
    identifiers = object_identifiers(fields["object_id"], fields.get("object_type_id"))
    return addressed(body, identifiers or related, anonymous_id)


def _delete(fields: JSONObject) -> JSONObject:
    identifiers = object_identifiers(fields.get("object_id"), fields.get("object_type_id"))
    return present(type="object", action="delete", identifiers=identifiers)


OBJECTS = (
    Action(
        name="createUpdateObject",
        fields={
            "id": REQUIRED,
            "created_at": TEXT,
            "custom_attributes": OBJECT,
            "relationship_attributes": OBJECT,
            "user_id": TEXT,
            "anonymous_id": TEXT,
            "object_type_id": TEXT,
            "convert_timestamp": FLAG,
            **BATCHING,
        },
        build=_identify,
    ),
    Action(
        name="deleteRelationship",
        fields={
            "person_id": REQUIRED,
            "anonymous_id": TEXT,
            "object_id": REQUIRED,
            "object_type_id": TEXT,
            **BATCHING,
        },
        build=_delete_relationship,
    ),
    Action(
        name="deleteObject",
        fields={"object_id": TEXT, "object_type_id": TEXT, **BATCHING},
        build=_delete,
    ),
)
