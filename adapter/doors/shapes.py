"""The shapes of Segment's calls: which fields matter, of what kind (contracts 2.6, 3.9)."""

from collections.abc import Mapping

from adapter.doors.fields import Attributes, Object, Text
from adapter.doors.limits import (
    ANONYMOUS_ID_LIMIT,
    EVENT_NAME_LIMIT,
    MESSAGE_ID_LIMIT,
    PAGE_NAME_LIMIT,
    PERSON_ID_LIMIT,
)
from adapter.doors.shape import Shape
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject

Fields = Mapping[str, Text | Object]

_IDS: Fields = {
    "messageId": Text(MESSAGE_ID_LIMIT),
    "userId": Text(PERSON_ID_LIMIT),
    "anonymousId": Text(ANONYMOUS_ID_LIMIT),
}
_VIEW: Fields = {"name": Text(PAGE_NAME_LIMIT), "properties": Object()}

SHAPES: Mapping[str, Shape] = {
    "track": Shape({**_IDS, "event": Text(EVENT_NAME_LIMIT), "properties": Object()}),
    "page": Shape({**_IDS, **_VIEW}),
    "screen": Shape({**_IDS, **_VIEW}),
    "identify": Shape({**_IDS, "traits": Attributes()}),
    "group": Shape({**_IDS, "groupId": Text(PERSON_ID_LIMIT), "traits": Object()}),
    "alias": Shape({**_IDS, "previousId": Text(PERSON_ID_LIMIT)}),
    "delete": Shape(_IDS),
}
"""By type of call. Any other payload is the operator's own: only its ``messageId`` matters."""

CALL_TYPES = frozenset(SHAPES)

_OTHER = Shape({"messageId": Text(MESSAGE_ID_LIMIT)})


def fit(kind: str, payload: JSONObject) -> tuple[JSONObject, tuple[Problem, ...]]:
    """Make a call fit the shape of its type; see :meth:`Shape.fit`."""
    return SHAPES.get(kind, _OTHER).fit(payload)
