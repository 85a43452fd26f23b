"""Rule L5: for calls never seen before, what is sent on is what Segment's own destination sends.

The real destination runs dry, from its package: nothing is sent anywhere, what it would send is
compared request by request with what stands in the outbox. Needs node and npm.
ADAPTER_TEST_ORACLE_CASES says how many calls (300), ADAPTER_TEST_ORACLE_SEED from which seed they
are drawn (1).
"""

import os
import re
import subprocess
from collections import Counter
from random import Random

import pytest

from adapter.doors.segment import parse
from adapter.doors.times import Stamp
from adapter.errors import RequestError
from adapter.jsonvalue import dumps, loads
from adapter.model.in_force import InForce
from adapter.outbox import DeliveryQuery
from adapter.services.ingest import Ingest
from adapter.services.intake import Intake
from adapter.store.memory.store import MemoryStore
from tests.build import T0, with_workspace
from tests.campaigns.test_forwarding import ELSEWHERE, MAPPING
from tests.mapping.oracle.generate import Generator
from tests.mapping.oracle.packages import ask, installed_packages, missing_tools
from tests.mapping.oracle.test_parity import comparable
from tests.mapping.oracle.words import CALL_TYPES, EVENTS, TEXTS

CASES = int(os.environ.get("ADAPTER_TEST_ORACLE_CASES", "300"))
SEED = int(os.environ.get("ADAPTER_TEST_ORACLE_SEED", "1"))
PEOPLE = ("u-1", "person@example.com", "Person+Two@Example.com", "cio_0a1b2c", "4711", None)
STRANGERS = ("b7c1-visitor", "anon 2", "ü-3", None)
# Dates that only a browser's lenient reader understands stay as they are here (README).
KNOWN_DIFFERENCE = re.compile('"00(0[0-9]|1[0-2])-')
INSTANTS = ("2026-03-01T10:00:00.000Z", "2026-03-01T11:59:59+02:00", "2026-02-28T23:00:00Z")


@pytest.fixture(scope="module")
def segment():
    lacking = missing_tools()
    if lacking:
        pytest.skip(f"NOT COMPARED WITH SEGMENT'S DESTINATION: {' and '.join(lacking)} not found")
    try:
        folder = installed_packages()
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        pytest.skip(f"NOT COMPARED WITH SEGMENT'S DESTINATION: it cannot be installed: {error}")
    return lambda calls: [
        answer["requests"] for answer in ask(folder, [{"call": call} for call in calls])
    ]


def calls():
    """Draw calls as clients send them, with whatever they like in them."""
    draw = Generator(Random(SEED + 100))
    drawn = [sound(draw, number) for number in range(CASES)]
    return [call for call in drawn if not KNOWN_DIFFERENCE.search(dumps(call))]


def sound(draw, number):
    kind = draw.one_of(CALL_TYPES)
    user, stranger = draw.one_of(PEOPLE), draw.one_of(STRANGERS)
    if user is None and stranger is None:
        stranger = "anon-1"
    data = draw.object() | {key: value for key, value in known(draw).items() if draw.chance(0.6)}
    call = {
        "type": kind,
        "messageId": f"unseen-{number}",
        "userId": user,
        "anonymousId": stranger,
        "timestamp": draw.one_of(INSTANTS),
        "context": {
            "device": {"token": f"token-{number}", "type": draw.one_of(["ios", "android"])},
            "app": {"version": draw.one_of(["1.2", "2.0.1"])},
            "traits": draw.object(),
        },
        "traits" if kind in {"identify", "group"} else "properties": data,
    }
    named = {
        "track": {"event": draw.one_of([*EVENTS, *(text for text in TEXTS if text.strip())])},
        "page": {"name": draw.one_of(["Home", "Pricing", ""])},
        "screen": {"name": draw.one_of(["Home", "Größe"])},
        "group": {"groupId": draw.one_of(["g-1", "a/b", "4711"])},
        "alias": {"previousId": draw.one_of(["old-1", "old@example.com"]), "userId": user or "u-9"},
        "identify": {},
    }
    return call | named[kind]


def known(draw):
    """Give what the presets look for."""
    return {
        "url": draw.one_of(["https://example.com/pricing", "https://example.com/?q=%20ü"]),
        "email": draw.one_of(["person@example.com", "two@example.com"]),
        "created_at": draw.one_of([1_700_000_000, "2026-01-01T00:00:00Z", "1700000000"]),
        "createdAt": draw.one_of(["2026-01-01T00:00:00Z", 1_700_000_000]),
        "objectId": draw.one_of(["o-1", "o/2"]),
        "object_type_id": draw.one_of(["1", "2"]),
        "objectTypeId": draw.one_of(["1", "3"]),
        "objectAttributes": draw.object(),
        "relationshipAttributes": draw.object(),
        "deliveryId": f"delivery-{draw.random.randrange(9)}",
        "metric": draw.one_of(["opened", "clicked", "converted", "delivered"]),
        "recipient": "friend@example.com",
        "reason": "mailbox full",
        "href": "https://example.com/x",
        "actionName": "close",
        "actionValue": "yes",
        "actionType": draw.one_of(["viewed_content", "clicked_content"]),
    }


def sent_on(call):
    """Send a call through the intake of a store of its own; give what is sent on, and what waits.

    Returns:
        Requests, and the reasons of what is kept in quarantine instead.
    """
    store = MemoryStore()
    with_workspace(store)
    (source,) = store.sources()
    ingest = Ingest(store, in_force=lambda: InForce(destinations=((None, ELSEWHERE),)))
    body = dumps(call).encode()
    try:
        batch = parse(body, Stamp(T0))
        Intake(ingest, {"segment": MAPPING}).receive(
            source, door="test", body=body, batch=batch, received_at=T0
        )
    except RequestError as error:
        return [], [error.code]
    finally:
        ingest.close()
    found = store.outbox.deliveries(DeliveryQuery(workspace_id=1, limit=100))
    waits = [row.reason for row in store.quarantine(1, after=0)]
    return [{"path": each.path, "body": loads(each.body)} for each in reversed(found)], waits


def test_l5_what_is_sent_on_of_unseen_calls_is_what_segment_sends(segment):
    asked = calls()
    compared, kept_back, different = 0, Counter(), []
    for call, theirs in zip(asked, segment(asked), strict=True):
        ours, waits = sent_on(call)
        if waits:
            # Lacks what its preset asks for: kept, and sent on when it is run again (L3).
            kept_back.update(waits)
        elif comparable(ours) != comparable(theirs):
            different.append({"call": call, "ours": ours, "segment": theirs})
        else:
            compared += bool(theirs)

    assert different == []
    assert compared > 0.75 * len(asked), dict(kept_back)
