"""Webhooks as Standard Webhooks has them: an id, a time, and a signature for each secret."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from standardwebhooks import Webhook

from adapter.clock import SECOND, Instant
from adapter.model.deliveries import Delivery
from adapter.outbound.answers import sent, unsent
from adapter.outbound.http import HttpClient, NoAnswer
from adapter.outbox import Sent


@dataclass(frozen=True, slots=True)
class Webhooks:
    """One receiver of webhooks.

    Attributes:
        secrets: all that sign; several while one is being rotated out.
    """

    client: HttpClient
    url: str
    headers: Mapping[str, str]
    secrets: Sequence[Webhook]

    def send(self, deliveries: Sequence[Delivery], at: Instant) -> list[Sent]:
        """Send each delivery in a request of its own."""
        return [self._send(delivery, at) for delivery in deliveries]

    def _send(self, delivery: Delivery, at: Instant) -> Sent:
        signature = signature_headers(self.secrets, delivery.id, at, delivery.body)
        try:
            answer = self.client.post(
                self.url + delivery.path, {**self.headers, **signature}, delivery.body.encode()
            )
        except NoAnswer as failure:
            return unsent(failure)
        return sent(answer, at)


def signature_headers(
    secrets: Sequence[Webhook], delivery_id: str, at: Instant, body: str
) -> dict[str, str]:
    """Sign a body; a receiver that knows any of the secrets can believe it.

    The time is that of the try, so that a receiver can refuse what is old.
    """
    moment = datetime.fromtimestamp(at // SECOND, UTC)
    signatures = [secret.sign(delivery_id, moment, body) for secret in secrets]
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(at // SECOND),
        "webhook-signature": " ".join(signatures),
    }
