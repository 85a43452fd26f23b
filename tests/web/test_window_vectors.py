"""The vectors of contracts 6.2, 6.6.4 and 6.7 through the HTTP door, on SQLite and PostgreSQL."""

from dataclasses import replace

import pytest

from adapter.bootstrap import build_services
from adapter.clock import ManualClock, iso
from adapter.services.credentials import hash_of
from adapter.settings import Settings
from tests.build import at, source, workspace
from tests.web.conftest import MAPPINGS
from tests.web.sending import APP_KEY, Sender
from tests.web.serving import client_to

# The identify is received at T0: (event received, event occurred, reason, trigger).
VECTORS = [
    pytest.param(at(days=-30, seconds=1), None, "merged", None, id="29 d 23:59:59 before"),
    pytest.param(at(days=-30), None, "expired", None, id="exactly 30 d before"),
    pytest.param(at(days=-30, seconds=-1), None, "expired", None, id="30 d 00:00:01 before"),
    pytest.param(
        at(seconds=-1), at(days=-10), "merged", "older_than_trigger_window", id="1 s before"
    ),
    pytest.param(at(), at(), "merged", "may_trigger", id="at the same instant"),
    pytest.param(at(seconds=299.999), at(), "merged_in_window", "may_trigger", id="299.999 s"),
    pytest.param(at(seconds=300), at(), "merged_in_window", "may_trigger", id="300.000 s"),
    pytest.param(at(seconds=300.001), at(seconds=-1), "window_closed", None, id="300.001 s"),
    pytest.param(at(seconds=200), at(hours=-71), "merged_in_window", "may_trigger", id="71 h old"),
    pytest.param(
        at(seconds=200),
        at(hours=-73),
        "merged_in_window",
        "older_than_trigger_window",
        id="73 h old",
    ),
]


@pytest.fixture
def clock():
    return ManualClock(at())


@pytest.fixture
def sender(sql_store, clock, closing_later):
    sql_store.create_workspace(replace(workspace(), app_key_hash=hash_of(APP_KEY)), source())
    services = build_services(settings=Settings(), store=sql_store, clock=clock, mappings=MAPPINGS)
    return Sender(client_to(closing_later(services)))


@pytest.mark.parametrize(("received_at", "occurred_at", "reason", "trigger"), VECTORS)
def test_m2_m3_m4_r1_c2_an_event_comes_out_as_the_vector_says(
    sender, clock, received_at, occurred_at, reason, trigger
):
    event = {"type": "track", "event": "Viewed", "anonymousId": "a", "messageId": "e"}
    if occurred_at is not None:
        event["timestamp"] = iso(occurred_at)
    identify = {"type": "identify", "userId": "p@example.com", "anonymousId": "a"}
    moments = [(received_at, event), (at(), identify)]

    for moment, payload in sorted(moments, key=lambda pair: pair[0]):
        clock.set(moment)
        assert sender.send(payload).status == 200

    clock.set(max(at(), received_at))
    story = sender.read("/v1/events/e/explain").body
    told = story["trigger"] and story["trigger"]["reason"]
    assert story["reason"] == reason
    assert trigger is None or told == trigger
