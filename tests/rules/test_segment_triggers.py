"""Rules C2 and C6 to C8 on every store: what campaigns have to do with segments."""

from dataclasses import replace

import pytest

from adapter.clock import DAY, HOUR, ManualClock
from adapter.jsonvalue import dumps, loads
from adapter.model.campaigns import Audience, Campaign, TurnKind
from adapter.model.deliveries import Endpoint, EndpointKind
from adapter.model.messages import EventKind
from adapter.model.reasons import Reason
from adapter.model.segments import Not
from adapter.outbox import DeliveryQuery
from adapter.services.digesting import Digesting, digest_json
from adapter.store.memory.store import MemoryStore
from tests.build import (
    anonymous_event,
    at,
    identified_event,
    identify,
    log,
    merge_people,
    with_workspace,
)
from tests.segmenting import Kept, performed, segment

PERSON = "person@example.com"
TWICE = segment(performed(at_least=2))
LATELY = segment(performed(within=DAY), "lately")


def campaign(name, kind, about, **fields):
    return Campaign(
        campaign=name,
        workspace=None,
        audience=Audience.PEOPLE,
        kind=kind,
        name=about,
        where=fields.pop("where", lambda _: True),
        endpoint=Endpoint(name=f"campaigns/{name}", kind=EndpointKind.WEBHOOK, url="https://x"),
        path="",
        render=dumps,
        **fields,
    )


ENTERS = campaign("enters", TurnKind.ENTERED, "keen")
LEAVES = campaign("leaves", TurnKind.LEFT, "lately")


@pytest.fixture(autouse=True)
def _workspace(store):
    with_workspace(store)


def ordered(number=1, **fields):
    return identified_event(PERSON, message_id=f"m-{number}", **fields)


def started(store):
    deliveries = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
    return [each.endpoint.removeprefix("campaigns/") for each in deliveries][::-1]


def reasons(store, now):
    """Tell what campaigns made of those who entered and left, oldest first."""
    lines = [row for row in log(store, now=now) if row.type.startswith("segment_")]
    return [each.reason for row in lines for each in store.outbox.triggers(1, row.id)]


def test_c6_who_enters_a_segment_starts_its_campaign_once(store):
    kept = Kept(store, TWICE, campaigns=[ENTERS])
    for number in range(4):
        kept.run(ordered(number))

    assert started(store) == ["enters"]
    (delivery,) = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
    body = loads(delivery.body)
    assert (body["event"]["kind"], body["event"]["name"]) == ("segment_entered", "keen")
    assert body["event"]["data"] == {"segment_id": "keen", "segment": "Keen"}
    assert body["person"]["email"] == PERSON


def test_c6_whose_period_has_passed_starts_the_campaign_for_those_who_leave(store):
    kept = Kept(store, LATELY, campaigns=[LEAVES])
    kept.run(ordered())
    kept.upkeep_at(at(days=1))
    assert started(store) == []

    for _ in range(2):
        kept.upkeep_at(at(days=1, us=1))
    assert started(store) == ["leaves"]


def test_c6_c8_who_enters_by_a_replay_without_triggers_starts_nothing_and_it_is_said(store):
    kept = Kept(store, TWICE, campaigns=[ENTERS])
    kept.run(*(replace(ordered(n), notes=(Reason.TRIGGERS_OFF,)) for n in (1, 2)))

    assert (started(store), reasons(store, at())) == ([], [Reason.TRIGGERS_OFF])


def test_c2_c6_who_enters_by_an_event_too_old_to_trigger_starts_nothing(store):
    kept = Kept(store, TWICE, campaigns=[ENTERS])
    kept.run(ordered(1), anonymous_event("a", name="Ordered", occurred_at=at(us=-72 * HOUR - 1)))
    kept.run(identify(PERSON, anonymous_id="a"))

    assert kept.members() == {PERSON}
    assert (started(store), reasons(store, at())) == ([], [Reason.OLDER_THAN_TRIGGER_WINDOW])


def test_c2_c6_who_enters_by_an_event_72_hours_old_starts_it(store):
    kept = Kept(store, TWICE, campaigns=[ENTERS])
    kept.run(ordered(1), anonymous_event("a", name="Ordered", occurred_at=at(us=-72 * HOUR)))
    kept.run(identify(PERSON, anonymous_id="a"))

    assert started(store) == ["enters"]


def test_c6_c7_who_enters_by_joining_people_starts_nothing(store):
    kept = Kept(store, TWICE, campaigns=[ENTERS])
    kept.run(ordered(1), identified_event("other@example.com", message_id="m-2"))
    kept.run(merge_people(PERSON, "other@example.com"))

    assert (kept.members(), started(store)) == ({PERSON}, [])


def test_c6_who_enters_by_a_new_file_starts_nothing(store):
    kept = Kept(store, campaigns=[ENTERS])
    kept.run(ordered(1), ordered(2))
    kept.redefine(TWICE, campaigns=[ENTERS])
    kept.upkeep_at(at(hours=1))

    assert (kept.members(), started(store)) == ({PERSON}, [])


@pytest.mark.parametrize(
    ("asked", "starts"),
    [
        pytest.param({"in_segments": frozenset({"keen"})}, [2, 3], id="in"),
        pytest.param({"not_in_segments": frozenset({"keen"})}, [1], id="not in"),
        pytest.param(
            {"in_segments": frozenset({"keen"}), "not_in_segments": frozenset({"idle"})},
            [2, 3],
            id="in one, not in another",
        ),
        pytest.param({"in_segments": frozenset({"keen", "idle"})}, [], id="in both"),
    ],
)
def test_c6_what_a_campaign_asks_of_segments_counts_the_event_that_starts_it(store, asked, starts):
    asking = campaign("asking", EventKind.EVENT, "Ordered", **asked)
    idle = segment(Not(performed()), "idle")
    kept = Kept(store, TWICE, idle, campaigns=[asking])
    for number in (1, 2, 3):
        kept.run(ordered(number))

    found = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
    assert sorted(each.event_id for each in found) == [f"m-{number}" for number in starts]
    told = {
        each.reason
        for row in log(store)
        if row.type == "event"
        for each in store.outbox.triggers(1, row.id)
    }
    assert (Reason.SEGMENTS_DO_NOT_SUIT in told) == (len(starts) < 3)


def test_c6_who_joins_a_campaigns_segment_in_the_same_batch_may_start_it(store):
    asking = campaign("asking", EventKind.EVENT, "Other", in_segments=frozenset({"keen"}))
    kept = Kept(store, TWICE, campaigns=[asking])
    other = identified_event(PERSON, name="Other", message_id="m-3")
    kept.run(other, ordered(1), ordered(2), identified_event(PERSON, name="Other", message_id="m4"))

    (delivery,) = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
    assert delivery.event_id == "m4"


def test_m11_what_campaigns_and_segments_made_of_the_state_is_in_the_digest(store):
    told = []
    for each in (store, MemoryStore()):
        if each is not store:
            with_workspace(each)
        kept = Kept(each, TWICE, LATELY, campaigns=[ENTERS])
        kept.run(ordered(1), ordered(2), identify("other@example.com"))
        (workspace,) = each.workspaces()
        shown = digest_json(workspace, Digesting(each, ManualClock(at())).digest(workspace))
        told.append(shown["consequences"])

    assert told[0] == told[1]
    assert {name: part["rows"] for name, part in told[0].items()} == {"triggers": 1, "segments": 2}
