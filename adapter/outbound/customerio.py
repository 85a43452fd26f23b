"""A Customer.io-compatible API: native operations, batched, in order, each item answered for.

Source: contracts 4.1, 7.5. An item that the API refuses is named in a 207 and never accepted later;
of a batch that it refuses as a whole (400, 413) the halves are tried, down to the item at fault.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapter.clock import Instant
from adapter.errors import InvalidJson
from adapter.jsonvalue import dumps, loads, storable
from adapter.model.deliveries import Delivered, Delivery, GiveUp, TryAgain
from adapter.model.reasons import Reason
from adapter.outbound.answers import sent, unsent
from adapter.outbound.http import Answer, HttpClient, NoAnswer
from adapter.outbox import Sent

ENTITY = "/api/v2/entity"
BATCH = "/api/v2/batch"
LARGEST_BATCH = 500_000
"""Bytes of one request."""

_REFUSALS = frozenset({400, 413})
_TOLD_APART = frozenset({200, 207})
_EXCERPT = 500


@dataclass(frozen=True, slots=True)
class Api:
    """One Customer.io-compatible API.

    Attributes:
        url: what paths are put to.
        headers: the credential among them.
    """

    client: HttpClient
    url: str
    headers: Mapping[str, str]

    def send(self, deliveries: Sequence[Delivery], at: Instant) -> list[Sent]:
        """Send deliveries in order, in as few requests as it takes.

        After a request that may work later nothing more is sent, so that the order holds.
        """
        done: list[Sent] = []
        for group in _groups(deliveries):
            done += self._send_group(group, at)
            if isinstance(done[-1].outcome, TryAgain):
                done += [done[-1]] * (len(deliveries) - len(done))
                break
        return done

    def _send_group(self, group: Sequence[Delivery], at: Instant) -> list[Sent]:
        path = group[0].path if len(group) == 1 else BATCH
        bodies = ",".join(delivery.body for delivery in group)
        body = bodies if len(group) == 1 else f'{{"batch":[{bodies}]}}'
        try:
            answer = self.client.post(self.url + path, self.headers, body.encode())
        except NoAnswer as failure:
            return [unsent(failure)] * len(group)
        if answer.status in _REFUSALS:
            return self._refused(group, answer, at)
        if answer.status in _TOLD_APART and len(group) > 1:
            return _told_apart(answer, len(group))
        return [sent(answer, at)] * len(group)

    def _refused(self, group: Sequence[Delivery], answer: Answer, at: Instant) -> list[Sent]:
        if len(group) == 1:
            refused = GiveUp(Reason.REFUSED_BY_ENDPOINT)
            return [Sent(outcome=refused, status=answer.status, excerpt=answer.text)]
        half = len(group) // 2
        first = self._send_group(group[:half], at)
        if isinstance(first[-1].outcome, TryAgain):
            return first + [first[-1]] * (len(group) - half)
        return first + self._send_group(group[half:], at)


def _groups(deliveries: Sequence[Delivery]) -> Iterator[list[Delivery]]:
    """Part deliveries into requests: what goes to the same place together, as far as it fits."""
    group: list[Delivery] = []
    size = 0
    for delivery in deliveries:
        length = len(delivery.body.encode()) + 1
        together = group and group[0].path == delivery.path == ENTITY
        if group and not (together and size + length < LARGEST_BATCH):
            yield group
            group, size = [], 0
        group.append(delivery)
        size += length
    if group:
        yield group


def _told_apart(answer: Answer, count: int) -> list[Sent]:
    """Read which items were refused; those that are not named were accepted."""
    refused = _refused_items(answer.body)
    if refused is None:
        unread = TryAgain(Reason.FAILED_STATUS)
        return [Sent(outcome=unread, status=answer.status, excerpt=answer.text)] * count
    accepted = Sent(outcome=Delivered(), status=answer.status, excerpt="")
    done = [accepted] * count
    for index, text in refused.items():
        if index < count:
            outcome = GiveUp(Reason.REFUSED_BY_ENDPOINT)
            done[index] = Sent(outcome=outcome, status=answer.status, excerpt=text)
    return done


def _refused_items(body: bytes) -> dict[int, str] | None:
    """Give what is wrong with items by their place; None if the answer cannot be read."""
    try:
        value = loads(body) if body.strip() else {}
    except InvalidJson:
        return None
    errors = value.get("errors", []) if isinstance(value, dict) else None
    if not isinstance(errors, list):
        return None
    return {
        error["batch_index"]: storable(dumps(error))[:_EXCERPT]
        for error in errors
        if isinstance(error, dict) and isinstance(error.get("batch_index"), int)
    }
