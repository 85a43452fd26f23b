"""Identifiers and timestamps of native operations (contracts 7.2, 7.4)."""

import re
from typing import Any

from adapter.jsonvalue import JSONObject
from adapter.mapping.javascript.dates import iso_seconds, lenient_seconds

_CIO_PREFIX = "cio_"
_DEFAULT_OBJECT_TYPE = "1"
_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?",
    re.IGNORECASE | re.ASCII,
)
_ISO_DASH = 4
_SHORTEST_DATE = 10


def person_identifiers(
    person_id: Any, email: Any = None, anonymous_id: Any = None
) -> JSONObject | None:
    """Choose what names a person (contracts 7.2): cio_id, e-mail, id, separate e-mail, anonymous.

    Returns:
        An object of one key, or None if there is nothing to name anybody by.
    """
    if person_id:
        if not isinstance(person_id, str):
            return {"id": person_id}
        if person_id.startswith(_CIO_PREFIX):
            return {"cio_id": person_id[len(_CIO_PREFIX) :]}
        if "@" in person_id and _EMAIL.fullmatch(person_id):
            return {"email": person_id}
        return {"id": person_id}
    if email:
        return {"email": email}
    return {"anonymous_id": anonymous_id} if anonymous_id else None


def object_identifiers(object_id: Any, object_type_id: Any) -> JSONObject | None:
    """Name an object; without a type it is of type ``1``, with an empty one it has no name."""
    kind = _DEFAULT_OBJECT_TYPE if object_type_id is None else object_type_id
    return {"object_id": object_id, "object_type_id": kind} if object_id and kind else None


def converted(value: Any) -> Any:
    """Turn ISO dates into Unix seconds, in nested objects too, in arrays not (contracts 7.4)."""
    if type(value) is str:
        if len(value) >= _SHORTEST_DATE and value[_ISO_DASH] == "-":
            seconds = iso_seconds(value)
            return value if seconds is None else seconds
        return value
    if type(value) is dict:
        return {key: converted(item) for key, item in value.items()}
    return value


def converted_timestamp(value: Any) -> Any:
    """Turn the timestamp of a call into Unix seconds; what cannot be read passes as it is."""
    if not isinstance(value, str):
        return value
    seconds = lenient_seconds(value)
    return value if seconds is None else seconds
