"""Objects that people belong to, such as companies, and how they are related (contracts 4.2)."""

from dataclasses import dataclass, field
from typing import NamedTuple

from adapter.clock import Instant
from adapter.ids import cio_object_id_of
from adapter.jsonvalue import JSONObject
from adapter.model.people import Attribute, PersonRef


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """What names one object.

    Attributes:
        cio_object_id: made of the type and the id, so it is known before the object is.
        object_type_id, object_id: "" where the sender gives only the cio_object_id.
    """

    cio_object_id: str
    object_type_id: str = ""
    object_id: str = ""

    @classmethod
    def named(cls, object_type_id: str, object_id: str) -> "ObjectRef":
        """Refer to an object by its type and id."""
        return cls(cio_object_id_of(object_type_id, object_id), object_type_id, object_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomObject:
    """An object.

    Attributes:
        attributes: by name, each with its time (P4); removed ones have the value None.
        created_at, updated_at: our clock.
    """

    cio_object_id: str
    workspace_id: int
    object_type_id: str
    object_id: str
    attributes: dict[str, Attribute] = field(default_factory=dict)
    created_at: Instant
    updated_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """Somebody is related to an object: a person, or a stranger by their anonymous id.

    Attributes:
        attributes: by name, each with its time (P4); removed ones have the value None.
        anonymous_id: of a person's, the anonymous id it was made with before it was theirs (M9).
        created_at, updated_at: our clock, when it was first and last received.
    """

    attributes: dict[str, Attribute] = field(default_factory=dict)
    anonymous_id: str | None = None
    created_at: Instant
    updated_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A relationship as a message asks for it, or for its end.

    Attributes:
        person: who, if known.
        anonymous_id: who, if not.
        attributes: of the relationship, to merge key by key (P4).
    """

    object: ObjectRef
    person: PersonRef | None = None
    anonymous_id: str | None = None
    attributes: JSONObject = field(default_factory=dict)


class RelationshipRow(NamedTuple):
    """A relationship of a person to an object."""

    person_id: str
    cio_object_id: str
    relationship: Relationship
