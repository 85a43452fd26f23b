"""Sends deliveries: each endpoint by its kind, with its secrets, on connections of its own."""

import binascii
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from adapter import __version__
from adapter.clock import Instant
from adapter.model.deliveries import Delivery, Endpoint, EndpointKind, FromEnvironment, Given
from adapter.outbound.addresses import Addresses
from adapter.outbound.deadlines import Deadlines
from adapter.outbox import Sent

USER_AGENT = f"anonymous-events-adapter/{__version__}"

_JSON = {"Content-Type": "application/json", "User-Agent": USER_AGENT}

_Send = Callable[[Sequence[Delivery], Instant], list[Sent]]


@dataclass(frozen=True, slots=True)
class _Line:
    """What is kept of an endpoint while it stays as it is."""

    endpoint: Endpoint
    send: _Send


class Senders:
    """Implements ``outbox.Sender``.

    Args:
        environ: where secrets are looked up.
        addresses: where requests may go.
        seconds: a request may take in all.
    """

    def __init__(self, environ: Mapping[str, str], addresses: Addresses, seconds: float) -> None:
        self._environ = environ
        self._addresses = addresses
        self._seconds = seconds
        self._deadlines = Deadlines()
        self._lock = threading.Lock()
        self._lines: dict[str, _Line] = {}

    def lacks(self, endpoint: Endpoint) -> list[str]:
        """Name the environment variables that are missing, or hold no secret."""
        missing = [each.name for each in _secrets_of(endpoint) if not self._environ.get(each.name)]
        wrong = [
            f"{each.name} (must be base64, with or without whsec_ before it)"
            for each in endpoint.secrets
            if each.name not in missing and self._webhook(each) is None
        ]
        return missing + wrong

    def send(self, endpoint: Endpoint, deliveries: Sequence[Delivery], at: Instant) -> list[Sent]:
        """Send deliveries to an endpoint that lacks nothing."""
        return self._line(endpoint).send(deliveries, at)

    def _line(self, endpoint: Endpoint) -> _Line:
        """Give the connections of an endpoint; new ones when it has changed."""
        with self._lock:
            line = self._lines.get(endpoint.name)
            if line is None or line.endpoint != endpoint:
                line = _Line(endpoint, self._opened(endpoint))
                self._lines[endpoint.name] = line
            return line

    def _opened(self, endpoint: Endpoint) -> _Send:
        # Here, for a client of HTTP takes long to load, and most servers send nothing on.
        from adapter.outbound.customerio import Api  # noqa: PLC0415 - see above
        from adapter.outbound.http import HttpClient  # noqa: PLC0415
        from adapter.outbound.webhooks import Webhooks  # noqa: PLC0415

        client = HttpClient(
            self._addresses,
            self._deadlines,
            connections=endpoint.concurrency,
            seconds=self._seconds,
        )
        url = self._value(endpoint.url)
        own = {name: self._value(value) for name, value in endpoint.headers.items()}
        headers = {**_JSON, **own}
        if endpoint.kind is EndpointKind.CUSTOMERIO:
            credential = f"{self._value(endpoint.user)}:{self._value(endpoint.password)}"
            basic = b64encode(credential.encode()).decode()
            api = Api(client, url.rstrip("/"), {**headers, "Authorization": f"Basic {basic}"})
            return api.send
        secrets = [found for each in endpoint.secrets if (found := self._webhook(each))]
        return Webhooks(client, url, headers, secrets).send

    def _value(self, given: Given) -> str:
        return self._environ[given.name] if isinstance(given, FromEnvironment) else given

    def _webhook(self, secret: FromEnvironment) -> Webhook | None:
        try:
            return Webhook(self._environ[secret.name])
        except (binascii.Error, EmptyWebhookSecretError, ValueError):
            return None


def _secrets_of(endpoint: Endpoint) -> Iterator[FromEnvironment]:
    given = (endpoint.url, endpoint.user, endpoint.password, *endpoint.headers.values())
    yield from (each for each in given if isinstance(each, FromEnvironment))
    yield from endpoint.secrets
