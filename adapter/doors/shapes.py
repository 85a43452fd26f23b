"""The shapes of Segment's calls: which fields matter, of what kind, how long (contracts 2.6, 3.9).

The schemas are marshmallow's. They run only for calls that are not plain already, because for
those validation changes nothing and costs more than everything else at the door.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError

from adapter.doors.fields import Attributes, Object, Text
from adapter.doors.limits import (
    ANONYMOUS_ID_LIMIT,
    EVENT_NAME_LIMIT,
    MESSAGE_ID_LIMIT,
    PAGE_NAME_LIMIT,
    PERSON_ID_LIMIT,
)
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject

Shape = Mapping[str, Text | Object]

_IDS: Shape = {
    "messageId": Text(MESSAGE_ID_LIMIT),
    "userId": Text(PERSON_ID_LIMIT),
    "anonymousId": Text(ANONYMOUS_ID_LIMIT),
}
_VIEW: Shape = {"name": Text(PAGE_NAME_LIMIT), "properties": Object()}

SHAPES: Mapping[str, Shape] = {
    "track": {**_IDS, "event": Text(EVENT_NAME_LIMIT), "properties": Object()},
    "page": {**_IDS, **_VIEW},
    "screen": {**_IDS, **_VIEW},
    "identify": {**_IDS, "traits": Attributes()},
    "group": {**_IDS, "groupId": Text(PERSON_ID_LIMIT), "traits": Object()},
    "alias": {**_IDS, "previousId": Text(PERSON_ID_LIMIT)},
    "delete": _IDS,
}
"""By type of call. Any other payload is the operator's own: only its ``messageId`` matters."""

CALL_TYPES = frozenset(SHAPES)

_OTHER: Shape = {"messageId": Text(MESSAGE_ID_LIMIT)}


def fit(kind: str, payload: JSONObject) -> tuple[JSONObject, tuple[Problem, ...]]:
    """Make a call fit its shape.

    Args:
        kind: the call's type.
        payload: not changed.

    Returns:
        The payload with numbers made texts where texts belong and blank fields gone (itself, if
        that changes nothing), and all that is wrong with it.
    """
    shape = SHAPES.get(kind, _OTHER)
    for name, field in shape.items():
        if not field.is_plain(payload.get(name)):
            return _load(_SCHEMAS.get(kind, _OTHER_SCHEMA), payload)
    return payload, ()


def _schema(shape: Shape) -> Schema:
    return Schema.from_dict(dict(shape))(unknown=EXCLUDE)


_SCHEMAS = {kind: _schema(shape) for kind, shape in SHAPES.items()}
_OTHER_SCHEMA = _schema(_OTHER)


def _load(schema: Schema, payload: JSONObject) -> tuple[JSONObject, tuple[Problem, ...]]:
    problems: tuple[Problem, ...] = ()
    try:
        loaded = schema.load(payload)
    except ValidationError as error:
        loaded = error.valid_data
        problems = tuple(_problems_in(error.messages))
    fitted = {name: value for name, value in payload.items() if name not in schema.fields}
    fitted.update((name, value) for name, value in loaded.items() if value is not None)
    return fitted, problems


def _problems_in(messages: Any) -> Iterator[Problem]:
    """Give marshmallow's own complaints the place that ours name already."""
    for name, complaints in messages.items():
        for complaint in complaints:
            if isinstance(complaint, Problem):
                yield complaint
            else:
                yield Problem("invalid_field", f"{name} {complaint}", f"/{name}")
