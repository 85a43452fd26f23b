"""Whatever a sender with the secret sends, the answer is 200 or 4xx, never a fault."""

from hypothesis import given, settings, strategies as st

from adapter.bootstrap import build_services
from adapter.clock import ManualClock
from adapter.settings import Settings
from adapter.store.memory.store import MemoryStore
from tests.build import T0, source, workspace
from tests.web.conftest import MAPPINGS
from tests.web.sending import Sender
from tests.web.serving import client_to

TYPES = st.sampled_from(["track", "page", "screen", "identify", "group", "alias", "delete", "odd"])
TIMES = st.sampled_from(
    ["2024-05-06T07:08:09.876Z", "9999-12-31", "0001-01-01T00:00:00+14:00", 1e11]
)
TEXTS = st.text(max_size=8) | st.sampled_from(["cio_", "p@e.com", "null", "\x00", "\ud800", "a/b"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS | TIMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)  # fmt: skip
FIELDS = (
    "event", "name", "userId", "anonymousId", "previousId", "groupId", "messageId", "timestamp",
    "originalTimestamp", "sentAt", "receivedAt", "properties", "traits", "context",
)  # fmt: skip
INNER = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        ("email", "url", "recipient", "createdAt", "objectId", "relationshipAttributes"), JSON
    ),
)
CALLS = st.fixed_dictionaries(
    {"type": TYPES},
    optional=dict.fromkeys(FIELDS, JSON) | {"properties": INNER | JSON, "traits": INNER | JSON},
)


def new_sender():
    store = MemoryStore()
    store.create_workspace(workspace(), source())
    services = build_services(
        settings=Settings(), store=store, clock=ManualClock(T0), mappings=MAPPINGS
    )
    return Sender(client_to(services))


SENDER = new_sender()


@settings(max_examples=300, deadline=None)
@given(batch=st.lists(CALLS | JSON, max_size=4))
def test_no_batch_makes_a_fault(batch):
    answer = SENDER.send(batch)

    assert answer.status == 200
    told = len(answer.body["rejected"])
    assert answer.body["accepted"] + answer.body["duplicates"] + told >= len(batch)


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=40) | st.text('[]{}",:0e\\u d8', max_size=40).map(str.encode))
def test_no_body_makes_a_fault(body):
    assert SENDER.send(body).status in {200, 400}
