"""Customer.io's own Python client, unmodified, against the real server over TLS."""

from datetime import UTC, datetime

import pytest
import requests
from customerio import CustomerIO, CustomerIOException

from tests.servers import API_KEY, SITE_ID, over_tls

ODD_ID = "per son/1+a@b.com"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = over_tls(tmp_path_factory.mktemp("server"))
    started.create_workspace()
    started.start()
    yield started
    started.stop()


@pytest.fixture
def client(server, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.authority))
    with CustomerIO(SITE_ID, API_KEY, host="127.0.0.1", port=server.port) as made:
        yield made


def person(server, identifier):
    return server.get(f"/v1/customers/{requests.utils.quote(identifier, safe='')}/attributes")[
        "customer"
    ]


def test_every_call_of_the_client_is_taken_once(client, server):
    before = server.answers()
    client.track_anonymous("anon-1", "viewed", {"page": "/pricing"}, id="e-1")
    client.identify(ODD_ID, email="p@example.com", anonymous_id="anon-1", plan="pro")
    client.track(ODD_ID, "bought", {"x": 1.0}, id="e-2", timestamp=datetime(2026, 3, 1, tzinfo=UTC))
    client.pageview(ODD_ID, "https://example.com/p", referrer="r")
    client.backfill(ODD_ID, "old", 1408482633, a=1)
    client.track_anonymous("", "invite", {"recipient": "friend@example.com"}, id="e-3")
    client.add_device(ODD_ID, "tok/1", "ios", last_used=1, flavour="b")
    client.delete_device(ODD_ID, "tok/1")
    client.identify("2", plan="basic", city="Oslo")
    client.merge_customers("id", ODD_ID, "id", "2")
    client.identify("3", plan="basic")
    client.delete("3")
    client.identify("4", email="gone@example.com")
    client.suppress("4")
    client.identify("4", plan="back")
    client.unsuppress("4")
    client.batch(
        [
            {
                "type": "person",
                "action": "event",
                "identifiers": {"anonymous_id": "anon-2"},
                "name": "viewed",
                "id": "e-4",
            },
            {
                "type": "person",
                "action": "identify",
                "identifiers": {"id": "5"},
                "attributes": {"anonymous_id": "anon-2"},
            },
        ]
    )

    made = server.answers() - before
    assert made == {("track_v1", 200): 16, ("track_v2", 200): 1}
    reasons = {line["event_id"]: line["reason"] for line in server.activities()}
    assert {name: reasons[name] for name in ("e-1", "e-2", "e-3", "e-4")} == {
        "e-1": "merged", "e-2": "identified", "e-3": "invite", "e-4": "merged",
    }  # fmt: skip
    assert person(server, ODD_ID)["attributes"]["city"] == "Oslo"
    names = [line["name"] for line in server.activities(customer_id=ODD_ID, type="page")]
    assert names == ["https://example.com/p"]
    for nobody in ("3", "4"):
        with pytest.raises(AssertionError, match="not_found"):
            person(server, nobody)


def test_what_the_client_sends_wrong_it_is_told(client):
    with pytest.raises(CustomerIOException, match=r"400.*event name cannot be blank"):
        client.track("5", " ")


def test_a_wrong_key_is_refused(client):
    client.http.auth = (SITE_ID, "wrong")

    with pytest.raises(CustomerIOException, match=r"401.*Unauthorized request"):
        client.identify("5")
