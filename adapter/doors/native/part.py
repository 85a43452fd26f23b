"""Reading a native operation: its fields, and all that is wrong with them, each with its place."""

from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError

from adapter.doors.fields import attribute_problems, escape, kind_of, read_text
from adapter.doors.limits import ANONYMOUS_ID_LIMIT, PERSON_ID_LIMIT
from adapter.doors.times import is_absent
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject
from adapter.model.people import IdentifierKind, PersonRef
from adapter.model.reasons import Reason
from adapter.rules.identifiers import email_ref, is_junk_person_id

# The order of contracts 7.2, should an operator's mapping give several.
_PERSON_KINDS = (IdentifierKind.CIO_ID, IdentifierKind.EMAIL, IdentifierKind.ID)
_NOBODY = PersonRef(IdentifierKind.ID, "")
_ANONYMOUS_ID = "anonymous_id"
_WORD_LIMIT = 100

Common = dict[str, Any]
"""The fields that every message bears, by name."""


class Part:
    """An operation, or an object inside it, with its place.

    What is wrong is collected in ``problems``, so that all of it is told at once. Whoever asks for
    something that must be there gets a stand-in where it is not; what is made of it is thrown away.

    Args:
        fields: as they came; not changed.
        within: the object that holds this one; None for the operation itself.
        name: under which name it does.
    """

    __slots__ = ("fields", "name", "problems", "within")

    def __init__(self, fields: JSONObject, within: "Part | None" = None, name: str = "") -> None:
        self.fields = fields
        self.within = within
        self.name = name
        self.problems: list[Problem] = [] if within is None else within.problems

    @property
    def pointer(self) -> str:
        """JSON pointer from the operation to this object."""
        return "" if self.within is None else self.within.place(self.name)

    def place(self, name: str) -> str:
        """Give the JSON pointer to a field of this object."""
        return f"{self.pointer}/{escape(name)}"

    def refuse(self, reason: Reason, text: str, pointer: str) -> None:
        """Tell what is wrong, and where."""
        self.problems.append(Problem(reason.value, text, pointer))

    def part(self, name: str) -> "Part":
        """Give an object inside; an empty one where it is absent."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, dict):
            place = self.place(name)
            text = f"{place[1:]} must be an object, not {kind_of(value)}"
            self.refuse(Reason.INVALID_FIELD, text, place)
            value = None
        return Part(value or {}, self, name)

    def parts(self, name: str, most: int) -> list["Part"]:
        """Give the objects of an array inside, at most so many; none where it is absent."""
        value = self.fields.get(name)
        if value is None:
            return []
        place = self.place(name)
        if not isinstance(value, list):
            text = f"{place[1:]} must be an array, not {kind_of(value)}"
            self.refuse(Reason.INVALID_FIELD, text, place)
            return []
        if len(value) > most:
            text = f"{place[1:]} has {len(value)} items, the limit is {most}"
            self.refuse(Reason.TOO_LONG, text, place)
            return []
        array = Part({str(nth): item for nth, item in enumerate(value)}, self, name)
        return [array.part(nth) for nth in array.fields]

    def text(self, name: str, limit: int) -> str | None:
        """Read a text of at most so many bytes; None where it is absent, null or blank."""
        value = self.fields.get(name)
        if value is None:
            return None
        if is_plain(value, limit):
            return str(value)
        try:
            return read_text(value, self.place(name), limit)
        except ValidationError as error:
            self.problems += error.args[0]
            return None

    def needed(self, name: str, limit: int) -> str:
        """Read a text that must be there."""
        text = self.text(name, limit)
        if text is None and is_absent(self.fields.get(name)):
            self.missing(name)
        return text or ""

    def missing(self, name: str) -> None:
        """Refuse that a field is not there."""
        place = self.place(name)
        self.refuse(Reason.MISSING_FIELD, f"{place[1:]} must be there, and not be blank", place)

    def attributes(self, name: str = "attributes") -> JSONObject:
        """Give the attributes of a field, within Customer.io's limits (contracts 3.9)."""
        attributes = self.part(name).fields
        self.problems += attribute_problems(attributes, self.place(name))
        return attributes

    def choice(self, name: str, words: Sequence[str]) -> str:
        """Read a word that must be one of these."""
        text = self.needed(name, _WORD_LIMIT)
        if text and text not in words:
            place = self.place(name)
            told = f"{place[1:]} must be one of {', '.join(words)}, not {text!r}"
            self.refuse(Reason.INVALID_FIELD, told, place)
        return text

    def person(self, *kinds: IdentifierKind) -> PersonRef | None:
        """Read whom these identifiers name, None if they name no person.

        Args:
            kinds: that count, the first before the others; all of them by default.
        """
        for kind in kinds or _PERSON_KINDS:
            if kind in self.fields:
                text = self.text(kind.value, PERSON_ID_LIMIT)
                if text is not None:
                    return self._ref(kind, text)
        return None

    def needed_person(self) -> PersonRef:
        """Read whom these identifiers must name."""
        return self.person() or self.nobody("they must name a person by id, email or cio_id")

    def nobody(self, text: str) -> PersonRef:
        """Refuse these identifiers for naming nobody, unless one of them is refused already."""
        pointer = self.pointer
        if not any(problem.pointer.startswith(f"{pointer}/") for problem in self.problems):
            self.refuse(Reason.NO_SUBJECT, f"{pointer[1:]}: {text}", pointer)
        return _NOBODY

    def anonymous_id(self) -> str | None:
        """Read the anonymous id among these identifiers or attributes."""
        return self.text(_ANONYMOUS_ID, ANONYMOUS_ID_LIMIT)

    def _ref(self, kind: IdentifierKind, text: str) -> PersonRef:
        if kind is IdentifierKind.EMAIL:
            return email_ref(text)
        if is_junk_person_id(text):
            told = f"the id {text!r} is a placeholder that strangers share"
            self.refuse(Reason.JUNK_ID, told, self.place(kind.value))
        return PersonRef(kind, text)


def is_plain(value: Any, limit: int) -> bool:
    """Tell whether a value is sure to be a text that can stay as it is (see ``fields.Text``)."""
    return (
        type(value) is str
        and 0 < 4 * len(value) <= limit
        and value.isprintable()
        and not value.isspace()
    )
