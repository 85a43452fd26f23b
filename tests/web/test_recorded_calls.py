"""What real clients of the Track API sent, sent again: answered, applied, and the same if twice.

Segment's own destination turned events into calls; its webhook sends the events themselves. The
store must not tell which way they came (contracts 7.3).
"""

import json
from pathlib import Path

import pytest

from adapter.jsonvalue import dumps
from adapter.model.people import IdentifierKind, PersonRef
from tests.web.conftest import new_services

ROOT = Path(__file__).parents[1]
SEGMENT = json.loads((ROOT / "mapping/golden/segment_customerio.json").read_text(encoding="utf-8"))
EVENTS = {name: case for name, case in SEGMENT.items() if not name.startswith("__")}
SENT = {name: case for name, case in EVENTS.items() if case["requests"]}
WITHOUT_ID = {"Report Content Event"}
CLIENTS = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))["requests"]
    for path in sorted((ROOT / "web/golden").glob("customerio_*.json"))
}
CALLS = {
    f"{client}: {call['method']} {call['path']} {number}": call
    for client, calls in CLIENTS.items()
    for number, call in enumerate(calls)
}
_OF_EVENTS = {"event", "page", "screen"}
_OF_ITS_RUN = {"id", "cio_id", "customer_id", "received_at", "processed_at"}


def replay(sender, call):
    body = call.get("body") or ""
    payload = (body if isinstance(body, str) else dumps(body)).encode()
    headers = {name: value for name, value in call["headers"].items() if name != "content-length"}
    return sender.ask(call["path"], method=call["method"], data=payload, headers=headers)


def state(services):
    """Tell what the store holds of events and people, without what each run names anew."""
    (workspace,) = services.store.workspaces()
    lines = services.reading.activities(workspace, {"limit": "100"})["activities"]
    events = [_without_its_run(line) for line in lines if line["type"] in _OF_EVENTS]
    people = [
        services.store.find_person(workspace.id, PersonRef(IdentifierKind.CIO_ID, cio_id))
        for cio_id in {(line["customer_identifiers"] or {}).get("cio_id") for line in lines}
        - {None}
    ]
    shown = [
        {
            "identifiers": person.identifiers,
            "attributes": {name: held.value for name, held in person.attributes.items()},
        }
        for person in people
        if person is not None
    ]
    claim = services.store.find_anonymous_id(workspace.id, "anon-1")
    claimed = claim is not None and claim.person_id is not None
    return {"events": events, "people": sorted(shown, key=str), "claimed": claimed}


def without_event_ids(found, name):
    """Segment leaves the id out of the calls of some events, which its webhook has."""
    events = [
        event | {"event_id": None} if name in WITHOUT_ID else event for event in found["events"]
    ]
    return found | {"events": events}


def _without_its_run(value):
    if isinstance(value, dict):
        return {
            name: _without_its_run(inner)
            for name, inner in value.items()
            if name not in _OF_ITS_RUN
        }
    return value


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_recorded_call_of_a_client_is_answered(sender, call):
    answer = replay(sender, call)

    assert (answer.status, answer.body) == (200, {})


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_may_repeat_whatever_bears_an_id_or_has_no_more_to_do(sender, services, client):
    for call in CLIENTS[client]:
        replay(sender, call)
        once = state(services)
        if call["method"] != "POST" or '"id":' in call["body"]:
            assert replay(sender, call).status == 200
            assert state(services) == once


@pytest.mark.parametrize("name", SENT)
def test_a_recorded_call_of_segments_destination_is_answered(sender, name):
    (call,) = SENT[name]["requests"]

    answer = replay(sender, call)

    assert answer.status == (400 if name == "track no ids" else 200), answer.body


@pytest.mark.parametrize("name", sorted(SENT.keys() - WITHOUT_ID))
def test_l1_segments_destination_may_repeat_each_call(sender, services, name):
    (call,) = SENT[name]["requests"]

    replay(sender, call)
    once = state(services)
    replay(sender, call)

    assert state(services) == once


@pytest.mark.parametrize("name", WITHOUT_ID)
def test_l1_what_bears_no_id_is_never_taken_for_a_repeat(sender, services, name):
    (call,) = SENT[name]["requests"]

    for _ in range(2):
        replay(sender, call)

    assert len(state(services)["events"]) == 2


@pytest.mark.parametrize("name", SENT)
def test_segments_event_comes_to_the_same_by_either_way(sender_to, clock, name, closing_later):
    case = SENT[name]
    by_webhook, by_calls = (closing_later(new_services(clock)) for _ in range(2))

    sender_to(by_webhook).send(case["input"])
    for call in case["requests"]:
        replay(sender_to(by_calls), call)

    assert without_event_ids(state(by_calls), name) == without_event_ids(state(by_webhook), name)


@pytest.mark.parametrize("repeats", [1, 2])
def test_x8_a_batch_of_segments_destination_keeps_the_first_of_each_id(sender, services, repeats):
    (call,) = SEGMENT["__batch track"]["requests"]

    answers = [replay(sender, call) for _ in range(repeats)]

    # All its items bear one id, so the first stands; one item names nobody at all.
    for answer in answers:
        assert answer.status == 207
        assert [error["batch_index"] for error in answer.body["errors"]] == [5]
    assert [event["anonymous_id"] for event in state(services)["events"]] == ["anon-1"]


def test_segments_test_of_the_credential_is_answered(sender):
    (call,) = SEGMENT["__auth"]

    answer = sender.ask("/auth", method=call["method"], headers=call["headers"])

    assert answer.status == 200


def test_segments_deletion_of_a_user_finds_its_id_though_it_is_not_encoded(sender, services):
    (call,) = SEGMENT["__onDelete"]
    sender.track("PUT", "/api/v1/customers/u%2F1", {"plan": "pro"})

    path = call["url"].removeprefix("https://track.customer.io")
    answer = sender.ask(path, method=call["method"], headers=call["headers"])

    assert answer.status == 200
    assert state(services)["people"] == []
