"""Fields of foreign JSON: marshmallow types that know when a value may stay as it is.

Most values of most calls need neither change nor complaint. ``is_plain`` finds that out for a
fraction of what validation costs; what is plain, ``deserialize`` gives back unchanged (tested).
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from marshmallow import ValidationError, fields

from adapter.doors.limits import (
    ATTRIBUTE_NAME_LIMIT,
    ATTRIBUTE_VALUE_LIMIT,
    ATTRIBUTES_LIMIT,
)
from adapter.errors import Problem
from adapter.jsonvalue import dumps, number_text, storable

_SCALARS = (int, float, bool, type(None))
_KINDS = {bool: "a boolean", list: "an array", dict: "an object", str: "a text"}


class Text(fields.Field[str]):
    """A text; numbers become texts (X11), null and blank mean absent (X10).

    Args:
        limit: most bytes of UTF-8.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(allow_none=True)
        self.limit = limit

    def is_plain(self, value: Any) -> bool:
        """Tell whether a value is sure to be taken as it is."""
        if value is None:
            return True
        if type(value) is not str or not value.isprintable() or value.isspace():
            return False
        most = len(value) if value.isascii() else 4 * len(value)
        return 0 < most <= self.limit

    def _deserialize(self, value: Any, attr: str | None, *_: Any, **__: Any) -> Any:
        return read_text(value, f"/{attr}", self.limit)


class Object(fields.Field[dict[str, Any]]):
    """A JSON object, kept as it is; null means absent."""

    def __init__(self) -> None:
        super().__init__(allow_none=True)

    def is_plain(self, value: Any) -> bool:
        """Tell whether a value is sure to be taken as it is."""
        return value is None or type(value) is dict

    def _deserialize(self, value: Any, attr: str | None, *_: Any, **__: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            message = f"{attr} must be an object, not {kind_of(value)}"
            raise ValidationError([Problem("invalid_field", message, f"/{attr}")])
        return value


class Attributes(Object):
    """A person's attributes: an object within Customer.io's limits (contracts 3.9)."""

    def is_plain(self, value: Any) -> bool:
        """Tell whether a value is sure to be taken as it is."""
        return value is None or (type(value) is dict and not any(attribute_problems(value, "")))

    def _deserialize(self, value: Any, attr: str | None, *_: Any, **__: Any) -> dict[str, Any]:
        attributes = super()._deserialize(value, attr)
        problems = list(attribute_problems(attributes, f"/{attr}"))
        if problems:
            raise ValidationError(problems)
        return attributes


def read_text(value: Any, pointer: str, limit: int) -> str | None:
    """Read a text that every database takes; numbers become texts, null and blank mean absent.

    Args:
        value: any JSON value.
        pointer: where it stands, for the complaint.
        limit: most bytes of UTF-8.

    Raises:
        ValidationError: with one ``Problem``.
    """
    if value is None:
        return None
    if isinstance(value, bool | list | dict):
        message = f"{pointer[1:]} must be a text or a number, not {kind_of(value)}"
        raise ValidationError([Problem("invalid_field", message, pointer)])
    text = storable(value) if isinstance(value, str) else number_text(value)
    if not text.strip():
        return None
    if len(text) * 4 > limit:
        size = len(text.encode())
        if size > limit:
            message = f"{pointer[1:]} has {size} bytes, the limit is {limit}"
            raise ValidationError([Problem("too_long", message, pointer)])
    return text


class Wording(NamedTuple):
    """How a door complains of attributes beyond a limit.

    Attributes:
        many, name, value: templates; they may name ``field``, ``attribute``, ``size``, ``limit``.
    """

    many: str
    name: str
    value: str


PLAIN_WORDING = Wording(
    many="{field} has {size} attributes, the limit is {limit}",
    name="the attribute name {attribute!r}... has {size} bytes, the limit is {limit}",
    value="the value of the attribute {attribute!r} has {size} bytes, the limit is {limit}",
)


def attribute_problems(
    attributes: Mapping[str, Any], pointer: str, wording: Wording = PLAIN_WORDING
) -> Iterator[Problem]:
    """Find attributes beyond Customer.io's limits (contracts 3.9)."""

    def complaint(template: str, size: int, limit: int, attribute: str = "") -> str:
        return template.format(field=pointer[1:], attribute=attribute[:40], size=size, limit=limit)

    if len(attributes) > ATTRIBUTES_LIMIT:
        message = complaint(wording.many, len(attributes), ATTRIBUTES_LIMIT)
        yield Problem("too_long", message, pointer)
    for name, value in attributes.items():
        if len(name) * 4 > ATTRIBUTE_NAME_LIMIT:
            size = len(name.encode("utf-8", "surrogatepass"))
            if size > ATTRIBUTE_NAME_LIMIT:
                message = complaint(wording.name, size, ATTRIBUTE_NAME_LIMIT, name)
                yield Problem("too_long", message, pointer)
        size = _size_of(value)
        if size > ATTRIBUTE_VALUE_LIMIT:
            message = complaint(wording.value, size, ATTRIBUTE_VALUE_LIMIT, name)
            yield Problem("too_long", message, f"{pointer}/{escape(name)}")


def escape(name: str) -> str:
    """Write a key as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def kind_of(value: Any) -> str:
    """Name the kind of a JSON value, for a complaint."""
    return "null" if value is None else _KINDS.get(type(value), "a number")


def _size_of(value: Any) -> int:
    """Measure a value in bytes: a text's own, an array's or object's as compact JSON."""
    if isinstance(value, _SCALARS):
        return 0
    if not isinstance(value, str):
        return len(dumps(value).encode())
    if len(value) * 4 <= ATTRIBUTE_VALUE_LIMIT:
        return 0
    return len(value.encode("utf-8", "surrogatepass"))
