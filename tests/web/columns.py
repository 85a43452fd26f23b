"""The doors as columns of the table of malformed input (contracts 8.2): how to send, what to hear.

A door joins by one more ``Column`` in ``COLUMNS``; ``test_malformed.py`` runs every row on each.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adapter.doors.signatures import sign
from tests.web.sending import CREDENTIAL, SECRET

WRITE_KEY = "write-default"
EVENT = {"name": "Order", "anonymous_id": "a1", "id": "m1"}
"""An event in no door's words; each column spells it in its own."""


@dataclass(frozen=True)
class Column:
    """One door.

    Attributes:
        path: where an event is sent to.
        credential: the headers that let a body in.
        spell: an event's body.
        codes: gives what an error says: its code, or the text where the shape has no codes.
        large: bytes that are too many, and the status for it.
        browsers: it answers preflights.
    """

    name: str
    path: str
    credential: Callable[[bytes], dict[str, str]]
    spell: Callable[[dict[str, Any]], Any]
    codes: Callable[[Any], str]
    large: tuple[int, int]
    browsers: bool = False


def _segment_code(body: Any) -> str:
    assert body["success"] is False
    assert body["message"]
    return body["code"]


def _call(event: dict[str, Any]) -> dict[str, Any]:
    names = {"name": "event", "anonymous_id": "anonymousId", "id": "messageId"}
    return {"type": "track"} | {names.get(name, name): value for name, value in event.items()}


def _meta(body: Any) -> str:
    meta = body["meta"]
    return meta["error"] if "error" in meta else "; ".join(meta["errors"])


def _errors(body: Any) -> str:
    assert all(set(error) >= {"reason", "field", "message"} for error in body["errors"])
    return "; ".join(f"{error['field']}: {error['message']}" for error in body["errors"])


def _operation(event: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in event.items() if name != "anonymous_id"}
    return {
        "type": "person",
        "action": "event",
        "identifiers": {"anonymous_id": event["anonymous_id"]},
        **rest,
    }


_BASIC = {"Authorization": f"Basic {base64.b64encode(f'{WRITE_KEY}:'.encode()).decode()}"}

WEBHOOK = Column(
    name="webhook",
    path="/webhooks/segment/default",
    credential=lambda body: {"X-Signature": sign(body, SECRET)},
    spell=_call,
    codes=_segment_code,
    large=(5_000_001, 413),
)
SEGMENT_API = Column(
    name="segment api",
    path="/v1/track",
    credential=lambda _: _BASIC,
    spell=_call,
    codes=_segment_code,
    large=(32 * 1024 + 1, 400),
    browsers=True,
)
TRACK_V1 = Column(
    name="track v1",
    path="/api/v1/events",
    credential=lambda _: {"Authorization": CREDENTIAL},
    spell=lambda event: event,
    codes=_meta,
    large=(1_000_001, 413),
)
TRACK_V2 = Column(
    name="track v2",
    path="/api/v2/entity",
    credential=lambda _: {"Authorization": CREDENTIAL},
    spell=_operation,
    codes=_errors,
    large=(32 * 1024 + 1, 400),
)
COLUMNS = (WEBHOOK, SEGMENT_API, TRACK_V1, TRACK_V2)
