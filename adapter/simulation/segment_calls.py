"""Segment's bytes for what a sender says (contracts 1.4, 7)."""

from collections.abc import Sequence

from adapter.clock import iso
from adapter.jsonvalue import JSONObject, dumps
from adapter.simulation.oracle.said import Said
from adapter.simulation.track_calls import Called

_TYPES = {"event": "track", "page": "page", "screen": "screen"} | dict.fromkeys(
    ("delete", "suppress", "unsuppress"), "track"
)
_ABOUT_PEOPLE = {
    "delete": "User Deleted",
    "suppress": "User Suppressed",
    "unsuppress": "User Unsuppressed",
}
UNKNOWN_TYPE = "unsupported_type"
_TOO_LONG = "n" * 101


def body_of(said: Sequence[Said], *, single: bool) -> bytes:
    """Write a webhook's body: one call, or an array of them."""
    calls = [call_of(record) for record in said]
    return dumps(calls[0] if single else calls).encode()


def api_call(said: Sequence[Said], *, single: bool) -> Called:
    """Write a request to the HTTP API: one call to the path of its type, or a batch."""
    calls = [call_of(record) for record in said]
    for call in calls:
        call.pop("receivedAt", None)  # Segment's to say, not a sender's
    if single:
        return Called("POST", f"/v1/{calls[0]['type']}", dumps(calls[0]).encode())
    return Called("POST", "/v1/batch", dumps({"batch": calls}).encode())


def call_of(said: Said) -> JSONObject:
    """Write one call; what is not said is left out."""
    call: JSONObject = {
        "type": _TYPES.get(said.kind, said.kind),
        "messageId": said.message_id,
        "anonymousId": said.anonymous_id,
        "userId": said.person,
        "timestamp": iso(said.at) if isinstance(said.at, int) else said.at,
        "originalTimestamp": None if said.original is None else iso(said.original),
        "sentAt": None if said.sent is None else iso(said.sent),
        "receivedAt": None if said.segment is None else iso(said.segment),
    }
    call |= _content(said)
    if said.broken == UNKNOWN_TYPE:
        call["type"] = "purchase"
    return {name: value for name, value in call.items() if value is not None and value != ""}


def _content(said: Said) -> JSONObject:
    data = dict(said.attributes)
    if said.recipient:
        data["recipient"] = said.recipient
    if said.extra:
        data["extra"] = said.extra
    match said.kind:
        case "identify":
            return {"traits": data} if data else {}
        case "alias":
            return {"previousId": said.previous}
        case "page":
            # Without its address a page cannot be mapped.
            return {"properties": data if said.broken else {**data, "url": said.name}}
        case "screen":
            return {"name": said.name, "properties": data}
        case "delete" | "suppress" | "unsuppress":
            return {"event": _ABOUT_PEOPLE[said.kind]}
        case _:
            name = _TOO_LONG if said.broken == "too_long" else said.name
            return {"event": name, "properties": data}
