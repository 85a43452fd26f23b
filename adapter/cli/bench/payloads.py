"""Requests as clients send them: webhooks, HTTP API and Track API, one event or many."""

import hmac
import secrets
from base64 import b64encode
from collections.abc import Callable
from itertools import count

CREDENTIALS = {
    "shared_secret": "bench-secret",
    "write_key": "bench-write-key",
    "site_id": "bench-site",
    "api_key": "bench-key",
}
"""Of the bench's own workspace; they live as long as its databases."""

VISITS = 8
"""Events of one visitor."""

NextRequest = Callable[[], bytes]
"""Makes the next request, head and body; its events were never sent before."""

_RUN = secrets.token_hex(4).encode()
_NUMBERS = count()
_PADDING = b"x" * 560
_CALL = (
    b'{"type":"track","event":"Viewed Pricing","messageId":"bench-%b-%d",'
    b'"anonymousId":"visitor-%b-%d","timestamp":"2026-03-01T10:00:00.000Z",'
    b'"originalTimestamp":"2026-03-01T10:00:00.000Z","sentAt":"2026-03-01T10:00:01.000Z",'
    b'"receivedAt":"2026-03-01T10:00:01.000Z","integrations":{},"channel":"client","version":2,'
    b'"context":{"library":{"name":"analytics.js","version":"next-1.84.3"}},'
    b'"properties":{"plan":"pro","price":12.5,"note":"%b"}}'
)
_OPERATION = (
    b'{"type":"person","action":"event","identifiers":{"anonymous_id":"visitor-%b-%d"},'
    b'"id":"bench-%b-%d","name":"Viewed Pricing","timestamp":1772359200,'
    b'"attributes":{"plan":"pro","price":12.5,"note":"%b"}}'
)


def call() -> bytes:
    """Make a track call of about 1 KB; eight to a visitor."""
    number = next(_NUMBERS)
    return _CALL % (_RUN, number, _RUN, number // VISITS, _PADDING)


def webhook() -> bytes:
    """Make a signed webhook with one event."""
    body = call()
    return _webhook(body, body)


def webhook_batch(size: int) -> NextRequest:
    """Make webhooks with so many events; Segment signs the first."""

    def request() -> bytes:
        calls = [call() for _ in range(size)]
        return _webhook(b"[%b]" % b",".join(calls), calls[0])

    return request


def api_call() -> bytes:
    """Make a call of Segment's HTTP API."""
    return _post(b"/v1/track", call(), _basic(CREDENTIALS["write_key"], ""))


def api_batch(size: int) -> NextRequest:
    """Make batches of Segment's HTTP API."""

    def request() -> bytes:
        body = b'{"batch":[%b]}' % b",".join(call() for _ in range(size))
        return _post(b"/v1/batch", body, _basic(CREDENTIALS["write_key"], ""))

    return request


def track_batch(size: int) -> NextRequest:
    """Make batches of Customer.io's Track API v2."""

    def request() -> bytes:
        body = b'{"batch":[%b]}' % b",".join(_operation() for _ in range(size))
        return _post(b"/api/v2/batch", body, _basic(CREDENTIALS["site_id"], CREDENTIALS["api_key"]))

    return request


def _operation() -> bytes:
    number = next(_NUMBERS)
    return _OPERATION % (_RUN, number // VISITS, _RUN, number, _PADDING)


def _webhook(body: bytes, signed: bytes) -> bytes:
    mac = hmac.digest(CREDENTIALS["shared_secret"].encode(), signed, "sha1").hex().encode()
    return _post(b"/webhooks/segment/default", body, b"X-Signature: %b\r\n" % mac)


def _basic(user: str, password: str) -> bytes:
    return b"Authorization: Basic %b\r\n" % b64encode(f"{user}:{password}".encode())


def _post(path: bytes, body: bytes, header: bytes) -> bytes:
    head = (
        b"POST %b HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n%b"
        b"Content-Length: %d\r\n\r\n"
    )
    return head % (path, header, len(body)) + body
