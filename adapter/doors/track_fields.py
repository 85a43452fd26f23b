"""Fields of Customer.io's calls, complaining in the words its clients know (contracts 3.9, 4.1).

Like the fields of Segment's calls they know what is plain (see ``fields``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError, fields, missing

from adapter.doors.fields import Text, Wording, attribute_problems, kind_of
from adapter.doors.limits import ANONYMOUS_ID_LIMIT, ATTRIBUTE_VALUE_LIMIT, PERSON_ID_LIMIT
from adapter.doors.shape import Shape
from adapter.doors.times import MILLISECONDS_ABOVE, is_absent, read_unix_seconds
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject, dumps, number_text, storable
from adapter.model.reasons import Reason

_MANY = "cannot identify more than {limit} attributes in one request; there are {size}"
_NAME = "attribute name cannot be longer than {limit} bytes; {attribute!r}... has {size}"
_VALUE = "cannot be longer than {limit} bytes; it has {size}"
V1_WORDING = Wording(_MANY, _NAME, "value for attribute {attribute!r} " + _VALUE)
V2_WORDING = Wording(_MANY, _NAME, "property value " + _VALUE)

_RESERVED = {
    "id": PERSON_ID_LIMIT,
    "email": ATTRIBUTE_VALUE_LIMIT,
    "anonymous_id": ANONYMOUS_ID_LIMIT,
}
"""Attributes that must be texts (X11), with their limits in bytes."""


class TrackField(fields.Field[Any]):
    """What all of them share: null means absent, and so does a blank where a text belongs (X10).

    Args:
        label: what complaints call it; its own name by default.
        needed: the complaint if it is absent; "" where it may be.
    """

    def __init__(self, label: str = "", *, needed: str = "") -> None:
        super().__init__(allow_none=True)
        self.label = label
        self.needed = needed

    def is_plain(self, value: Any) -> bool:
        """Tell whether a value, None for a missing one, is sure to be taken as it is."""
        return not self.needed if value is None else self._is_fit(value)

    def deserialize(self, value: Any, attr: str | None = None, *_: Any, **__: Any) -> Any:
        """Take a value, or complain with ``Problem``s."""
        pointer = f"/{attr}"
        if value is missing or self._is_absent(value):
            if self.needed:
                raise ValidationError([self._absent(pointer)])
            return None
        return self._read(value, self.label or str(attr), pointer)

    def _absent(self, pointer: str) -> Problem:
        """Complain that it is not there."""
        return Problem(Reason.MISSING_FIELD, self.needed, pointer)

    def _is_absent(self, value: Any) -> bool:
        return is_absent(value)

    def _is_fit(self, value: Any) -> bool:
        """Tell whether a value that is there is sure to be taken as it is."""
        raise NotImplementedError

    def _read(self, value: Any, label: str, pointer: str) -> Any:
        """Take a value that is there.

        Raises:
            ValidationError: with one ``Problem`` or more.
        """
        raise NotImplementedError


class Line(TrackField):
    """A text, or a number taken for one (X11).

    Args:
        limit: most bytes of UTF-8.
        label, needed: see ``TrackField``.
        trimmed: blanks around it do not belong to it (contracts 3.5).
    """

    def __init__(
        self, limit: int, label: str = "", *, needed: str = "", trimmed: bool = False
    ) -> None:
        super().__init__(label, needed=needed)
        self.limit = limit
        self.trimmed = trimmed
        self._text = Text(limit)

    def _is_fit(self, value: Any) -> bool:
        return self._text.is_plain(value) and not (self.trimmed and value != value.strip())

    def _read(self, value: Any, label: str, pointer: str) -> str:
        if self.trimmed and isinstance(value, str):
            value = value.strip()
        return read_line(value, self.limit, label, pointer)


class Choice(TrackField):
    """One of a few words.

    Args:
        words: to choose from.
        needed: see ``TrackField``.
    """

    def __init__(self, words: Sequence[str], *, needed: str = "") -> None:
        super().__init__(needed=needed)
        self.words = words

    def _is_fit(self, value: Any) -> bool:
        return type(value) is str and value in self.words

    def _read(self, value: Any, label: str, pointer: str) -> str:
        if not self._is_fit(value):
            shown = repr(value[:40]) if isinstance(value, str) else kind_of(value)
            raise invalid(f"{label} must be one of {', '.join(self.words)}, not {shown}", pointer)
        text: str = value
        return text


class Seconds(TrackField):
    """A time in Unix seconds (contracts 3.5); without one it is the time of receipt."""

    def _is_fit(self, value: Any) -> bool:
        return type(value) is int and 0 <= value <= MILLISECONDS_ABOVE

    def _read(self, value: Any, label: str, pointer: str) -> int:
        try:
            return read_unix_seconds(value)
        except ValueError:
            raise invalid(f"{label} must be unix seconds", pointer) from None


class Hash(TrackField):
    """A JSON object, kept as it is.

    Args:
        label, needed: see ``TrackField``.
        limit: most bytes as compact JSON; None: any.
    """

    def __init__(self, label: str = "", *, needed: str = "", limit: int | None = None) -> None:
        super().__init__(label, needed=needed)
        self.limit = limit

    def _is_absent(self, value: Any) -> bool:
        return value is None

    def _is_fit(self, value: Any) -> bool:
        return type(value) is dict and not any(self.problems(value, "", ""))

    def _read(self, value: Any, label: str, pointer: str) -> JSONObject:
        if not isinstance(value, dict):
            raise invalid(f"{label} must be a hash, not {kind_of(value)}", pointer)
        problems = list(self.problems(value, label, pointer))
        if problems:
            raise ValidationError(problems)
        return value

    def problems(self, value: JSONObject, label: str, pointer: str) -> Iterator[Problem]:
        """Find what is wrong with an object."""
        if self.limit is not None:
            size = len(dumps(value).encode())
            if size > self.limit:
                yield _too_long(label, self.limit, size, pointer)


class Attributes(Hash):
    """A person's attributes, within limits (contracts 3.9).

    Args:
        wording: of the door.
        needed: see ``TrackField``.
    """

    def __init__(self, wording: Wording, *, needed: str = "") -> None:
        super().__init__(needed=needed)
        self.wording = wording

    def problems(self, value: JSONObject, _: str, pointer: str) -> Iterator[Problem]:
        """Find what is wrong with attributes."""
        yield from attribute_problems(value, pointer, self.wording)
        for name, limit in _RESERVED.items():
            text = value.get(name)
            if not (text is None or _is_short(text, limit)):
                try:
                    read_line(text, limit, name, f"{pointer}/{name}")
                except ValidationError as error:
                    yield from error.args[0]


class Array(TrackField):
    """A JSON array, kept as it is.

    Args:
        most: items.
        needed: see ``TrackField``.
    """

    def __init__(self, most: int, *, needed: str = "") -> None:
        super().__init__(needed=needed)
        self.most = most

    def _is_fit(self, value: Any) -> bool:
        return type(value) is list and len(value) <= self.most

    def _read(self, value: Any, label: str, pointer: str) -> list[Any]:
        if not isinstance(value, list):
            raise invalid(f"{label} must be an array, not {kind_of(value)}", pointer)
        if len(value) > self.most:
            message = f"{label} cannot have more than {self.most} items; there are {len(value)}"
            raise ValidationError([Problem(Reason.TOO_LONG, message, pointer)])
        return value


class Inner(TrackField):
    """A JSON object of a shape of its own.

    Args:
        shape: what it must look like.
        needed: see ``TrackField``.
    """

    def __init__(self, shape: Shape, *, needed: str = "") -> None:
        super().__init__(needed=needed)
        self.shape = shape

    def _is_fit(self, value: Any) -> bool:
        return type(value) is dict and self.shape.is_plain(value)

    def _read(self, value: Any, label: str, pointer: str) -> JSONObject:
        if not isinstance(value, dict):
            raise invalid(f"{label} must be a hash, not {kind_of(value)}", pointer)
        fitted, problems = self.shape.fit(value)
        if problems:
            raise ValidationError(
                [replace(problem, pointer=pointer + problem.pointer) for problem in problems]
            )
        return fitted


def read_line(value: Any, limit: int, label: str, pointer: str) -> str:
    """Read a text that every database takes; numbers become texts.

    Args:
        value: any JSON value but null.
        limit: most bytes of UTF-8.
        label: what a complaint calls it.
        pointer: where it stands.

    Raises:
        ValidationError: with one ``Problem``.
    """
    if isinstance(value, bool | list | dict):
        raise invalid(f"{label} must be a string or a number, not {kind_of(value)}", pointer)
    text = storable(value) if isinstance(value, str) else number_text(value)
    if len(text) * 4 > limit:
        size = len(text.encode())
        if size > limit:
            raise ValidationError([_too_long(label, limit, size, pointer)])
    return text


def _is_short(value: Any, limit: int) -> bool:
    return type(value) is str and len(value) * 4 <= limit


def invalid(message: str, pointer: str) -> ValidationError:
    """Complain of a value of the wrong kind."""
    return ValidationError([Problem(Reason.INVALID_FIELD, message, pointer)])


def _too_long(label: str, limit: int, size: int, pointer: str) -> Problem:
    message = f"{label} cannot be longer than {limit} bytes; it has {size}"
    return Problem(Reason.TOO_LONG, message, pointer)
