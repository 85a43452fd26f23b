"""What the oracle knows of people: found, created, updated, joined (K5, P1-P5)."""

from collections.abc import Container
from typing import Any

from adapter.simulation.oracle.reading import Name, name_of
from adapter.simulation.oracle.state import OnePerson


class People:
    """All people of a workspace."""

    def __init__(self) -> None:
        self.all: list[OnePerson] = []

    def known_by(self, name: Name) -> OnePerson | None:
        """Find who has an identifier."""
        kind, value = name
        for person in self.all:
            text = person.names.get(kind)
            if name in person.former or (text is not None and _compared(kind, text) == value):
                return person
        return None

    def names_of(self, person: OnePerson) -> set[Name]:
        """Give all identifiers of somebody, as they are compared."""
        return person.former | {
            (kind, _compared(kind, text)) for kind, text in person.names.items()
        }

    def create(self, name: Name, text: str, at: int) -> OnePerson:
        """K5: somebody new."""
        person = OnePerson()
        self.all.append(person)
        give(person, name[0], text, at)
        return person

    def join(self, primary: OnePerson, secondary: OnePerson) -> None:
        """P5: missing attributes and identifiers go to the primary; the secondary is gone."""
        for key, held in secondary.attributes.items():
            if primary.attributes.get(key, (None, 0))[0] is None:
                primary.attributes[key] = held
        primary.former |= secondary.former
        for kind, text in secondary.names.items():
            primary.former.add((kind, _compared(kind, text)))
            primary.names.setdefault(kind, text)
        self.all.remove(secondary)


class Update:
    """An update of a person, key by key (P3, P4).

    Attributes:
        changed: whether any value is another one now.
        refused: identifiers left out, and why.
        skipped: keys that a newer update set.
    """

    def __init__(
        self,
        people: People,
        person: OnePerson,
        by: Name,
        at: int,
        suppressed: Container[Name] = frozenset(),
    ) -> None:
        self._people = people
        self._suppressed = suppressed
        self._person = person
        self._by = by
        self._at = at
        self.changed = False
        self.refused: dict[str, str] = {}
        self.skipped: list[str] = []

    def apply(self, attributes: dict[str, Any]) -> None:
        """Apply what is not older than what is known."""
        for key, value in attributes.items():
            if key in self._person.attributes and self._at < self._person.attributes[key][1]:
                self.skipped.append(key)
            elif key not in {"id", "email"}:
                self._set(key, value)
            else:
                self._name(key, value)

    def _name(self, kind: str, text: str) -> None:
        """Give an identifier, unless it is another's (P3), refused (P6) or there is one (3.4)."""
        held = self._person.names.get(kind)
        is_same = held is not None and _compared(kind, held) == _compared(kind, text)
        by_other_name = self._by[0] == "cio_id" or (kind == "email" and self._by[0] == "id")
        if not is_same:
            if held is not None and not by_other_name:
                self.refused[kind] = "identifier_change_refused"
                return
            if (kind, _compared(kind, text)) in self._suppressed:
                self.refused[kind] = "suppressed"
                return
            if self._people.known_by((kind, _compared(kind, text))) not in {None, self._person}:
                self.refused[kind] = "identifier_taken"
                return
            if held is not None:
                self._person.former.discard((kind, _compared(kind, held)))
        self._person.names[kind] = text
        self._set(kind, text)

    def _set(self, key: str, value: Any) -> None:
        before = self._person.attributes.get(key, (None, 0))[0]
        self.changed = self.changed or before != value
        self._person.attributes[key] = (value, self._at)


def give(person: OnePerson, kind: str, text: str, at: int) -> None:
    """Give a person the identifier they are addressed by."""
    person.names[kind] = text
    person.attributes[kind] = (text, at)


def addressed(people: People, bare: str, attributes: dict[str, Any], at: int) -> OnePerson | None:
    """Find whom an identify is about; one known by another identifier gets this one (3.4)."""
    name = name_of(bare)
    found = people.known_by(name)
    if found is not None:
        return found
    for kind in ("email", "id"):
        if attributes.get(kind):
            other = people.known_by((kind, _compared(kind, attributes[kind])))
            if other is not None and name[0] not in other.names:
                give(other, name[0], name[1], at)
                return other
    return None


def _compared(kind: str, text: str) -> str:
    return text.casefold() if kind == "email" else text
