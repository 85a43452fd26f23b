"""Identifiers in Customer.io's calls: what names one person, or one object (contracts 4.3)."""

from collections.abc import Sequence
from typing import Any

from marshmallow import ValidationError

from adapter.doors.fields import Text, kind_of
from adapter.doors.limits import ANONYMOUS_ID_LIMIT, PERSON_ID_LIMIT
from adapter.doors.times import is_absent
from adapter.doors.track_fields import TrackField, invalid, read_line
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject
from adapter.model.reasons import Reason

_LIMITS = {"anonymous_id": ANONYMOUS_ID_LIMIT}
_PLAIN = {kind: Text(_LIMITS.get(kind, PERSON_ID_LIMIT)) for kind in ("id", "anonymous_id")}


class Identifiers(TrackField):
    """What names one person or object (contracts 4.3); a cio_id bears no prefix here.

    Args:
        kinds: of which exactly one is given.
        instead: kinds that may be given instead, or beside it.
        beside: kinds that may be given beside it.
        needed: see ``TrackField``.
    """

    def __init__(
        self,
        kinds: Sequence[str],
        *,
        instead: Sequence[str] = (),
        beside: Sequence[str] = (),
        needed: str = "",
    ) -> None:
        super().__init__(needed=needed)
        self.kinds = kinds
        self.sufficient = frozenset((*kinds, *instead))
        self.known = (*kinds, *instead, *beside)

    def _is_fit(self, value: Any) -> bool:
        """Only one identifier, of which no more is asked than that it is a short text."""
        if type(value) is not dict or len(value) != 1:
            return False
        ((kind, text),) = value.items()
        plain = _PLAIN.get(kind) if kind in self.sufficient else None
        return plain is not None and type(text) is str and plain.is_plain(text)

    def _read(self, value: Any, label: str, pointer: str) -> JSONObject | None:
        if not isinstance(value, dict):
            raise invalid(f"{label} must be a hash, not {kind_of(value)}", pointer)
        given, problems = self._given(value, pointer)
        named = [kind for kind in self.kinds if kind in given]
        if len(named) > 1:
            problems.append(self._several(named, label, pointer))
        if self.needed and not problems and not self.sufficient.intersection(given):
            problems.append(self._absent(pointer))
        if problems:
            raise ValidationError(problems)
        if "phone" in given:
            # There is no such identifier here: a phone number is an id (contracts 3.3).
            given["id"] = given.pop("phone")
        return given or None

    def _several(self, named: Sequence[str], label: str, pointer: str) -> Problem:
        """Complain of more identifiers than one."""
        kinds, there = ", ".join(self.kinds), ", ".join(named)
        message = f"{label} must have exactly one of {kinds}; there are {there}"
        return Problem(Reason.INVALID_FIELD, message, pointer)

    def _given(self, value: JSONObject, pointer: str) -> tuple[JSONObject, list[Problem]]:
        given: JSONObject = {}
        problems: list[Problem] = []
        for kind in self.known:
            if not is_absent(value.get(kind)):
                try:
                    given[kind] = read_identifier_text(kind, value[kind], f"{pointer}/{kind}")
                except ValidationError as error:
                    problems += error.args[0]
        return given, problems


class OnePerson(Identifiers):
    """The one identifier of a person to be merged (contracts 3.7); any other number is refused.

    Args:
        subject: what the complaint is about, where the door does not tell.
    """

    def __init__(self, subject: str = "") -> None:
        complaint = f"{subject} must be a string or a number".strip()
        super().__init__(("id", "email", "phone", "cio_id"), needed=complaint)

    def _absent(self, pointer: str) -> Problem:
        return Problem(Reason.MISSING_FIELD, self.needed, f"{pointer}/id")

    def _several(self, named: Sequence[str], _: str, pointer: str) -> Problem:
        message = f"{self.needed}, and the only one; there are {', '.join(named)}"
        return Problem(Reason.INVALID_FIELD, message, f"{pointer}/id")


def read_identifier_text(kind: str, value: Any, pointer: str) -> str:
    """Read an identifier's value.

    Raises:
        ValidationError: with one ``Problem``.
    """
    text = read_line(value, _LIMITS.get(kind, PERSON_ID_LIMIT), kind, pointer)
    if kind == "email" and "@" not in text:
        raise invalid("email must be an e-mail address", pointer)
    return text
