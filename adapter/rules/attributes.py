"""How an update changes a person's attributes (P4) and identifiers (P1, P3)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from adapter.clock import Instant
from adapter.jsonvalue import JSONObject, JSONValue, number_text, storable
from adapter.model.people import Attribute, IdentifierKind, Person, PersonRef
from adapter.model.reasons import Reason
from adapter.rules.identifiers import email_ref, looks_like_email
from adapter.rules.keyed import Merged, is_newer, set_key

_IDENTIFIER_NAMES = {IdentifierKind.ID.value, IdentifierKind.EMAIL.value}

HolderOf = Callable[[PersonRef], str | None]
"""Gives the person_id of an identifier's holder."""

IsSuppressed = Callable[[PersonRef], bool]
"""Tells whether an identifier is refused until it is unsuppressed (P6)."""


@dataclass(slots=True)
class Change(Merged):
    """What an update does to a person.

    Attributes:
        refused: attributes left out, and why (P3).
        gained, lost: identifiers as compared.
    """

    refused: dict[str, Reason] = field(default_factory=dict)
    gained: list[PersonRef] = field(default_factory=list)
    lost: list[PersonRef] = field(default_factory=list)


def identifiers_in(attributes: JSONObject) -> list[PersonRef]:
    """List the identifiers that attributes would give a person."""
    refs = (_ref_of(name, attributes.get(name)) for name in sorted(_IDENTIFIER_NAMES))
    return [ref for ref in refs if ref is not None]


@dataclass(slots=True, kw_only=True)
class Update:
    """An update to merge into a person, key by key; null and "" remove (P4).

    Attributes:
        person: changed in place by :meth:`apply`.
        at: the update's own time; older than a key's newest is skipped, equal is applied.
        addressed_by: the identifier the update names the person by; a person is not given
            another of that kind (contracts 3.4), except by cio_id.
        holder_of: who has an identifier.
        is_suppressed: whether nobody may have it.
    """

    person: Person
    at: Instant
    addressed_by: PersonRef
    holder_of: HolderOf
    is_suppressed: IsSuppressed
    change: Change = field(default_factory=Change)

    def apply(self, attributes: JSONObject) -> Change:
        """Merge the attributes into the person and tell what changed."""
        for name, value in attributes.items():
            if name == IdentifierKind.CIO_ID:
                self._check_cio_id(value)
                continue
            if not is_newer(self.person.attributes, name, self.at, self.change):
                continue
            if name in _IDENTIFIER_NAMES:
                self._apply_identifier(IdentifierKind(name), value)
            else:
                self._set(name, value)
        return self.change

    def _check_cio_id(self, value: JSONValue) -> None:
        """A generated id is never set; naming the person's own does no harm (P1)."""
        if _text_of(value).removeprefix("cio_") not in {"", self.person.person_id}:
            self.change.refused[IdentifierKind.CIO_ID.value] = Reason.IDENTIFIER_CHANGE_REFUSED

    def _apply_identifier(self, kind: IdentifierKind, value: JSONValue) -> None:
        wanted = _ref_of(kind, value)
        text = self.person.identifiers.get(kind)
        held = None if text is None else ref_of_identifier(kind, text)
        if wanted != held:
            reason = self._refusal(kind, wanted, held)
            if reason is not None:
                self.change.refused[kind.value] = reason
                return
            if held is not None:
                self.change.lost.append(held)
                del self.person.identifiers[kind]
            if wanted is not None:
                self.change.gained.append(wanted)
        if wanted is not None:
            self.person.identifiers[kind] = _text_of(value)
        self._set(kind.value, value)

    def _refusal(
        self, kind: IdentifierKind, wanted: PersonRef | None, held: PersonRef | None
    ) -> Reason | None:
        by = self.addressed_by.kind
        fixed = by is kind or (kind is IdentifierKind.ID and by is not IdentifierKind.CIO_ID)
        if held is not None and fixed:
            return Reason.IDENTIFIER_CHANGE_REFUSED
        if wanted is not None and self.is_suppressed(wanted):
            return Reason.SUPPRESSED
        if wanted is not None and self.holder_of(wanted) not in {None, self.person.person_id}:
            return Reason.IDENTIFIER_TAKEN
        return None

    def _set(self, name: str, value: JSONValue) -> None:
        set_key(self.person.attributes, name, value, self.at, self.change)


def give_identifier(person: Person, ref: PersonRef, text: str, at: Instant) -> None:
    """Give a person an identifier they are addressed by."""
    person.identifiers[ref.kind] = text
    person.attributes[ref.kind.value] = Attribute(text, at)


def ref_of_identifier(kind: IdentifierKind, text: str) -> PersonRef:
    """Give the form in which an identifier is compared."""
    return email_ref(text) if kind is IdentifierKind.EMAIL else PersonRef(kind, text)


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
