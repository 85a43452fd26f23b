"""Deliveries as requests: webhooks signed, native operations batched, answers told apart."""

from base64 import b64encode
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from standardwebhooks import Webhook

from adapter.clock import SECOND, SystemClock
from adapter.jsonvalue import dumps, loads
from adapter.model.deliveries import (
    Delivered,
    Endpoint,
    EndpointKind,
    FromEnvironment,
    GiveUp,
    TryAgain,
)
from adapter.model.reasons import Reason
from adapter.outbound.customerio import BATCH, ENTITY
from adapter.outbound.senders import Senders
from tests.build import T0, delivery
from tests.outbound.conftest import HOME
from tests.receiving import receiver

OLD, NEW = (f"whsec_{b64encode(name * 4).decode()}" for name in (b"old-", b"new-"))
ENVIRON = {"OLD": OLD, "NEW": NEW, "SITE": "site", "KEY": "key", "TOKEN": "t0ken", "BAD": "a"}
REFUSED = GiveUp(Reason.REFUSED_BY_ENDPOINT)


def variable(name):
    return FromEnvironment(name)


def webhook(url, *secrets, **fields):
    given = tuple(map(variable, secrets or ("NEW",)))
    kind = EndpointKind.WEBHOOK
    return Endpoint(name="campaigns/onboarding", kind=kind, url=url, secrets=given, **fields)


def api(url):
    return Endpoint(
        name="destinations/customerio",
        kind=EndpointKind.CUSTOMERIO,
        url=url,
        user=variable("SITE"),
        password=variable("KEY"),
        batch=100,
    )


@pytest.fixture
def senders():
    return Senders(ENVIRON, HOME, 1.0)


def operation(nth, path=ENTITY, **fields):
    return delivery(nth, path=path, body=dumps({"nth": nth}), **fields)


def outcomes(sent):
    return [each.outcome for each in sent]


def test_a_webhook_is_signed_so_that_its_receiver_believes_it(senders):
    given = delivery(body='{"a":"é"}')
    with receiver() as server:
        (sent,) = senders.send(webhook(server.url), [given], SystemClock().now())

    (got,) = server.got
    assert Webhook(NEW).verify(got.body, got.headers) == {"a": "é"}
    assert got.headers["webhook-id"] == given.id
    assert got.headers["content-type"] == "application/json"
    assert (sent.outcome, sent.status) == (Delivered(), 200)


def test_while_a_secret_is_rotated_out_a_receiver_may_know_either(senders):
    with receiver() as server:
        senders.send(webhook(server.url, "NEW", "OLD"), [delivery()], SystemClock().now())

    (got,) = server.got
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(got.body, got.headers)


def test_the_time_signed_is_that_of_the_try(senders):
    with receiver() as server:
        senders.send(webhook(server.url), [delivery()], T0)

    assert server.got[0].headers["webhook-timestamp"] == str(T0 // SECOND)


def test_url_and_headers_may_come_from_the_environment(monkeypatch):
    with receiver() as server:
        senders = Senders({**ENVIRON, "URL": f"{server.url}/hook"}, HOME, 1.0)
        endpoint = webhook(variable("URL"), headers={"X-Token": variable("TOKEN"), "X-Team": "a"})
        senders.send(endpoint, [delivery()], T0)

    (got,) = server.got
    assert (got.path, got.headers["x-token"], got.headers["x-team"]) == ("/hook", "t0ken", "a")


@pytest.mark.parametrize(
    ("secrets", "missing"),
    [
        (("NEW",), []),
        (("NEW", "GONE"), ["GONE"]),
        (("BAD",), ["BAD (must be base64, with or without whsec_ before it)"]),
    ],
)
def test_what_an_endpoint_lacks_is_named_and_never_shown(senders, secrets, missing):
    assert senders.lacks(webhook("http://x", *secrets)) == missing


def test_an_endpoint_that_changes_is_spoken_to_as_it_is_now(senders):
    with receiver() as first, receiver() as second:
        senders.send(webhook(first.url), [delivery(1)], T0)
        senders.send(webhook(second.url), [delivery(2)], T0)

    assert (len(first.got), len(second.got)) == (1, 1)


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (200, {}, Delivered()),
        (204, {}, Delivered()),
        (302, {"Location": "/"}, TryAgain(Reason.REDIRECTED)),
        (400, {}, TryAgain(Reason.FAILED_STATUS)),
        (401, {}, TryAgain(Reason.FAILED_STATUS)),
        (404, {}, TryAgain(Reason.FAILED_STATUS)),
        (410, {}, GiveUp(Reason.ENDPOINT_GONE)),
        (429, {"Retry-After": "120"}, TryAgain(Reason.FAILED_STATUS, 120 * SECOND)),
        (500, {}, TryAgain(Reason.FAILED_STATUS)),
        (503, {"Retry-After": "soon"}, TryAgain(Reason.FAILED_STATUS)),
        (503, {"Retry-After": "-5"}, TryAgain(Reason.FAILED_STATUS)),
    ],
)
def test_a_webhooks_status_says_what_comes_next(senders, status, headers, outcome):
    with receiver(lambda _: (status, headers, b"")) as server:
        (sent,) = senders.send(webhook(server.url), [delivery()], T0)

    assert (sent.outcome, sent.status) == (outcome, status)


def test_retry_after_may_be_a_date(senders):
    later = format_datetime(datetime.fromtimestamp(T0 // SECOND + 90, UTC), usegmt=True)
    with receiver(lambda _: (503, {"Retry-After": later}, b"")) as server:
        (sent,) = senders.send(webhook(server.url), [delivery()], T0)

    assert sent.outcome == TryAgain(Reason.FAILED_STATUS, 90 * SECOND)


def test_nobody_there_is_tried_again(senders):
    with receiver() as server:
        url = server.url

    (sent,) = senders.send(webhook(url), [delivery()], T0)

    assert (sent.outcome, sent.status) == (TryAgain(Reason.NOT_CONNECTED), None)


def test_a_private_address_is_given_up():
    with receiver() as server:
        senders = Senders(ENVIRON, type(HOME)(), 1.0)
        (sent,) = senders.send(webhook(server.url), [delivery()], T0)

    assert sent.outcome == GiveUp(Reason.ADDRESS_NOT_ALLOWED)


def test_one_operation_goes_alone_and_several_in_a_batch(senders):
    with receiver(lambda _: (200, {}, b"{}")) as server:
        senders.send(api(server.url), [operation(1)], T0)
        sent = senders.send(api(f"{server.url}/"), [operation(2), operation(3)], T0)

    assert [(got.path, loads(got.body)) for got in server.got] == [
        (ENTITY, {"nth": 1}),
        (BATCH, {"batch": [{"nth": 2}, {"nth": 3}]}),
    ]
    assert server.got[0].headers["authorization"] == f"Basic {b64encode(b'site:key').decode()}"
    assert outcomes(sent) == [Delivered()] * 2


def test_what_belongs_elsewhere_goes_alone_and_in_its_place(senders):
    metrics = "/api/v1/metrics"
    given = [operation(1), operation(2), operation(3, metrics), operation(4)]
    with receiver(lambda _: (200, {}, b"{}")) as server:
        senders.send(api(server.url), given, T0)

    assert [got.path for got in server.got] == [BATCH, metrics, ENTITY]


def test_a_batch_stays_below_the_size_that_is_taken(senders):
    large = [delivery(nth, path=ENTITY, body=dumps("x" * 30_000)) for nth in range(40)]
    with receiver(lambda _: (200, {}, b"{}")) as server:
        senders.send(api(server.url), large, T0)

    assert len(server.got) == 3
    assert max(len(got.body) for got in server.got) <= 500_000


@pytest.mark.parametrize("status", [200, 207])
def test_items_that_are_refused_are_given_up_and_their_neighbours_delivered(senders, status):
    errors = [{"batch_index": 1, "reason": "invalid", "field": "name", "message": "no"}]
    body = dumps({"errors": errors}).encode()
    with receiver(lambda _: (status, {}, body)) as server:
        sent = senders.send(api(server.url), [operation(n) for n in (1, 2, 3)], T0)

    assert outcomes(sent) == [Delivered(), REFUSED, Delivered()]
    assert loads(sent[1].excerpt) == errors[0]


def test_a_207_that_cannot_be_read_is_tried_again(senders):
    with receiver(lambda _: (207, {}, b"<html>")) as server:
        sent = senders.send(api(server.url), [operation(1), operation(2)], T0)

    assert outcomes(sent) == [TryAgain(Reason.FAILED_STATUS)] * 2


def test_of_a_batch_that_is_refused_whole_only_the_item_at_fault_is_given_up(senders):
    def answer(got):
        return (400 if b'"nth":3' in got.body else 200), {}, b"{}"

    with receiver(answer) as server:
        sent = senders.send(api(server.url), [operation(n) for n in range(1, 6)], T0)

    assert outcomes(sent) == [Delivered(), Delivered(), REFUSED, Delivered(), Delivered()]
    delivered = [n for got in server.got if got.path == ENTITY for n in [loads(got.body)["nth"]]]
    assert delivered.count(3) == 1


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_after_a_failure_that_may_pass_nothing_more_is_sent(senders, status):
    given = [operation(1), operation(2, "/api/v1/metrics"), operation(3)]
    with receiver(lambda _: (status, {"Retry-After": "7"}, b"")) as server:
        sent = senders.send(api(server.url), given, T0)

    assert len(server.got) == 1
    assert outcomes(sent) == [TryAgain(Reason.FAILED_STATUS, 7 * SECOND)] * 3
