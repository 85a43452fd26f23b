"""How an update changes a person's attributes (P4) and identifiers (P1, P3)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from adapter.clock import Instant
from adapter.jsonvalue import JSONObject, JSONValue, number_text, storable
from adapter.model.people import Attribute, IdentifierKind, Person, PersonRef
from adapter.model.reasons import Reason
from adapter.rules.identifiers import email_ref, looks_like_email

_IDENTIFIER_NAMES = {IdentifierKind.ID.value, IdentifierKind.EMAIL.value}

HolderOf = Callable[[PersonRef], str | None]
"""Gives the person_id of an identifier's holder."""


@dataclass(slots=True)
class Change:
    """What an update does.

    Attributes:
        changed: new and former value by attribute name.
        refused: attributes left out, and why (P3).
        skipped: attributes that a newer update set (P4).
        gained, lost: identifiers as compared.
    """

    changed: dict[str, tuple[JSONValue, JSONValue]] = field(default_factory=dict)
    refused: dict[str, Reason] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    gained: list[PersonRef] = field(default_factory=list)
    lost: list[PersonRef] = field(default_factory=list)


def identifiers_in(attributes: JSONObject) -> list[PersonRef]:
    """List the identifiers that attributes would give a person."""
    refs = (_ref_of(name, attributes.get(name)) for name in sorted(_IDENTIFIER_NAMES))
    return [ref for ref in refs if ref is not None]


def apply_attributes(
    person: Person,
    attributes: JSONObject,
    *,
    at: Instant,
    addressed_by: PersonRef,
    holder_of: HolderOf,
) -> Change:
    """Merge attributes into a person, key by key; null removes (P4).

    Args:
        person: changed in place.
        attributes: of the update.
        at: the update's own time; older than a key's newest is skipped, equal is applied.
        addressed_by: the identifier the update names the person by; a person is not given
            another of that kind (contracts 3.4), except by cio_id.
        holder_of: who has an identifier.
    """
    change = Change()
    for name, value in attributes.items():
        current = person.attributes.get(name)
        if current is not None and at < current.at:
            change.skipped.append(name)
        elif name in _IDENTIFIER_NAMES:
            _apply_identifier(person, name, value, at, addressed_by, holder_of, change)
        else:
            _set(person, name, value, at, change)
    return change


def give_identifier(person: Person, ref: PersonRef, text: str, at: Instant) -> None:
    """Give a person an identifier they are addressed by."""
    person.identifiers[ref.kind] = text
    person.attributes[ref.kind.value] = Attribute(text, at)


def ref_of_identifier(kind: IdentifierKind, text: str) -> PersonRef:
    """Give the form in which an identifier is compared."""
    return email_ref(text) if kind is IdentifierKind.EMAIL else PersonRef(kind, text)


def _apply_identifier(
    person: Person,
    name: str,
    value: JSONValue,
    at: Instant,
    addressed_by: PersonRef,
    holder_of: HolderOf,
    change: Change,
) -> None:
    kind = IdentifierKind(name)
    wanted = _ref_of(name, value)
    held_text = person.identifiers.get(kind)
    held = None if held_text is None else ref_of_identifier(kind, held_text)
    if wanted != held:
        reason = _refusal(person, wanted, held, kind, addressed_by, holder_of)
        if reason is not None:
            change.refused[name] = reason
            return
        if held is not None:
            change.lost.append(held)
            del person.identifiers[kind]
    if wanted is not None:
        if wanted != held:
            change.gained.append(wanted)
        person.identifiers[kind] = _text_of(value)
    _set(person, name, value, at, change)


def _refusal(
    person: Person,
    wanted: PersonRef | None,
    held: PersonRef | None,
    kind: IdentifierKind,
    addressed_by: PersonRef,
    holder_of: HolderOf,
) -> Reason | None:
    if held is not None and (
        addressed_by.kind is kind
        or (kind is IdentifierKind.ID and addressed_by.kind is not IdentifierKind.CIO_ID)
    ):
        return Reason.IDENTIFIER_CHANGE_REFUSED
    if wanted is not None and holder_of(wanted) not in (None, person.person_id):
        return Reason.IDENTIFIER_TAKEN
    return None


def _set(person: Person, name: str, value: JSONValue, at: Instant, change: Change) -> None:
    current = person.attributes.get(name)
    former = None if current is None else current.value
    person.attributes[name] = Attribute(value, at)
    if former != value or type(former) is not type(value):
        change.changed[name] = (former, value)


def _ref_of(name: str, value: JSONValue) -> PersonRef | None:
    text = _text_of(value)
    if not text.strip():
        return None
    if name == IdentifierKind.EMAIL.value:
        return email_ref(text) if looks_like_email(text) else None
    return PersonRef(IdentifierKind.ID, text)


def _text_of(value: JSONValue) -> str:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(value)
    return ""
