"""A sender that signs as Segment does, and a reader that bears the app key."""

from dataclasses import dataclass
from typing import Any

from werkzeug.test import Client

from adapter.doors.signatures import sign
from adapter.jsonvalue import dumps, loads

SECRET = "abc123"
APP_KEY = "app-key-of-the-tests"
SITE_ID = "site"
API_KEY = "key"
CREDENTIAL = "Basic c2l0ZTprZXk="
TRACK = {"type": "track", "event": "Order", "anonymousId": "a1", "messageId": "m1"}


@dataclass(frozen=True)
class Answer:
    """An answer; making one proves that it is JSON and may be read by a browser (X3, X12)."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self):
        return self.body["code"]


@dataclass(frozen=True)
class Sender:
    """Sends to the app, and wants every answer to be JSON."""

    client: Client

    def send(self, payload, *, slug="default", method="POST", **options):
        """Send a JSON value, or raw bytes, signed whole or by its first item."""
        signed, body = _signed_and_sent(payload)
        headers = {"X-Signature": sign(signed, SECRET), **options.pop("headers", {})}
        return self.ask(
            f"/webhooks/segment/{slug}",
            method=method,
            data=body,
            headers={name: value for name, value in headers.items() if value is not None},
            **options,
        )

    def track(self, method, path, payload=None, **options):
        """Send a JSON value, or raw bytes, with the workspace's credential of the Track API."""
        body = payload if isinstance(payload, bytes | None) else dumps(payload).encode()
        headers = {"Authorization": CREDENTIAL, **options.pop("headers", {})}
        kept = {name: value for name, value in headers.items() if value is not None}
        return self.ask(path, method=method, data=body, headers=kept, **options)

    def log(self, **filters):
        """Read the log, oldest first."""
        return self.read("/v1/activities", query_string=filters).body["activities"][::-1]

    def read(self, path, **options):
        """Read from the API with the app key."""
        return self.ask(path, headers={"Authorization": f"Bearer {APP_KEY}"}, **options)

    def ask(self, path, **options):
        """Ask for anything."""
        response = self.client.open(path, **options)
        assert response.content_type == "application/json; charset=utf-8"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        return Answer(response.status_code, loads(response.data), response.headers)


def _signed_and_sent(payload):
    if isinstance(payload, bytes):
        return payload, payload
    if not isinstance(payload, list) or not payload:
        return (dumps(payload).encode(),) * 2
    items = [dumps(item).encode() for item in payload]
    return items[0], b"[" + b",".join(items) + b"]"
