"""L2, L4: what was answered with 200 survives ``kill -9`` at any moment, once, and is counted."""

import random
import threading
from collections import Counter

import pytest
import requests

from tests.faults.senders import visit
from tests.servers import WEBHOOK, Server, signed

KILLS = 20
SENDERS = 8


@pytest.fixture(params=["sqlite", "postgres"])
def server(request, tmp_path):
    environment = {}
    if request.param == "postgres":
        environment["ADAPTER_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    killed = Server(tmp_path, environment)
    killed.create_workspace()
    yield killed
    killed.kill()


class Sender(threading.Thread):
    """Sends visitors' events and identifies until told to stop; remembers what was answered."""

    def __init__(self, server, name, stop):
        super().__init__(name=name, daemon=True)
        self.acknowledged = []
        self._server = server
        self._stop_sending = stop
        self._number = 0

    def run(self):
        session = requests.Session()
        while not self._stop_sending.is_set():
            self._number += 1
            payloads = visit(f"{self.name}-{self._number}")
            body, headers = signed(payloads)
            try:
                answer = session.post(
                    self._server.url + WEBHOOK, data=body, headers=headers, timeout=10
                )
            except requests.RequestException:
                return
            if answer.status_code == 200:
                self.acknowledged += [item["messageId"] for item in payloads]


def test_l2_what_was_acknowledged_is_there_exactly_once_after_every_kill(server):
    moments = random.Random(20_260_301)
    acknowledged = []
    for kill in range(KILLS):
        server.start()
        stop = threading.Event()
        senders = [Sender(server, f"k{kill}-s{n}", stop) for n in range(SENDERS)]
        for sender in senders:
            sender.start()
        stop.wait(moments.uniform(0.05, 0.4))
        server.kill()
        stop.set()
        for sender in senders:
            sender.join()
            acknowledged += sender.acknowledged
    server.start()

    lines = [line for line in server.activities() if line["event_id"] is not None]
    stored = Counter(line["event_id"] for line in lines)
    assert len(acknowledged) > KILLS
    assert [name for name in acknowledged if stored[name] != 1] == []
    assert [name for name, count in stored.items() if count != 1] == []
    assert {line["reason"] for line in lines} <= {"merged", "merged_in_window", "assigned"}
    *records, (audited,) = server.lines("audit", "--records")
    assert audited["balances"] is True
    assert audited["received"] >= len(acknowledged)
    rows = {record["event_id"]: record["row"] for record in records}
    assert {line["id"] for line in lines} >= {
        rows[name] for name in acknowledged if "-i" not in name
    }
    assert all(rows[name] for name in acknowledged)
    (verified,) = server.command("explain", "--all", "--verify")
    assert [verified[name] for name in ("unexplained", "disagree", "examples")] == [0, 0, []]
    assert verified["explained"] >= len(acknowledged)
