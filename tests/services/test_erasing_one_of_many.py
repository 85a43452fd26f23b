"""P6: one person of many is erased, and nothing is left of them; everybody else is as before."""

import os

import pytest

from adapter.bootstrap import load_mappings, shipped
from adapter.clock import ManualClock, iso
from adapter.doors.segment import Stamp, parse
from adapter.jsonvalue import dumps
from adapter.rules.decision import Decision
from adapter.rules.identifiers import read_identifier
from adapter.rules.mentions import Mentions, Traces
from adapter.services.erasing import Erasing, read_named
from adapter.services.ingest import Ingest
from adapter.services.intake import Intake
from adapter.store.open import open_store
from tests.build import at, delivery, log, with_workspace

PEOPLE = int(os.environ.get("ADAPTER_TEST_PEOPLE", "200"))
"""Among how many; of a hundred thousand it takes minutes."""

_ONE = PEOPLE // 2
_TOGETHER = 150
"""How many people's calls come in one body."""


def calls_of(number):
    """Somebody comes as a stranger, signs up, and goes on."""
    who = {"userId": f"person-{number:06}", "anonymousId": f"device-{number:06}"}
    seen = {"type": "track", "event": "Viewed", "anonymousId": who["anonymousId"]}
    traits = {"email": f"person-{number:06}@example.com", "plan": "pro"}
    yield {**seen, "messageId": f"seen-{number}", "timestamp": iso(at(hours=-1))}
    yield {"type": "identify", "messageId": f"sign-up-{number}", **who, "traits": traits}
    yield {"type": "track", "event": "Ordered", "messageId": f"order-{number}", **who}


@pytest.fixture
def store(database_url):
    store = open_store(database_url)
    yield store
    store.close()


@pytest.fixture
def receive(store):
    """Take calls in as the webhook does, bodies and all."""
    with_workspace(store)
    ingest = Ingest(store)
    intake = Intake(ingest, load_mappings(shipped("mappings")))
    (source,) = store.sources()

    def receive(calls, received_at):
        body = dumps(list(calls)).encode()
        batch = parse(body, Stamp(received_at))
        intake.receive(source, door="test", body=body, batch=batch, received_at=received_at)

    yield receive
    ingest.close()


def deliver_to(store, *numbers):
    """Have something wait in the outbox for some of them."""
    waiting = [
        delivery(
            number,
            person_id=store.find_person(1, read_identifier(f"person-{number:06}")).person_id,
            body=dumps({"to": f"person-{number:06}@example.com"}),
        )
        for number in numbers
    ]
    store.write(lambda transaction: transaction.commit(Decision(deliveries=waiting), []))


def test_p6_r4_of_one_among_many_nothing_is_left(store, receive):
    (workspace,) = store.workspaces()
    for first in range(0, PEOPLE, _TOGETHER):
        some = range(first, min(first + _TOGETHER, PEOPLE))
        receive([call for number in some for call in calls_of(number)], at(us=first))
    deliver_to(store, _ONE - 1, _ONE, _ONE + 1)
    erasing = Erasing(store, ManualClock(at(minutes=1)), pause=lambda: None)
    named = read_named(workspace, emails=[f"person-{_ONE:06}@example.com"])
    before = store.eraser.search(Mentions(Traces(workspace_id=1, named=named))).hits

    erased = erasing.erase(workspace, named)
    proof = erasing.prove(erased.traces)
    receive([{"type": "track", "event": "Viewed", "anonymousId": f"device-{_ONE:06}"}], at(hours=1))

    assert {"people.attributes", "received.body", "deliveries.body"} <= set(before)
    assert (proof.hits, erased.counts["people"], erased.counts["events"]) == ({}, 1, 2)
    (later,) = log(store, anonymous_id=f"device-{_ONE:06}")
    assert (later.view, later.person_id) == ("anonymous", None)
    for number in (_ONE - 1, _ONE + 1):
        person_id = store.find_person(1, read_identifier(f"person-{number:06}")).person_id
        theirs = log(store, person_id=person_id, type="event")
        assert [row.event_id for row in theirs] == [f"seen-{number}", f"order-{number}"]
