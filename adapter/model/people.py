"""People: how they are referred to, and what is known of them."""

from dataclasses import dataclass, field
from enum import StrEnum

from adapter.clock import Instant
from adapter.jsonvalue import JSONValue


class IdentifierKind(StrEnum):
    """The kinds of value that name one person (rule P1)."""

    ID = "id"
    EMAIL = "email"
    CIO_ID = "cio_id"


@dataclass(frozen=True, slots=True, order=True)
class PersonRef:
    """A value that names one person.

    Attributes:
        kind: which identifier it is.
        value: as it is compared: e-mail addresses case-folded, ids and cio_ids as they came.
    """

    kind: IdentifierKind
    value: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """The value of one attribute, and the sender's time of the update that set it (rule P4).

    A removed attribute keeps its time with value None, so that an older update stays older.
    """

    value: JSONValue
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Something a person uses, which messages can be pushed to (contracts 3.6).

    Attributes:
        platform: such as ``ios``.
        last_used: the sender's time of the newest use.
        attributes: by name, each with its time (P4); removed ones have the value None.
    """

    platform: str
    last_used: Instant
    attributes: dict[str, Attribute] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Person:
    """A known profile.

    Attributes:
        person_id: our generated id, shown as ``cio_id``.
        identifiers: at most one value of kind id and one of kind email, as the sender wrote them.
        attributes: by name; removed ones have the value None.
        devices: by token.
        created_at, updated_at: our clock.
    """

    person_id: str
    workspace_id: int
    created_at: Instant
    updated_at: Instant
    identifiers: dict[IdentifierKind, str] = field(default_factory=dict)
    attributes: dict[str, Attribute] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
