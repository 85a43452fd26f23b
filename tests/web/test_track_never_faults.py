"""Whatever a sender with the credential sends to the Track API, it is answered, never by a fault.

``ADAPTER_TEST_FUZZ_REQUESTS`` is how many requests each door gets; the suite's default is small.
"""

import os

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from adapter.clock import ManualClock
from adapter.doors.track_v2 import OPERATIONS
from adapter.jsonvalue import dumps, loads
from adapter.web.door import Sent, answer_waiting
from adapter.web.doors.table import ROUTING
from adapter.web.doors.track_v1 import TRACK_V1
from tests.build import T0
from tests.web.conftest import new_services
from tests.web.sending import CREDENTIAL

REQUESTS = int(os.environ.get("ADAPTER_TEST_FUZZ_REQUESTS", "100"))
MANY = settings(
    max_examples=REQUESTS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

TEXTS = st.text(max_size=8) | st.sampled_from(
    ["cio_", "cio_1", "p@e.com", "null", "\x00", "\ud800", "a/b", "1", "1714979289", "n" * 200, " "]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
IDENTIFIERS = st.dictionaries(
    st.sampled_from(["id", "email", "cio_id", "phone", "anonymous_id", "object_id",
                     "object_type_id", "cio_object_id"]),
    TEXTS | st.integers(), max_size=2,
)  # fmt: skip
RELATED = st.lists(
    st.fixed_dictionaries({}, optional={"identifiers": IDENTIFIERS | JSON,
                                        "relationship_attributes": JSON}), max_size=2,
)  # fmt: skip
FIELDS = {
    "identifiers": IDENTIFIERS | JSON,
    "name": TEXTS | JSON,
    "id": TEXTS | JSON,
    "timestamp": st.integers() | JSON,
    "attributes": st.dictionaries(TEXTS, JSON, max_size=3) | JSON,
    "device": st.fixed_dictionaries({}, optional={"token": TEXTS, "platform": TEXTS}) | JSON,
    "primary": IDENTIFIERS | JSON,
    "secondary": IDENTIFIERS | JSON,
    "cio_relationships": RELATED | JSON,
}
WORDS = [(kind, action) for kind, actions in OPERATIONS.items() for action in actions]
OPERATION = st.builds(
    lambda words, fields: {"type": words[0], "action": words[1], **fields},
    st.sampled_from(WORDS),
    st.fixed_dictionaries({}, optional=FIELDS),
)
CALL = st.fixed_dictionaries(
    {},
    optional=FIELDS
    | {
        "type": st.sampled_from(["page", "screen", "event"]) | JSON,
        "data": st.fixed_dictionaries({}, optional={"recipient": TEXTS, "email": TEXTS}) | JSON,
        "anonymous_id": TEXTS | JSON,
        "email": TEXTS | JSON,
        "_timestamp": st.integers() | JSON,
        "_update": JSON,
        "delivery_id": TEXTS | JSON,
        "metric": st.sampled_from(["opened", "clicked"]) | JSON,
        "event": st.sampled_from(["opened"]) | JSON,
        "device_id": TEXTS | JSON,
        "unsubscribe": st.booleans() | JSON,
        "ids": st.lists(TEXTS, max_size=3) | JSON,
    },
)
RAW_TEXT = st.text("ab1/%2Ff8e.+ é", max_size=6).map(lambda text: text.encode().decode("latin-1"))
BODIES = (
    st.binary(max_size=30)
    | st.text('[]{}",:0e\\u d8a=&', max_size=30).map(str.encode)
    | JSON.map(dumps).map(str.encode)
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(["application/x-www-form-urlencoded", "text/plain", "x"]),
        "Content-Encoding": st.sampled_from(["gzip", "identity", "br"]),
    },
)
PATTERNS = sorted({(method, r.pattern) for r in TRACK_V1.routes for method in r.methods})


class Door:
    """All that was sent in one test, on a store of its own."""

    def __init__(self, store):
        self.services = new_services(ManualClock(T0), store)

    def send(self, method, path, body, *, query="", headers=None):
        entry = ROUTING.find(method, path)
        if entry is None:
            return None
        given = {"Authorization": CREDENTIAL, **(headers or {})}
        reply = answer_waiting(self.services, entry, Sent(method, path, query, given, body))
        assert reply.status < 500, (method, path, body)
        assert isinstance(loads(reply.content()), dict)
        return reply.status

    def balances(self):
        return self.services.auditing.imbalance() == 0


@pytest.fixture
def door(store, closing_later):
    door = Door(store)
    closing_later(door.services)
    return door


def test_l4_no_call_of_v1_makes_a_fault_and_the_ledger_balances(door):
    @MANY
    @given(
        endpoint=st.sampled_from(PATTERNS),
        names=st.lists(RAW_TEXT, min_size=2, max_size=2),
        body=CALL.map(dumps).map(str.encode) | BODIES,
        query=RAW_TEXT | st.sampled_from(["id_type=email", "id_type=x"]),
        headers=HEADERS | st.just({}),
    )
    def send(endpoint, names, body, query, headers):
        method, pattern = endpoint
        filled = iter(names)
        parts = [next(filled) if part.startswith("{") else part for part in pattern.split("/")]
        door.send(method, "/".join(parts), body, query=query, headers=headers)

    send()
    assert door.balances()


def test_l4_no_operation_of_v2_makes_a_fault_and_the_ledger_balances(door):
    @MANY
    @given(batch=st.lists(OPERATION | JSON, max_size=4), alone=OPERATION | JSON)
    def send(batch, alone):
        assert door.send("POST", "/api/v2/batch", dumps({"batch": batch}).encode()) in {200, 207}
        assert door.send("POST", "/api/v2/entity", dumps(alone).encode()) in {200, 400}

    send()
    assert door.balances()


def test_no_raw_target_and_no_raw_body_makes_a_fault(door):
    @MANY
    @given(
        method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS"]),
        begin=st.sampled_from(
            ["/api/v1/customers/", "/api/v1/", "/api/v2/", "/auth", "/unsubscribe/"]
        ),
        rest=RAW_TEXT | st.binary(max_size=8).map(lambda raw: raw.decode("latin-1")),
        body=BODIES,
        headers=HEADERS,
    )
    def send(method, begin, rest, body, headers):
        door.send(method, begin + rest, body, headers=headers)

    send()
    assert door.balances()
