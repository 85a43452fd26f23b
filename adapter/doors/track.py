"""What both of Customer.io's Track APIs share: bodies of objects, and people with anonymous ids."""

from adapter.doors.fields import kind_of
from adapter.errors import Problem, RequestError
from adapter.jsonvalue import JSONObject, JSONValue
from adapter.model.reasons import Reason


def object_in(value: JSONValue) -> JSONObject:
    """Give a body that must be an object.

    Raises:
        RequestError: it is something else.
    """
    if not isinstance(value, dict):
        message = f"the body must be a JSON object, not {kind_of(value)}"
        raise RequestError(message, problems=[Problem(Reason.INVALID_FIELD, message)])
    return value


def with_anonymous_id(attributes: JSONObject | None, anonymous_id: JSONValue) -> JSONObject:
    """Keep an anonymous id that stands beside a person among the attributes (K1, contracts 7.2)."""
    attributes = attributes or {}
    if anonymous_id is None or attributes.get("anonymous_id") is not None:
        return attributes
    return {**attributes, "anonymous_id": anonymous_id}
