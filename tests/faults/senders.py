"""Senders as Segment is one: what is not answered with 200 they send again until it is."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from tests.servers import WEBHOOK, Server, signed

TIMEOUT_SECONDS = 10.0
"""Segment's: who has not answered by then is taken to be away."""

EVENTS_PER_VISITOR = 4


class Sender(threading.Thread):
    """Sends visitors' events and identifies until told to stop, each until it is acknowledged.

    Attributes:
        acknowledged: message ids answered with 200.
        turned_away: how often the answer was 503.
        slowest: seconds that the slowest answer took.
        wrong: answers, or failures, that no sender should ever see.
    """

    def __init__(self, server: Server, name: str, stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self.acknowledged: list[str] = []
        self.turned_away = 0
        self.slowest = 0.0
        self.wrong: list[str] = []
        self._server = server
        self._stop_sending = stop
        self._session = requests.Session()

    def run(self) -> None:
        number = 0
        while not self._stop_sending.is_set() and not self.wrong:
            number += 1
            payload = visit(f"{self.name}-{number}")
            while not self.wrong and not self._send(payload):
                self._stop_sending.wait(0.05)

    def _send(self, payload: list[dict[str, str]]) -> bool:
        body, headers = signed(payload)
        begun = time.monotonic()
        try:
            answer = self._session.post(
                self._server.url + WEBHOOK, data=body, headers=headers, timeout=TIMEOUT_SECONDS
            )
        except requests.RequestException as error:
            self.wrong.append(repr(error))
            return False
        self.slowest = max(self.slowest, time.monotonic() - begun)
        if answer.status_code == 200:
            self.acknowledged += [item["messageId"] for item in payload]
            return True
        if answer.status_code != 503 or "Retry-After" not in answer.headers:
            self.wrong.append(f"{answer.status_code} {answer.headers} {answer.text}")
        self.turned_away += 1
        return False


def visit(visitor: str) -> list[dict[str, str]]:
    """Make the calls of a visitor who identifies: all events become the person's."""
    events = [
        {
            "type": "track",
            "event": "Viewed",
            "messageId": f"{visitor}-{n}",
            "anonymousId": visitor,
        }
        for n in range(EVENTS_PER_VISITOR)
    ]
    claim = {
        "type": "identify",
        "messageId": f"{visitor}-i",
        "anonymousId": visitor,
        "userId": f"{visitor}@example.com",
    }
    return [*events[:-1], claim, events[-1]]


@contextmanager
def sending(server: Server, count: int) -> Iterator[list[Sender]]:
    """Have so many senders send meanwhile; at the end each waits for its last acknowledgement."""
    stop = threading.Event()
    senders = [Sender(server, f"s{number}", stop) for number in range(count)]
    for sender in senders:
        sender.start()
    try:
        yield senders
    finally:
        stop.set()
        for sender in senders:
            sender.join()


def check_all_is_there_once(server: Server, senders: list[Sender]) -> None:
    """Hold what was acknowledged against what is stored, and have the ledger audited (L2, L4)."""
    acknowledged = [name for sender in senders for name in sender.acknowledged]
    stored = Counter(
        line["event_id"] for line in server.activities() if line["event_id"] is not None
    )
    assert [wrong for sender in senders for wrong in sender.wrong] == []
    assert acknowledged
    assert stored == Counter(acknowledged)
    (audited,) = server.command("audit")
    assert audited["balances"] is True
