"""What makes a stranger's ordinary event straight makes what the careful way makes of it."""

import pytest
from hypothesis import given, strategies as st

from adapter.doors.envelopes import Envelope
from adapter.doors.limits import ANONYMOUS_ID_LIMIT, EVENT_DATA_LIMIT, EVENT_NAME_LIMIT
from adapter.doors.native.plain import plain_event
from adapter.doors.operations import read_message
from adapter.model.messages import AnonymousEvent
from adapter.model.reasons import Reason
from tests.build import T0

ENVELOPE = Envelope(
    id="id-1",
    workspace_id=3,
    source_id=4,
    received_id="request-1",
    message_id="m1",
    index=5,
    part=1,
    received_at=T0,
    notes=(Reason.FIRST_ITEM_VERIFIED,),
    record={"as": "it came"},
)
ORDINARY = {
    "type": "person",
    "action": "event",
    "identifiers": {"anonymous_id": "a1"},
    "name": "Order",
    "attributes": {"total": 3},
}

words = st.sampled_from(
    ["Order", "", " ", " Order ", "a\nb", "\x00", "\ud800", "é" * 60, "a" * 200, "null", "1.0"]
)
anything = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), words, st.text())
values = st.one_of(anything, st.lists(anything, max_size=2), st.dictionaries(words, anything))
identifiers = st.dictionaries(
    st.sampled_from(["anonymous_id", "id", "email", "cio_id", "other"]), values, max_size=2
)
operations = st.fixed_dictionaries(
    {},
    optional={
        "type": st.one_of(st.just("person"), values),
        "action": st.one_of(
            st.sampled_from(["event", "page", "screen", "identify", "viewed_content"]), values
        ),
        "identifiers": st.one_of(identifiers, values),
        "name": values,
        "attributes": st.one_of(
            st.dictionaries(st.sampled_from(["recipient", "anonymous_id", "x"]), values), values
        ),
    },
)
times = st.one_of(values, st.sampled_from(["2024-05-06T07:08:09.876543Z", 1714979289, "soon"]))


@given(operation=operations, timestamp=times)
def test_both_ways_make_the_same_message(operation, timestamp):
    straight = plain_event({**ORDINARY, **operation}, ENVELOPE, timestamp)

    if straight is not None:
        whole = {**ORDINARY, **operation}
        careful = read_message(whole, envelope=ENVELOPE, timestamp=timestamp)
        assert (straight, straight.native) == (careful, careful.native)


@pytest.mark.parametrize("action", ["event", "page", "screen"])
def test_an_ordinary_event_is_made_straight(action):
    straight = plain_event({**ORDINARY, "action": action}, ENVELOPE, None)

    assert isinstance(straight, AnonymousEvent)
    assert straight.data == '{"total":3}'


@pytest.mark.parametrize(
    "unusual",
    [
        {"action": "identify"},
        {"action": ["event"]},
        {"type": "object"},
        {"identifiers": {"anonymous_id": "a1", "id": "u1"}},
        {"identifiers": {"id": "u1"}},
        {"identifiers": {"anonymous_id": "a" * ANONYMOUS_ID_LIMIT}},
        {"identifiers": {"anonymous_id": 7}},
        {"name": "a" * EVENT_NAME_LIMIT},
        {"name": " "},
        {"attributes": {"recipient": "friend@example.com"}},
        {"attributes": {"long": "a" * EVENT_DATA_LIMIT}},
        {"attributes": None},
    ],
)
def test_what_is_unusual_is_left_to_the_careful_way(unusual):
    assert plain_event(ORDINARY | unusual, ENVELOPE, None) is None
