"""Rule L5: what is sent on is what Segment's own destination sent, in order, each once."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from adapter.clock import ManualClock
from adapter.doors.segment import parse
from adapter.doors.times import Stamp
from adapter.jsonvalue import dumps, loads
from adapter.mapping.files import load_mapping
from adapter.model.deliveries import Endpoint, EndpointKind
from adapter.model.in_force import InForce
from adapter.model.reasons import Reason
from adapter.outbox import DeliveryQuery
from adapter.services.ingest import Ingest
from adapter.services.intake import Intake
from tests.build import T0, with_workspace

TESTS = Path(__file__).parents[1]
RECORDED = json.loads((TESTS / "mapping" / "golden" / "segment_customerio.json").read_text())
EVENTS = {name: case for name, case in RECORDED.items() if not name.startswith("__")}
MAPPING = load_mapping(TESTS.parent / "mappings" / "segment.yaml")
KIND = EndpointKind.CUSTOMERIO
ELSEWHERE = Endpoint(name="destinations/customerio", kind=KIND, url="https://x", ordered=True)
MAY_WAIT = {"track no ids", "Object Deleted", "Relationship Deleted"}
"""Segment sends these; while they cannot be applied they wait in quarantine."""

TRACK = {"type": "track", "event": "Order", "messageId": "m-1", "anonymousId": "a1"}


@pytest.fixture
def send(store, closing_later):
    """Give what sends calls through the intake of a store, with one destination."""
    with_workspace(store)
    (source,) = store.sources()
    in_force = InForce(destinations=((None, ELSEWHERE),))
    intake = Intake(closing_later(Ingest(store, in_force=lambda: in_force)), {"segment": MAPPING})
    clock = ManualClock(T0)

    def send_on(*calls):
        body = dumps(list(calls)).encode()
        batch = parse(body, Stamp(clock.now()))
        intake.receive(source, door="test", body=body, batch=batch, received_at=clock.now())
        clock.advance(1)

    return send_on


def sent_on(store):
    found = store.outbox.deliveries(DeliveryQuery(workspace_id=1, limit=100))
    return [(each.path, loads(each.body)) for each in reversed(found)]


@pytest.mark.parametrize("name", EVENTS)
def test_l5_what_is_sent_on_is_what_segment_sent(store, send, name):
    expected = [(each["path"], each["body"]) for each in EVENTS[name]["requests"]]
    send(EVENTS[name]["input"])

    waits = bool(store.quarantine(1, after=0))
    assert sent_on(store) == ([] if waits else expected)
    assert not (waits and expected) or name in MAY_WAIT


def test_l5_operations_go_in_the_order_of_acceptance(store, send):
    send(*({**TRACK, "messageId": f"m-{n}"} for n in range(20)))

    assert [body["id"] for _, body in sent_on(store)] == [f"m-{n}" for n in range(20)]


def test_l5_a_duplicate_is_not_sent_on_again(store, send):
    send(TRACK)
    send(TRACK)

    assert len(sent_on(store)) == 1


def test_l5_an_event_without_an_id_gets_ours(store, send):
    send({name: value for name, value in TRACK.items() if name != "messageId"})

    ((_, body),) = sent_on(store)
    assert len(body["id"]) == 36


def test_l5_c8_what_is_replayed_without_triggers_is_not_sent_on(store, closing_later):
    with_workspace(store)
    (source,) = store.sources()
    in_force = InForce(destinations=((None, ELSEWHERE),))
    intake = Intake(closing_later(Ingest(store, in_force=lambda: in_force)), {"segment": MAPPING})
    body = dumps(TRACK).encode()
    prepared = intake.prepare(
        source, door="test", body=body, batch=parse(body, Stamp(T0)), received_at=T0
    )
    quiet = [replace(each, notes=(Reason.TRIGGERS_OFF,)) for each in prepared.messages]

    intake.commit(prepared._replace(messages=quiet))

    assert sent_on(store) == []


def test_p6_what_a_suppressed_person_does_is_not_sent_on(store, send):
    send({"type": "identify", "userId": "u1", "messageId": "m-1"})
    send({"type": "track", "event": "User Suppressed", "userId": "u1", "messageId": "m-2"})
    send({"type": "track", "event": "Order", "userId": "u1", "messageId": "m-3"})

    assert [body["action"] for _, body in sent_on(store)] == ["suppress"]
