"""What is sent, seen in the console, and tried again (L5)."""

import re

import pytest

from adapter.model.deliveries import Delivered, DeliveryState, GiveUp
from adapter.model.reasons import Reason
from adapter.rules.decision import Decision
from tests.build import delivery
from tests.services.sending import Post, RecordingSender

HOSTILE = "<script>alert(1)</script>"
DEAD, SENT = delivery(1), delivery(2)


@pytest.fixture
def post(store):
    """Give an outbox of which the first delivery died and the second arrived."""
    sender = RecordingSender()
    sender.outcome_of = lambda each: (
        GiveUp(Reason.ENDPOINT_GONE) if each.id == DEAD.id else Delivered()
    )
    post = Post(store=store, sender=sender)
    post.put(DEAD, SENT)
    post.deliver.run_once()
    return post


def listed(text):
    return re.findall(r'<tr data-row><td><a href="/deliveries/([^"]+)"', text)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", [SENT.id, DEAD.id]),
        ("?state=dead", [DEAD.id]),
        ("?state=delivered", [SENT.id]),
        ("?state=pending", []),
        ("?endpoint=campaigns/onboarding", [SENT.id, DEAD.id]),
        ("?endpoint=campaigns/other", []),
        ("?event_id=m-2", [SENT.id]),
        ("?customer_id=nobody", []),
    ],
)
def test_deliveries_are_listed_by_state_endpoint_and_event(reader, post, asked, found):
    assert listed(reader.get(f"/deliveries{asked}").text) == found


def test_an_endpoint_has_its_counts_and_a_plot(reader, post):
    text = reader.get("/deliveries").text

    assert 'aria-label="campaigns/onboarding, last 24 hours: 1 delivered, 1 given up."' in text
    assert '<span class="badge" title="No file in force' in text


def test_a_delivery_has_its_body_and_every_try(reader, post):
    text = reader.get(f"/deliveries/{DEAD.id}").text

    assert '<span class="k">&#34;nth&#34;</span>: <span class="n">1</span>' in text
    assert ">give up</span>" in text
    assert "<code>said</code>" in text


def test_a_dead_delivery_is_tried_again_by_who_may_write(writer, reader, post, store):
    assert "/retry" not in reader.get(f"/deliveries/{DEAD.id}").text
    assert "/retry" in writer.get(f"/deliveries/{DEAD.id}").text
    assert reader.post(f"/deliveries/{DEAD.id}/retry").status_code == 403
    assert post.find(1).state is DeliveryState.DEAD

    answer = writer.post(f"/deliveries/{DEAD.id}/retry")

    assert (answer.status_code, answer.location) == (303, f"/deliveries/{DEAD.id}")
    assert "It is due now" in writer.get(answer.location).text
    assert post.find(1).state is DeliveryState.PENDING


def test_one_that_arrived_stays_so(writer, post):
    writer.post(f"/deliveries/{SENT.id}/retry")

    assert post.find(2).state is DeliveryState.DELIVERED


def test_all_dead_ones_of_an_endpoint_are_tried_again(writer, reader, post):
    assert reader.post("/deliveries/retry").status_code == 403
    writer.post("/deliveries/retry", endpoint="campaigns/other")
    assert post.find(1).state is DeliveryState.DEAD

    writer.post("/deliveries/retry", endpoint="campaigns/onboarding")

    assert post.find(1).state is DeliveryState.PENDING


def test_without_the_token_nothing_is_tried(writer, post):
    assert writer.client.post(f"/deliveries/{DEAD.id}/retry").status_code == 403
    assert post.find(1).state is DeliveryState.DEAD


def test_a_wrong_state_is_told(reader):
    answer = reader.get("/deliveries?state=lost")

    assert answer.status_code == 400
    assert 'role="alert">state' in answer.text


@pytest.mark.parametrize("name", ["none", "%00", "%ED%A0%80", HOSTILE])
def test_a_delivery_that_is_not_there_is_not_found(reader, name):
    answer = reader.get(f"/deliveries/{name}")

    assert answer.status_code == 404
    assert HOSTILE not in answer.text


def test_hostile_events_are_shown_as_text(reader, store):
    bad = delivery(3, name=HOSTILE, body='{"a":"<script>alert(1)</script>"}', event_id=HOSTILE)
    store.write(lambda tx: tx.commit(Decision(deliveries=[bad]), ()))

    for path in ("/deliveries", f"/deliveries/{bad.id}"):
        assert HOSTILE not in reader.get(path).text
