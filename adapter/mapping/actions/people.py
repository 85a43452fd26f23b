"""Actions about people: create or update, merge, delete, suppress."""

from adapter.jsonvalue import JSONObject
from adapter.mapping.actions.conversion import person_identifiers
from adapter.mapping.actions.operation import (
    BATCHING,
    FLAG,
    OBJECT,
    REQUIRED,
    TEXT,
    Action,
    Build,
    addressed,
    dated,
    present,
    timed,
)

_NOT_ATTRIBUTES = (
    "createdAt",
    "created_at",
    "object_type_id",
    "relationshipAttributes",
    "objectTypeId",
)
"""Traits that have fields of their own (contracts 7.3)."""


def _identify(fields: JSONObject) -> JSONObject:
    attributes = {
        key: value
        for key, value in (fields.get("custom_attributes") or {}).items()
        if key not in _NOT_ATTRIBUTES
    }
    for name in ("created_at", "email"):
        if fields.get(name):
            attributes[name] = fields[name]
    body = dated(fields, {"attributes": attributes})
    body |= _relationship(fields)
    identifiers = person_identifiers(
        fields.get("id"), fields.get("email"), fields.get("anonymous_id")
    )
    addressed(body, identifiers, fields.get("anonymous_id"))
    timed(body, fields.get("timestamp"))
    return {"type": "person", "action": "identify", **body}


def _relationship(fields: JSONObject) -> JSONObject:
    """Relate the person to an object; dates inside are not converted, for they lie in an array."""
    group_id = fields.get("group_id")
    if not group_id:
        return {}
    kind = fields.get("object_type_id", "1")
    relationship: JSONObject = {"identifiers": {"object_type_id": kind, "object_id": group_id}}
    if fields.get("relationship_attributes") is not None:
        relationship["relationship_attributes"] = fields["relationship_attributes"]
    return {"cio_relationships": [relationship]}


def _merge(fields: JSONObject) -> JSONObject:
    return present(
        type="person",
        action="merge",
        primary=person_identifiers(fields["primary"]),
        secondary=person_identifiers(fields["secondary"]),
    )


def _only_named(action: str) -> Build:
    def build(fields: JSONObject) -> JSONObject:
        return present(
            type="person", action=action, identifiers=person_identifiers(fields["person_id"])
        )

    return build


def _only_named_action(name: str, action: str) -> Action:
    return Action(name=name, fields={"person_id": REQUIRED, **BATCHING}, build=_only_named(action))


PEOPLE = (
    Action(
        name="createUpdatePerson",
        fields={
            "id": TEXT,
            "anonymous_id": TEXT,
            "email": TEXT,
            "created_at": TEXT,
            "group_id": TEXT,
            "custom_attributes": OBJECT,
            "relationship_attributes": OBJECT,
            "timestamp": TEXT,
            "convert_timestamp": FLAG,
            "object_type_id": TEXT,
            **BATCHING,
        },
        build=_identify,
        timestamp="timestamp",
    ),
    Action(
        name="mergePeople",
        fields={"primary": REQUIRED, "secondary": REQUIRED, **BATCHING},
        build=_merge,
    ),
    _only_named_action("deletePerson", "delete"),
    _only_named_action("suppressPerson", "suppress"),
    _only_named_action("unsuppressPerson", "unsuppress"),
)
