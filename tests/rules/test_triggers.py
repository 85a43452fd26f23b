"""Rules C1-C5 and C8 on every store: what events start, once they are somebody's."""

from dataclasses import replace

import pytest

from adapter.clock import DAY, HOUR, ManualClock
from adapter.jsonvalue import dumps, loads
from adapter.model.campaigns import NEVER_AGAIN, Audience, Campaign
from adapter.model.deliveries import DeliveryState, Endpoint, EndpointKind
from adapter.model.in_force import InForce
from adapter.model.messages import EventKind
from adapter.model.reasons import Reason
from adapter.outbox import DeliveryQuery
from adapter.rules.decide import decide
from adapter.rules.needs import needs_of
from adapter.services.tenants import Tenants
from tests.build import (
    T0,
    anonymous_event,
    apply,
    at,
    delete_person,
    identified_event,
    identify,
    invite_event,
    merge_people,
    suppress_person,
    unsuppress_person,
    with_workspace,
)


def campaign(name="onboarding", event="Viewed Pricing", **fields):
    given = {
        "workspace": None,
        "audience": Audience.PEOPLE,
        "kind": EventKind.EVENT,
        "where": lambda _: True,
        "path": "",
        "render": dumps,
        "endpoint": Endpoint(name=f"campaigns/{name}", kind=EndpointKind.WEBHOOK, url="https://x"),
        **fields,
    }
    return Campaign(campaign=name, name=event, **given)


@pytest.fixture(autouse=True)
def _workspace(store):
    with_workspace(store)


def run(store, *messages, campaigns=None, owner=None):
    """Decide and commit a batch with campaigns in force."""
    in_force = InForce(campaigns=tuple((owner, each) for each in campaigns or (campaign(),)))
    needs = needs_of(messages, in_force)

    def work(transaction):
        decision = decide(messages, transaction.facts(needs))
        transaction.commit(decision, ())

    store.write(work)


def started(store):
    deliveries = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
    return [(each.event_id, each.endpoint.removeprefix("campaigns/")) for each in deliveries][::-1]


def reasons(store, event):
    return {each.campaign: each.reason for each in store.outbox.triggers(1, event.id)}


def test_c1_a_strangers_event_starts_nothing(store):
    event = anonymous_event(message_id="m-1")
    run(store, event)

    assert (started(store), reasons(store, event)) == ([], {})


@pytest.mark.parametrize("case", [str.upper, str.lower], ids=["other case", "same case"])
def test_c5_p6_what_waits_for_a_recipient_who_is_suppressed_is_withdrawn(store, case):
    friends = campaign("friends", "Invited", audience=Audience.INVITES)
    invites = [
        invite_event(case("friend@example.com"), message_id="m-1"),
        invite_event("other@example.com", message_id="m-2"),
    ]
    run(store, *invites, campaigns=[friends])
    run(store, suppress_person("friend@example.com", received_at=at(minutes=1)))

    found = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
    told = {each.event_id: (each.state, each.reason, each.settled_at) for each in found}
    withdrawn = (DeliveryState.CANCELLED, Reason.RECIPIENT_SUPPRESSED, at(minutes=1))
    assert told == {"m-1": withdrawn, "m-2": (DeliveryState.PENDING, None, None)}


def test_c5_p6_who_is_suppressed_by_their_id_gets_no_invite_to_their_address(store):
    friends = campaign("friends", "Invited", audience=Audience.INVITES)
    run(store, identify("u-1", email="friend@example.com"))
    invite = invite_event("friend@example.com", message_id="m-1")
    run(store, invite, suppress_person("u-1"), campaigns=[friends])

    (delivery,) = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
    assert delivery.state is DeliveryState.CANCELLED


def test_c5_p6_an_invite_after_unsuppressing_is_sent_and_one_before_is_not(store):
    friends = campaign("friends", "Invited", audience=Audience.INVITES)
    address = "friend@example.com"
    run(
        store,
        invite_event(address, message_id="m-1"),
        suppress_person(address),
        unsuppress_person(address),
        invite_event(address, message_id="m-2"),
        campaigns=[friends],
    )

    found = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
    assert {each.event_id: each.state for each in found} == {
        "m-1": DeliveryState.CANCELLED,
        "m-2": DeliveryState.PENDING,
    }


def test_c2_a_stored_event_starts_its_campaign_when_it_merges(store):
    run(store, anonymous_event(message_id="m-1"))
    run(store, identify(anonymous_id="anon-1", plan="pro", received_at=at(minutes=10)))

    assert started(store) == [("m-1", "onboarding")]
    (sent,) = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
    body = loads(sent.body)
    assert body["person"]["email"] == "person@example.com"
    assert body["person"]["attributes"]["plan"] == "pro"
    assert (body["event"]["event_id"], sent.due_at) == ("m-1", at(minutes=10))


@pytest.mark.parametrize(
    ("old", "starts"),
    [
        pytest.param({"hours": -72, "seconds": 1}, True, id="71 h 59 m 59 s old"),
        pytest.param({"hours": -72}, True, id="72 h old, the edge"),
        pytest.param({"hours": -72, "us": -1}, False, id="a microsecond older"),
    ],
)
@pytest.mark.parametrize("merges", ["stored", "in the batch", "on arrival", "identified"])
def test_c2_c3_72_hours_are_in_and_more_are_out(store, old, starts, merges):
    fields = {"message_id": "m-1", "occurred_at": at(**old)}
    event = anonymous_event(**fields)
    claim = identify(anonymous_id="anon-1")
    if merges == "stored":
        run(store, event)
        run(store, claim)
    elif merges == "in the batch":
        run(store, event, claim)
    elif merges == "on arrival":
        run(store, claim)
        run(store, event)
    else:
        run(store, identified_event(name="Viewed Pricing", **fields))

    assert started(store) == ([("m-1", "onboarding")] if starts else [])


def test_c4_an_event_starts_a_campaign_once_and_several_campaigns_each(store):
    two = (campaign(), campaign("other"))
    store.write(lambda tx: tx.set_policy(1, {"reuse": "same_person"}))
    event = anonymous_event(message_id="m-1")
    run(store, event, campaigns=two)
    run(store, identify(anonymous_id="anon-1"), campaigns=two)
    run(store, identify(anonymous_id="anon-1", received_at=at(minutes=1)), campaigns=two)
    run(store, anonymous_event(message_id="m-1"), campaigns=two)

    assert sorted(started(store)) == [("m-1", "onboarding"), ("m-1", "other")]


def test_c4_every_merged_event_may_start_what_it_starts(store):
    run(store, *(anonymous_event(message_id=f"m-{n}") for n in range(3)))
    run(store, identify(anonymous_id="anon-1"))

    assert started(store) == [(f"m-{n}", "onboarding") for n in range(3)]


def test_c3_a_campaign_may_be_started_once_by_a_person(store):
    once = (campaign(again_after=NEVER_AGAIN),)
    events = [anonymous_event(message_id=f"m-{n}") for n in range(2)]
    run(store, *events, campaigns=once)
    run(store, identify(anonymous_id="anon-1"), campaigns=once)
    later = identified_event(name="Viewed Pricing", message_id="m-9", received_at=at(minutes=9))
    run(store, later, campaigns=once)

    assert started(store) == [("m-0", "onboarding")]
    assert reasons(store, later) == {"onboarding": Reason.STARTED_BEFORE}
    assert reasons(store, events[1]) == {"onboarding": Reason.STARTED_BEFORE}


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        pytest.param({"days": 7, "us": -1}, "started_within_period", id="just inside"),
        pytest.param({"days": 7}, "triggered", id="exactly a period later"),
    ],
)
def test_c3_a_campaign_may_be_started_once_in_a_period(store, later, reason):
    weekly = (campaign(again_after=7 * DAY),)
    run(store, identified_event(name="Viewed Pricing"), campaigns=weekly)
    again = identified_event(name="Viewed Pricing", received_at=at(**later))
    run(store, again, campaigns=weekly)

    assert reasons(store, again) == {"onboarding": reason}


def test_c3_a_period_begins_with_what_started_last(store):
    weekly = (campaign(again_after=7 * DAY),)
    for day in (0, 3, 7, 13):
        event = identified_event(
            name="Viewed Pricing", message_id=f"{day}", received_at=at(days=day)
        )
        run(store, event, campaigns=weekly)

    assert [event for event, _ in started(store)] == ["0", "7"]


def test_c3_a_person_found_by_a_merge_on_arrival_counts_as_well(store):
    once = (campaign(again_after=NEVER_AGAIN),)
    run(store, identify(anonymous_id="anon-1"), identify(anonymous_id="anon-2"), campaigns=once)
    for n in (1, 2):
        run(store, anonymous_event(f"anon-{n}", message_id=f"m-{n}"), campaigns=once)

    assert started(store) == [("m-1", "onboarding")]


@pytest.mark.parametrize(("plan", "reason"), [("pro", "triggered"), ("free", "condition_not_met")])
def test_c3_where_looks_at_event_and_person(store, plan, reason):
    def where(asked):
        return (asked["properties"].get("a"), asked["traits"].get("plan")) == (1, "pro")

    event = anonymous_event(data='{"a":1}')
    run(store, event, campaigns=[campaign(where=where)])
    run(store, identify(anonymous_id="anon-1", plan=plan), campaigns=[campaign(where=where)])

    assert reasons(store, event) == {"onboarding": reason}


def test_c3_a_template_that_cannot_be_filled_says_so(store):
    def broken(_):
        raise ValueError("no")

    event = identified_event(name="Viewed Pricing")
    run(store, event, campaigns=[campaign(render=broken)])

    assert (started(store), reasons(store, event)) == ([], {"onboarding": "template_failed"})


@pytest.mark.parametrize(
    "fields", [{"event": "Other"}, {"kind": EventKind.PAGE}, {"audience": Audience.INVITES}]
)
def test_c3_other_events_start_nothing_and_leave_no_row(store, fields):
    event = identified_event(name="Viewed Pricing")
    run(store, event, campaigns=[campaign(**fields)])

    assert (started(store), reasons(store, event)) == ([], {})


def test_c3_a_campaign_of_another_workspace_is_not_started(store):
    run(store, identified_event(name="Viewed Pricing"), owner=2)

    assert started(store) == []


def test_c5_an_invite_starts_campaigns_for_invites_and_is_sent_to_its_recipient(store):
    invites = [campaign(event="Invited", audience=Audience.INVITES), campaign(event="Invited")]
    event = replace(invite_event(message_id="m-1"), name="Invited")
    run(store, event, campaigns=invites[:1])

    (sent,) = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
    assert (sent.recipient, sent.person_id) == (event.recipient, None)
    assert loads(sent.body)["recipient"] == event.recipient


def test_c5_whoever_has_unsubscribed_gets_nothing_and_it_says_so(store):
    event = replace(invite_event(), name="Invited")
    run(store, identify(event.recipient, unsubscribed=True))
    run(store, event, campaigns=[campaign(event="Invited", audience=Audience.INVITES)])

    assert (started(store), reasons(store, event)) == ([], {"onboarding": "recipient_suppressed"})


def test_c5_an_invite_older_than_72_hours_starts_nothing(store):
    event = replace(invite_event(), name="Invited", occurred_at=at(hours=-72, us=-1))
    run(store, event, campaigns=[campaign(event="Invited", audience=Audience.INVITES)])

    assert reasons(store, event) == {"onboarding": "older_than_trigger_window"}


def test_c7_what_comes_by_merging_people_starts_nothing(store):
    apply(store, identified_event("b@example.com", name="Viewed Pricing"))
    run(store, identify("a@example.com"), merge_people("a@example.com", "b@example.com"))

    assert started(store) == []


def test_c7_who_was_joined_has_started_what_either_started(store):
    once = (campaign(again_after=NEVER_AGAIN),)
    run(store, identified_event("b@example.com", name="Viewed Pricing"), campaigns=once)
    run(store, identify("a@example.com"), merge_people("a@example.com", "b@example.com"))
    later = identified_event("a@example.com", name="Viewed Pricing", received_at=at(hours=1))
    run(store, later, campaigns=once)

    assert reasons(store, later) == {"onboarding": Reason.STARTED_BEFORE}


@pytest.mark.parametrize("off", ["the event", "the identify"])
def test_c8_what_is_replayed_without_triggers_starts_nothing(store, off):
    notes = (Reason.TRIGGERS_OFF,)
    event, claim = anonymous_event(), identify(anonymous_id="anon-1")
    run(store, replace(event, notes=notes if off == "the event" else ()))
    run(store, replace(claim, notes=notes if off == "the identify" else ()))

    assert started(store) == []


MERGING_OFF = {"merging": False}


@pytest.mark.parametrize(
    ("old", "starts"),
    [
        pytest.param({"hours": -24}, True, id="72 h before merging goes on, the edge"),
        pytest.param({"hours": -24, "us": -1}, False, id="a microsecond older"),
    ],
)
def test_m8_c2_merging_switched_on_later_starts_what_waited(store, old, starts):
    store.write(lambda tx: tx.set_policy(1, MERGING_OFF))
    event = anonymous_event(message_id="m-1", occurred_at=at(**old))
    run(store, event)
    run(store, identify(anonymous_id="anon-1", plan="pro"))

    assert started(store) == []
    switch_merging_on(store, at(hours=48))

    assert started(store) == ([("m-1", "onboarding")] if starts else [])
    if starts:
        (sent,) = store.outbox.deliveries(DeliveryQuery(workspace_id=1))
        assert loads(sent.body)["person"]["attributes"]["plan"] == "pro"
        assert sent.due_at == at(hours=48)


def test_m8_c8_merging_switched_on_without_triggers_starts_nothing(store):
    store.write(lambda tx: tx.set_policy(1, MERGING_OFF))
    run(store, anonymous_event(), identify(anonymous_id="anon-1"))

    switch_merging_on(store, T0, triggers=False)

    assert started(store) == []


def test_m8_c4_merging_switched_on_twice_starts_once(store):
    store.write(lambda tx: tx.set_policy(1, MERGING_OFF))
    run(store, anonymous_event(message_id="m-1"), identify(anonymous_id="anon-1"))

    switch_merging_on(store, T0)
    store.write(lambda tx: tx.set_policy(1, MERGING_OFF))
    switch_merging_on(store, at(minutes=1))

    assert started(store) == [("m-1", "onboarding")]


def switch_merging_on(store, now, *, triggers=True):
    in_force = InForce(campaigns=((None, campaign()),))
    tenants = Tenants(store, ManualClock(now), in_force=lambda: in_force)
    tenants.change_settings(store.workspaces()[0], {"merging": "on"}, triggers=triggers)


def test_r1_what_has_expired_starts_nothing(store):
    store.write(lambda tx: tx.set_policy(1, {"retention_seconds": HOUR // 1_000_000}))
    run(store, anonymous_event(received_at=at(hours=-1)))
    run(store, identify(anonymous_id="anon-1", received_at=T0))

    assert started(store) == []


def test_p6_with_a_person_goes_what_was_to_be_sent_about_them(store):
    event = identified_event(name="Viewed Pricing")
    run(store, event)
    assert started(store) != []

    run(store, delete_person("person@example.com", received_at=at(minutes=1)))

    assert (started(store), reasons(store, event)) == ([], {})
