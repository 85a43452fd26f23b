"""How near it was: a table of what was missed, by how much, and which setting would have done."""

import pytest

from adapter.clock import DAY, HOUR, MINUTE, SECOND
from adapter.model.reasons import Reason
from adapter.rules.facts import AnonymousIdFact
from adapter.rules.merge import arrival_reason, is_associated, trigger_reason
from adapter.rules.nearest import (
    Missed,
    Seen,
    miss_of_claim,
    miss_of_event,
    miss_of_expired,
    nearest,
)
from adapter.rules.policy import Policy, Reuse, policy_of
from tests.build import T0, anonymous_event, at

ASSIGNED = AnonymousIdFact(ref=1, person_id="p", assigned_at=T0)
PENDING = AnonymousIdFact(ref=1, pending_person_id="p", pending_at=T0)
FREE = AnonymousIdFact(ref=1)
SAME_PERSON = Policy(reuse=Reuse.SAME_PERSON)
OFF = Policy(merging=False)


def seen(reason, received_at=T0, *, fact=FREE, anonymous_id="a1", **changes):
    given = {
        "occurred_at": received_at,
        "processed_at": None,
        "trigger": None,
        "repeats": (),
        **changes,
    }
    return Seen(
        received_at=received_at, reason=reason, fact=fact, anonymous_id=anonymous_id, **given
    )


LATE = at(minutes=5, seconds=42.3)
WINDOW = {"merge_window_seconds": 343}

EVENTS = [
    pytest.param(
        seen(Reason.WINDOW_CLOSED, LATE, fact=ASSIGNED, repeats=[at(minutes=2)]),
        Policy(),
        (Missed.MERGE, 42.3, {**WINDOW, "reuse": "same_person"}),
        "received 42.3 s after the window closed; it would have merged under "
        "`reuse: same_person`, or `merge_window_seconds: 343`",
        id="the window had closed, and the person had come again",
    ),
    pytest.param(
        seen(Reason.WINDOW_CLOSED, LATE, fact=ASSIGNED, repeats=[at(us=1), at(days=31)]),
        Policy(),
        (Missed.MERGE, 42.3, WINDOW),
        "received 42.3 s after the window closed; it would have merged under "
        "`merge_window_seconds: 343`; under `reuse: same_person` their next identify "
        "would claim it",
        id="the window had closed, and the person came again too early and too late",
    ),
    pytest.param(
        seen(Reason.WINDOW_CLOSED, at(minutes=5, us=1), fact=ASSIGNED),
        SAME_PERSON,
        (Missed.MERGE, 0.000001, {"merge_window_seconds": 301}),
        "received 0.000001 s after the window closed; it would have merged under "
        "`merge_window_seconds: 301`, and their next identify with the id will claim it",
        id="the window had closed by a microsecond, and the id may be assigned anew",
    ),
    pytest.param(
        seen(Reason.WINDOW_CLOSED, LATE, fact=ASSIGNED),
        Policy(merge_window=10 * MINUTE),
        (Missed.MERGE, 0, {}),
        "the merge window was shorter when it was received; it stays as it was decided",
        id="the window is longer now",
    ),
    pytest.param(
        seen(Reason.AWAITING_IDENTIFY),
        Policy(),
        (Missed.MERGE, None, {}),
        "no identify has come with its anonymous id; one before 2026-03-31T10:00:00.000000Z "
        "will claim it",
        id="no identify yet",
    ),
    pytest.param(
        seen(Reason.AWAITING_IDENTIFY),
        OFF,
        (Missed.MERGE, None, {}),
        "no identify has come with its anonymous id; one before 2026-03-31T10:00:00.000000Z "
        "will claim it, once merging is on",
        id="no identify yet, and merging off",
    ),
    pytest.param(
        seen(Reason.MERGING_OFF, at(minutes=5), fact=PENDING),
        OFF,
        (Missed.MERGE, None, {"merging": True}),
        "it would have merged under `merging: on`, and will when that is set",
        id="merging off",
    ),
    pytest.param(
        seen(Reason.MERGING_OFF, LATE, fact=PENDING),
        OFF,
        (Missed.MERGE, 42.3, {}),
        "received 42.3 s after the window of the claim that waits for merging to be switched on; "
        "it would not merge then either",
        id="merging off, and the window closed",
    ),
    pytest.param(
        seen(Reason.EXPIRED, at(days=-30, hours=-1), fact=ASSIGNED),
        Policy(),
        (Missed.MERGE, 3600, {"retention_seconds": 30 * 86_400 + 3_601}),
        "its retention ended 3600 s before its anonymous id was assigned; it would have merged "
        "under `retention_seconds: 2595601`",
        id="expired when its id was assigned",
    ),
    pytest.param(
        seen(Reason.JUNK_ID, anonymous_id="'Guest'"),
        Policy(junk_ids=frozenset({"guest", "none"})),
        (Missed.ASSIGNMENT, None, {"junk_ids": ["none"]}),
        "\"'Guest'\" stands in `junk_ids`; it could be assigned if it did not",
        id="a junk id of the list",
    ),
    pytest.param(
        seen(Reason.JUNK_ID, anonymous_id="00-00"),
        Policy(),
        (Missed.ASSIGNMENT, None, {}),
        "an id of zeros and dashes is never assigned, whatever `junk_ids` says",
        id="a junk id of zeros",
    ),
    pytest.param(
        seen(
            Reason.MERGED,
            processed_at=at(hours=73),
            trigger=Reason.OLDER_THAN_TRIGGER_WINDOW,
            fact=ASSIGNED,
        ),
        Policy(),
        (Missed.TRIGGER, 3600, {"trigger_window_seconds": 73 * 3_600}),
        "occurred 3600 s before the trigger window began; it could have triggered under "
        "`trigger_window_seconds: 262800`",
        id="older than the trigger window",
    ),
    pytest.param(
        seen(
            Reason.IDENTIFIED,
            processed_at=at(hours=1),
            trigger=Reason.OLDER_THAN_TRIGGER_WINDOW,
            fact=None,
        ),
        Policy(),
        (Missed.TRIGGER, 0, {}),
        "the trigger window was shorter when it became theirs; it starts nothing now",
        id="the trigger window is longer now",
    ),
]

CLAIMS = [
    pytest.param(
        seen(Reason.ANONYMOUS_ID_ALREADY_ASSIGNED, at(seconds=12.5), fact=ASSIGNED),
        Policy(),
        (Missed.ASSIGNMENT, 12.5, {}),
        "it came 12.5 s after another person's; an id is assigned once, whatever the settings",
        id="another person has it",
    ),
    pytest.param(
        seen(Reason.ANONYMOUS_ID_ALREADY_ASSIGNED, at(seconds=12.5), fact=PENDING),
        OFF,
        (Missed.ASSIGNMENT, 12.5, {}),
        "it came 12.5 s after another person's; an id is assigned once, whatever the settings",
        id="another person is to have it",
    ),
    pytest.param(
        seen(Reason.ANONYMOUS_ID_ALREADY_ASSIGNED, at(seconds=-1), fact=ASSIGNED),
        SAME_PERSON,
        (Missed.ASSIGNMENT, None, {}),
        "it came after another person's; an id is assigned once, whatever the settings",
        id="another person has been assigned it anew since",
    ),
    pytest.param(
        seen(Reason.ANONYMOUS_ID_ALREADY_ASSIGNED_TO_SAME_PERSON, at(days=1), fact=ASSIGNED),
        Policy(),
        (Missed.ASSIGNMENT, None, {"reuse": "same_person"}),
        "the id would have been assigned anew under `reuse: same_person`",
        id="the person has it already",
    ),
    pytest.param(
        seen(Reason.MERGING_OFF, fact=PENDING),
        OFF,
        (Missed.ASSIGNMENT, None, {"merging": True}),
        "the id would have been assigned under `merging: on`, and will when that is set",
        id="merging off",
    ),
    pytest.param(
        seen(Reason.JUNK_ID, anonymous_id="null"),
        Policy(junk_ids=frozenset({"null"})),
        (Missed.ASSIGNMENT, None, {"junk_ids": []}),
        "'null' stands in `junk_ids`; it could be assigned if it did not",
        id="a junk id",
    ),
]


def told(miss):
    return (miss.missed, None if miss.by is None else miss.by / SECOND, miss.settings)


@pytest.mark.parametrize(("event", "policy", "expected", "sentence"), EVENTS)
def test_a3_how_near_an_event_was(event, policy, expected, sentence):
    miss = miss_of_event(event, policy)

    assert (told(miss), miss.sentence) == (expected, sentence)


@pytest.mark.parametrize(("claim", "policy", "expected", "sentence"), CLAIMS)
def test_a3_how_near_a_claim_was(claim, policy, expected, sentence):
    miss = miss_of_claim(claim, policy)

    assert (told(miss), miss.sentence) == (expected, sentence)


@pytest.mark.parametrize(
    "event",
    [
        seen(Reason.IDENTIFIED, trigger=Reason.MAY_TRIGGER),
        seen(Reason.MERGED, fact=ASSIGNED, trigger=Reason.MAY_TRIGGER),
        seen(Reason.INVITE, fact=None),
        seen(Reason.ANONYMOUS_ID_USED_UP, fact=AnonymousIdFact(ref=1, used_up=True)),
        seen(Reason.WINDOW_CLOSED, LATE, fact=AnonymousIdFact(ref=1, used_up=True)),
        seen(Reason.MERGING_OFF, fact=FREE),
        seen(Reason.EXPIRED, fact=FREE),
    ],
    ids=lambda event: f"{event.reason} {event.fact and event.fact.used_up}",
)
def test_a3_what_missed_nothing_that_could_still_be_told_has_no_nearest_miss(event):
    assert miss_of_event(event, Policy()) is None


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(), (Missed.MERGE, 60, {"retention_seconds": 30 * 86_400 + 61})),
        (Policy(expired_until=T0), (Missed.MERGE, None, {})),
    ],
    ids=["expired", "expired under an earlier retention"],
)
def test_r1_how_near_an_expired_event_was(policy, expected):
    assert told(miss_of_expired(T0, policy, at(days=30, minutes=1))) == expected


def test_the_nearest_of_several_is_the_one_missed_by_least():
    far = miss_of_event(seen(Reason.WINDOW_CLOSED, at(hours=1), fact=ASSIGNED), Policy())
    near = miss_of_event(seen(Reason.WINDOW_CLOSED, LATE, fact=ASSIGNED), Policy())
    timeless = miss_of_event(seen(Reason.AWAITING_IDENTIFY), Policy())

    assert nearest([None, timeless, far, near]) is near
    assert nearest([None, timeless]) is timeless
    assert nearest([None]) is None


def with_setting(policy_settings, miss, name):
    return policy_of({**policy_settings, name: miss.settings[name]})


@pytest.mark.parametrize("late", [1, SECOND - 1, SECOND, 42 * SECOND + 300_000, DAY])
def test_m3_the_window_named_is_the_shortest_that_would_have_done(late):
    received_at = at(minutes=5, us=late)
    miss = miss_of_event(seen(Reason.WINDOW_CLOSED, received_at, fact=ASSIGNED), Policy())

    longer = with_setting({}, miss, "merge_window_seconds")
    shorter = Policy(merge_window=longer.merge_window - SECOND)
    assert arrival_reason(received_at, ASSIGNED, longer) is Reason.MERGED_IN_WINDOW
    assert arrival_reason(received_at, ASSIGNED, shorter) is Reason.WINDOW_CLOSED


@pytest.mark.parametrize("late", [0, 1, SECOND - 1, SECOND, HOUR])
def test_r1_the_retention_named_is_the_shortest_that_would_have_done(late):
    received_at = at(days=-30, us=-late)
    miss = miss_of_event(seen(Reason.EXPIRED, received_at, fact=ASSIGNED), Policy())

    longer = with_setting({}, miss, "retention_seconds")
    shorter = Policy(retention=longer.retention - SECOND)
    assert is_associated(received_at, T0, longer)
    assert not is_associated(received_at, T0, shorter)


@pytest.mark.parametrize("early", [1, SECOND - 1, SECOND, HOUR])
def test_c2_the_trigger_window_named_is_the_shortest_that_would_have_done(early):
    event = anonymous_event(received_at=at(hours=72), occurred_at=at(us=-early))
    old = seen(
        Reason.MERGED,
        event.received_at,
        occurred_at=event.occurred_at,
        processed_at=event.received_at,
        trigger=Reason.OLDER_THAN_TRIGGER_WINDOW,
    )

    longer = with_setting({}, miss_of_event(old, Policy()), "trigger_window_seconds")
    shorter = Policy(trigger_window=longer.trigger_window - SECOND)
    assert trigger_reason(event, event.received_at, longer) is Reason.MAY_TRIGGER
    assert trigger_reason(event, event.received_at, shorter) is Reason.OLDER_THAN_TRIGGER_WINDOW
