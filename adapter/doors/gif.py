"""What an image address of Customer.io's old snippet says (contracts 5.3): one event, leniently."""

from typing import Any

from adapter.clock import Instant
from adapter.doors.bodies import read_json
from adapter.doors.items import Batch, Operation, kept_of
from adapter.doors.times import is_absent
from adapter.errors import InvalidJson, NotFound
from adapter.jsonvalue import JSONObject
from adapter.model.people import PersonRef
from adapter.rules.identifiers import read_identifier

_SUFFIX = ".gif"
_PAGE = "page.gif"


def read_gif(fields: JSONObject, name: str, received_at: Instant) -> Batch:
    """Make an event of a query: ``name``, ``anonymous_id``, ``customer_id``, ``data``, ``id``.

    Args:
        fields: of the query; what is not known here is left aside.
        name: of the image: ``page.gif`` is a page view, any other an event.
        received_at: when it came.

    Raises:
        NotFound: it is no image.
    """
    if not name.endswith(_SUFFIX):
        raise NotFound
    operation = {
        "type": "person",
        "action": "page" if name == _PAGE else "event",
        "identifiers": _identifiers(fields),
        "name": fields.get("name"),
        "attributes": _data(fields.get("data")),
    }
    event_id = fields.get("id")
    message_id = event_id if isinstance(event_id, str) and not is_absent(event_id) else None
    item = Operation(
        index=0,
        message_id=message_id,
        received_at=received_at,
        timestamp=fields.get("timestamp"),
        record=operation if message_id is None else {**operation, "id": message_id},
    )
    return Batch([item], single=True, strict=True, kept=kept_of([item]))


def _identifiers(fields: JSONObject) -> JSONObject:
    person = fields.get("customer_id")
    if isinstance(person, str) and person.strip():
        ref: PersonRef = read_identifier(person)
        return {ref.kind.value: ref.value}
    return {"anonymous_id": fields.get("anonymous_id")}


def _data(value: Any) -> Any:
    """Read data that was written as JSON, or with dotted names."""
    if not isinstance(value, str):
        return value
    try:
        return read_json(value.encode())
    except InvalidJson:
        return {"data": value} if value.strip() else None
