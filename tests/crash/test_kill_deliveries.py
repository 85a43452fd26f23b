"""C4, L5: ``kill -9`` of server and worker between database and network loses and doubles nothing.

A receiver counts what arrives. Each acknowledged event starts its campaign: lost is a start
that never arrives, doubled one that arrives under two ids. The same id may come more than once;
that is what ids are for. ``ADAPTER_TEST_KILLS`` says how many kills (3).
"""

import os
import random
import threading
import time
from base64 import b64encode
from collections import Counter

import pytest

from adapter.bootstrap import shipped
from adapter.jsonvalue import loads
from tests.crash.test_kill import Sender
from tests.receiving import receiver
from tests.servers import Server, WorkerProcess

KILLS = int(os.environ.get("ADAPTER_TEST_KILLS", "3"))
SENDERS = 2
PATIENCE_SECONDS = 90
HOOK = f"whsec_{b64encode(b'a secret of the tests').decode()}"
FILE = """\
campaigns:
  - name: onboarding
    trigger: {{event: Viewed}}
    deliver: {{webhook: {{url: "{url}/hook", secrets: [HOOK], concurrency: 32}}}}
    body: {{event: {{"@path": "$.event.event_id"}}}}
"""


class Counting:
    """Answers after a moment, so that kills meet requests under way; goes away with some."""

    def __init__(self):
        self._draw = random.Random(7)
        self._lock = threading.Lock()

    def __call__(self, _):
        with self._lock:
            wait = self._draw.choice([0, 0.002, 0.02, 0.1])
        time.sleep(wait)  # on the receiver's side of the wire
        return 200, {}, b""


@pytest.fixture(params=["sqlite", "postgres"])
def house(request, tmp_path):
    """Give the processes to kill, and what the receiver got."""
    with receiver(Counting()) as got:
        folder = tmp_path / "mappings"
        folder.mkdir()
        (folder / "segment.yaml").write_text((shipped("mappings") / "segment.yaml").read_text())
        (folder / "campaigns.yaml").write_text(FILE.format(url=got.url))
        environment = {
            "ADAPTER_ALLOWED_NETWORKS": "127.0.0.0/8",
            "ADAPTER_MAPPINGS_DIR": str(folder),
            "ADAPTER_DELIVERY_SECONDS": "1",
            "ADAPTER_POLL_SECONDS": "0.05",
            "HOOK": HOOK,
        }
        if request.param == "postgres":
            environment["ADAPTER_DATABASE_URL"] = request.getfixturevalue("postgres_url")
        server = Server(tmp_path, environment)
        server.create_workspace()
        processes = [server]
        if request.param == "postgres":
            processes.append(WorkerProcess(tmp_path, environment))
        yield processes, got
        for process in processes:
            process.kill()


def play(processes, kills):
    """Send while processes are killed and started again; give the ids of all that was answered."""
    moments = random.Random(20_260_302)
    server, acknowledged = processes[0], []
    for kill in range(kills):
        for process in processes:
            if process.process is None:
                process.start()
        stop = threading.Event()
        senders = [Sender(server, f"k{kill}-s{n}", stop) for n in range(SENDERS)]
        for sender in senders:
            sender.start()
        stop.wait(moments.uniform(0.05, 0.5))
        for process in moments.sample(processes, moments.randint(1, len(processes))):
            process.kill()
        stop.set()
        for sender in senders:
            sender.join()
            acknowledged += sender.acknowledged
    for process in processes:
        if process.process is None:
            process.start()
    return acknowledged


def wait_until_nothing_is_pending(server):
    ends = time.monotonic() + PATIENCE_SECONDS
    while server.get("/v1/deliveries", state="pending", limit="1")["deliveries"]:
        assert time.monotonic() < ends, "deliveries are still pending"
        threading.Event().wait(0.1)


def is_whole(request):
    """Tell whether a request came to its end; one that a kill cut off no receiver takes."""
    return len(request.body) == int(request.headers["content-length"])


def test_c4_l5_no_start_is_lost_or_doubled_by_kill_9(house, record_testsuite_property):
    processes, got = house
    acknowledged = play(processes, KILLS)
    wait_until_nothing_is_pending(processes[0])

    events = {name for name in acknowledged if not name.endswith("-i")}
    ids = {}
    whole = [each for each in got.got if is_whole(each)]
    for request in whole:
        ids.setdefault(loads(request.body)["event"], set()).add(request.headers["webhook-id"])
    lost = events - ids.keys()
    doubled = {event for event, named in ids.items() if len(named) > 1}
    on_the_wire = Counter(each.headers["webhook-id"] for each in whole)
    told = {
        "kills": KILLS,
        "events acknowledged": len(events),
        "starts": len(on_the_wire),
        "lost": len(lost),
        "doubled by id": len(doubled),
        "cut off by a kill": len(got.got) - len(whole),
        "wire duplicates": on_the_wire.total() - len(on_the_wire),
    }
    record_testsuite_property("kill -9 of deliveries", told)
    assert (lost, doubled) == (set(), set())
    assert len(events) > KILLS
    assert set(Counter(map(len, ids.values()))) == {1}, told
