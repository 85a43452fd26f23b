"""How much of one endpoint is under way: little at first, nothing for a while once it is down."""

import pytest

from adapter.services.flow import Flow


def fail(flow, now=0.0):
    flow.begin()
    flow.end(now, well=False)


def succeed(flow):
    flow.begin()
    flow.end(0.0, well=True)


def test_an_endpoint_begins_with_one_request_and_doubles_up_to_its_most():
    flow, rooms = Flow(6), []
    for _ in range(5):
        rooms.append(flow.room(0.0))
        succeed(flow)

    assert rooms == [1, 2, 4, 6, 6]


def test_what_is_under_way_takes_room():
    flow = Flow(4)
    for _ in range(2):
        succeed(flow)
    flow.begin()
    flow.begin()

    assert flow.room(0.0) == 2


def test_each_failure_halves_what_may_be_under_way():
    flow = Flow(8)
    for _ in range(3):
        succeed(flow)
    fail(flow)

    assert flow.room(0.0) == 4


def test_after_five_failures_in_a_row_it_is_left_alone_then_tried_with_one():
    flow = Flow(8)
    for _ in range(5):
        fail(flow, now=100.0)

    assert flow.is_open
    assert [flow.room(now) for now in (100.0, 104.9, 105.0)] == [0, 0, 1]


def test_a_success_in_between_begins_the_count_anew():
    flow = Flow(8)
    for _ in range(4):
        fail(flow)
    succeed(flow)
    fail(flow)

    assert flow.room(0.0) > 0


@pytest.mark.parametrize(("failures", "pause"), [(6, 10), (7, 20), (10, 160), (11, 300), (99, 300)])
def test_the_longer_it_is_down_the_less_it_is_tried(failures, pause):
    flow = Flow(8)
    for _ in range(failures):
        fail(flow, now=0.0)

    assert (flow.room(pause - 0.1), flow.room(pause)) == (0, 1)


def test_once_it_is_well_again_it_grows_as_at_first():
    flow = Flow(8)
    for _ in range(7):
        fail(flow)
    succeed(flow)
    flow.begin()
    flow.end(0.0, well=True)

    assert not flow.is_open
    assert flow.room(1_000.0) == 4
