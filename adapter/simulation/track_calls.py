"""Customer.io's requests for what a sender says (contracts 3, 4).

Operations of version 2 name whom they are about by kind, so it is told here as P2 reads it.
"""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from adapter.clock import SECOND
from adapter.jsonvalue import JSONObject, dumps
from adapter.simulation.oracle.said import Said

_TOO_LONG = "n" * 101
_CUSTOMERS = "/api/v1/customers"


class Called(NamedTuple):
    """A request without its credential."""

    method: str
    path: str
    body: bytes = b""


def v1_call(said: Said) -> Called:
    """Write one record as a call of version 1."""
    person = f"{_CUSTOMERS}/{quote(said.person, safe='')}"
    match said.kind:
        case "identify":
            claimed = {"anonymous_id": said.anonymous_id} if said.anonymous_id else {}
            timed = {} if said.at is None else {"_timestamp": _seconds(said)}
            return Called("PUT", person, _body({**said.attributes, **claimed, **timed}))
        case "alias":
            both = {"primary": _identifiers(said.person), "secondary": _identifiers(said.previous)}
            return Called("POST", "/api/v1/merge_customers", _body(both))
        case "delete":
            return Called("DELETE", person)
        case "suppress" | "unsuppress":
            return Called("POST", f"{person}/{said.kind}")
        case _:
            path = f"{person}/events" if said.person else "/api/v1/events"
            beside = {"anonymous_id": said.anonymous_id} if said.anonymous_id else {}
            event = {"type": said.kind, "data": _data(said), **beside, **_happened(said)}
            return Called("POST", path, _body(event))


def v2_call(said: Sequence[Said], *, single: bool) -> Called:
    """Write records as a call of version 2: one operation, or a batch."""
    operations = [_operation(one) for one in said]
    if single:
        return Called("POST", "/api/v2/entity", _body(operations[0]))
    return Called("POST", "/api/v2/batch", _body({"batch": operations}))


def _operation(said: Said) -> JSONObject:
    operation: JSONObject = {"type": "person", "action": said.kind}
    if said.kind == "alias":
        both = {"primary": _identifiers(said.person), "secondary": _identifiers(said.previous)}
        return {**operation, "action": "merge", **both}
    identifiers = _identifiers(said.person) if said.person else {}
    if said.anonymous_id:
        identifiers["anonymous_id"] = said.anonymous_id
    operation["identifiers"] = identifiers
    if said.kind == "identify":
        timed = {} if said.at is None else {"timestamp": _seconds(said)}
        return {**operation, "attributes": said.attributes, **timed}
    if said.kind in {"delete", "suppress", "unsuppress"}:
        return operation
    return {**operation, "attributes": _data(said), **_happened(said)}


def _happened(said: Said) -> JSONObject:
    event: JSONObject = {"name": _TOO_LONG if said.broken else said.name}
    if said.message_id is not None:
        event["id"] = said.message_id
    if said.at is not None:
        event["timestamp"] = _seconds(said)
    return event


def _data(said: Said) -> JSONObject:
    data = dict(said.attributes)
    if said.recipient:
        data["recipient"] = said.recipient
    if said.extra:
        data["extra"] = said.extra
    return data


def _identifiers(bare: str) -> JSONObject:
    if bare.startswith("cio_"):
        return {"cio_id": bare}
    return {"email" if "@" in bare else "id": bare}


def _seconds(said: Said) -> int:
    if not isinstance(said.at, int):
        raise TypeError(f"{said.at!r} cannot be told in Unix seconds")
    return said.at // SECOND


def _body(value: JSONObject) -> bytes:
    return dumps(value).encode()
