"""The way of a delivery to its door: a request, with the credential that is asked for there."""

from base64 import b64encode
from dataclasses import replace
from typing import NamedTuple

from adapter.clock import SECOND
from adapter.doors.signatures import SIGNATURE_HEADER, sign
from adapter.simulation.oracle.said import UNREADABLE, Said
from adapter.simulation.plan import Delivery, Door
from adapter.simulation.segment_calls import UNKNOWN_TYPE, api_call, body_of
from adapter.simulation.track_calls import Called, v1_call, v2_call
from adapter.web.door import Sent

_EVENTS = frozenset({"event", "page", "screen"})


class Keys(NamedTuple):
    """The credentials of a source and its tenant."""

    slug: str
    shared_secret: str
    write_key: str
    site_id: str
    api_key: str


def sent_by(delivery: Delivery, keys: Keys) -> Sent:
    """Write the request of a delivery."""
    called = called_by(delivery, keys.slug)
    headers = _credential(delivery.door, called.body, keys)
    return Sent(called.method, called.path, "", headers, called.body)


def called_by(delivery: Delivery, slug: str) -> Called:
    """Write it without the credential."""
    match delivery.door:
        case Door.WEBHOOK:
            body = body_of(delivery.said, single=delivery.single)
            return Called("POST", f"/webhooks/segment/{slug}", body)
        case Door.SEGMENT_API | Door.SEGMENT_STRICT:
            return api_call(delivery.said, single=delivery.single)
        case Door.TRACK_V1:
            return v1_call(delivery.said[0])
        case Door.TRACK_V2:
            return v2_call(delivery.said, single=delivery.single)


def takes(door: Door, said: tuple[Said, ...], *, single: bool) -> bool:
    """Tell whether records can be said at a door at all, and mean the same there."""
    if door is Door.WEBHOOK:
        return True
    if door in {Door.SEGMENT_API, Door.SEGMENT_STRICT}:
        # It gives ids of its own to calls without one, and asks the path for the type of a call.
        return all(one.message_id for one in said) and not (
            single and said[0].broken == UNKNOWN_TYPE
        )
    if door is Door.TRACK_V1 and not (single and (said[0].person or said[0].kind in _EVENTS)):
        return False
    return all(_is_operation(one) for one in said)


def as_said_at(door: Door, said: Said) -> Said:
    """Leave out what cannot be said at a door: fractions of seconds, and ids of what is no event.

    For whoever draws the plan, so that the oracle is told the same as the product.
    """
    if door not in {Door.TRACK_V1, Door.TRACK_V2}:
        return said
    at = said.at // SECOND * SECOND if isinstance(said.at, int) else None
    message_id = said.message_id if said.kind in _EVENTS else None
    return replace(said, at=at, message_id=message_id, segment=None)


def _is_operation(said: Said) -> bool:
    if said.at == UNREADABLE or said.original is not None:
        return False
    return said.broken in {"", "too_long"}


def _credential(door: Door, body: bytes, keys: Keys) -> dict[str, str]:
    match door:
        case Door.WEBHOOK:
            return {SIGNATURE_HEADER: sign(body, keys.shared_secret)}
        case Door.SEGMENT_API:
            return _basic(keys.write_key, "")
        case Door.SEGMENT_STRICT:
            return {**_basic(keys.write_key, ""), "X-Strict-Mode": "1"}
        case Door.TRACK_V1 | Door.TRACK_V2:
            return _basic(keys.site_id, keys.api_key)


def _basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}
