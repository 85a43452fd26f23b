"""Requests that no client would send, to every door; what must hold is that nothing breaks.

Made by hypothesis: texts and numbers that break parsers, JSON of calls and operations with any
value anywhere, raw bytes, odd headers, odd paths. ``test_doors.py`` sends a few in the suite; this
module sends as many as asked:

    python -m tests.fuzz.doors --requests 100000
"""

import argparse
import gzip
import resource
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st
from structlog.testing import capture_logs

from adapter.bootstrap import build_services, load_mappings
from adapter.clock import ManualClock
from adapter.doors.signatures import sign
from adapter.jsonvalue import dumps
from adapter.services.credentials import hash_of
from adapter.settings import Settings
from adapter.store.memory.store import MemoryStore
from adapter.telemetry import set_up_logging
from adapter.web.door import Sent, answer_waiting
from adapter.web.doors.table import DOORS, ROUTING
from tests.build import T0, source, workspace
from tests.web.sending import API_KEY, CREDENTIAL, SECRET, SITE_ID

MAPPINGS = load_mappings(Path(__file__).parents[2] / "mappings")
KEY = "Basic d3JpdGUtZGVmYXVsdDo="
TEXTS = st.text(max_size=8) | st.sampled_from(
    ["cio_", "p@e.com", "null", "\x00", "\ud800", "a/b", "2024-01-02", "9999-12-31", "1e400", " "]
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "event", "name", "userId", "anonymousId", "previousId", "groupId", "messageId", "timestamp",
    "originalTimestamp", "sentAt", "receivedAt", "properties", "traits", "context", "integrations",
    "writeKey", "id", "anonymous_id", "data", "email", "device", "primary", "secondary",
    "attributes", "identifiers", "cio_relationships", "batch", "action", "_timestamp", "_update",
)  # fmt: skip
KINDS = st.sampled_from(
    ["track", "page", "screen", "identify", "group", "alias", "delete", "person", "object", "odd"]
)
CALLS = st.fixed_dictionaries({}, optional={"type": KINDS} | dict.fromkeys(FIELDS, JSON))
OPERATION = {
    "type": "person",
    "action": "event",
    "identifiers": {"anonymous_id": "a"},
    "name": "x",
}
CALL = {"type": "track", "event": "x", "name": "x", "anonymousId": "a", "anonymous_id": "a"}
FIT = st.sampled_from(
    [
        dumps(value).encode()
        for value in (CALL, OPERATION, {"batch": [CALL]}, {"batch": [OPERATION]})
    ]
)
BODIES = (
    FIT
    | st.binary(max_size=60)
    | st.text('[]{}",:0e\\u d8', max_size=60).map(str.encode)
    | (CALLS | st.lists(CALLS, max_size=3) | JSON).map(lambda value: dumps(value).encode())
    | st.lists(CALLS | JSON, max_size=3).map(lambda calls: dumps({"batch": calls}).encode())
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Encoding": st.sampled_from(["gzip", "br", "identity", "", "\xff"]),
        "Content-Type": st.sampled_from(
            ["text/plain", "application/x-www-form-urlencoded", "\xff", ""]
        ),
        "Authorization": st.sampled_from([KEY, CREDENTIAL, "Basic ***", "Bearer x", "\xff", ""]),
        "X-Strict-Mode": st.sampled_from(["1", "0", "x"]),
        "X-Forwarded-Proto": st.sampled_from(["https", "\xff"]),
    },
)
PARTS = st.text("ab/.%0fF é+@\xff", max_size=6).map(lambda text: text or "x")
METHODS = st.sampled_from(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])


def new_services():
    """Make a workspace on a store in memory, without limits on how often one may come."""
    store = MemoryStore()
    tenant = replace(workspace(), site_id=SITE_ID, api_key_hash=hash_of(API_KEY))
    store.create_workspace(tenant, source())
    MAPPINGS.keep_by(store.keep_mapping)
    return build_services(
        settings=Settings(webhook_rate=0, segment_rate=0, track_rate=0),
        store=store,
        clock=ManualClock(T0),
        mappings=MAPPINGS,
    )


def requests_to(door):
    """Make requests to a door: mostly with the right method and credential, so as to get far."""
    routes = st.sampled_from(door.routes)
    return st.builds(
        _request,
        routes,
        method=st.one_of(st.none(), st.none(), st.none(), METHODS),
        part=PARTS,
        query=st.text("&=%.[]dataKey0f\xff", max_size=20),
        headers=HEADERS,
        body=BODIES,
        zipped=st.booleans(),
    )


def _request(route, *, method, part, query, headers, body, zipped):
    path = "/".join(
        (part if segment != "{source}" else "default") if segment.startswith("{") else segment
        for segment in route.pattern.split("/")
    )
    if zipped and headers.get("Content-Encoding") == "gzip":
        sent = gzip.compress(body, compresslevel=1)
    else:
        sent = body
    credential = CREDENTIAL if "/api/" in path or path == "/auth" else KEY
    given = {"Authorization": credential, "X-Signature": sign(body, SECRET), **headers}
    encoded = path.encode("utf-8").decode("latin-1")
    return Sent(method or route.methods[0], encoded, query, given, sent)


class Fuzz:
    """Sends requests to one app and remembers what came of them."""

    def __init__(self):
        self.services = new_services()
        self.statuses = Counter()

    def send(self, sent):
        """Send one request; every answer is one of 2xx or 4xx."""
        entry = ROUTING.find(sent.method, sent.path)
        if entry is None:
            return
        with capture_logs() as lines:
            reply = answer_waiting(self.services, entry, sent)
        reply.content()
        # A door of images hides a fault behind its GIF; the log does not.
        assert not [line for line in lines if line["event"] == "internal_fault"], sent
        self.statuses[entry.door.name, reply.status] += 1
        assert 200 <= reply.status < 500, (reply, sent)


def fuzz(door, count, chunk=2_000):
    """Send so many requests to a door, in chunks with a fresh store each; give the statuses."""
    statuses = Counter()
    sent = 0
    while sent < count:
        run = Fuzz()
        number = min(chunk, count - sent)
        _play(door, run, number, sent)
        balance(run.services)
        derive(run.services)
        run.services.close()
        statuses += run.statuses
        sent += number
    return statuses


def balance(services):
    """Hold what the doors counted against what the ledger says became of it (L4)."""
    for tenant in services.tenants.workspaces():
        accounts = services.auditing.accounts(tenant)
        assert all(account.balances for account in accounts), accounts


def derive(services):
    """Derive the state from what was accepted, however odd it was: the same comes of it (M11)."""
    for tenant in services.tenants.workspaces():
        seen = services.digesting.digest(tenant)
        assert services.rederiving.digest(tenant, services.clock.now()) == seen


def _play(door, run, number, at):
    @seed(at)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(sent=requests_to(door))
    def play(sent):
        run.send(sent)

    play()


def main():
    """Fuzz every door, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--door", action="append", choices=[door.name for door in DOORS])
    asked = parser.parse_args()
    set_up_logging("json", "error", ManualClock(T0))
    for door in DOORS:
        if asked.door and door.name not in asked.door:
            continue
        started = time.perf_counter()
        statuses = fuzz(door, asked.requests)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        told = ", ".join(f"{status}: {count}" for (_, status), count in sorted(statuses.items()))
        seconds = time.perf_counter() - started
        sys.stdout.write(f"{door.name}: {told}; {seconds:.0f} s, at most {peak} MB\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
