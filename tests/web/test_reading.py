"""The read API over HTTP: who may read, and how identifiers are taken from the path."""

import pytest
from werkzeug.test import Client

from adapter.web.app import create_app
from tests.web.sending import TRACK, Sender

PATHS = [
    "/v1/activities",
    "/v1/customers/u1/activities",
    "/v1/customers/u1/attributes",
    "/v1/events/m1/explain",
    "/v1/anonymous/a1/explain",
    "/v1/customers/u1/explain",
    "/v1/quarantine",
    "/v1/deliveries",
]


@pytest.fixture
def filled(sender):
    sender.send(TRACK)
    sender.send({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "m2"})
    return sender


@pytest.mark.parametrize("path", PATHS)
def test_the_app_key_opens(filled, path):
    assert filled.read(path).status == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no key"),
        pytest.param({"Authorization": "Bearer wrong"}, id="wrong key"),
        pytest.param({"Authorization": "Basic app-key-of-the-tests"}, id="another scheme"),
    ],
)
def test_without_the_app_key_it_is_401(filled, path, headers):
    answer = filled.ask(path, headers=headers)

    assert (answer.status, answer.code) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/customers/nobody/activities",
        "/v1/customers/nobody/attributes",
        "/v1/events/none/explain",
        "/v1/anonymous/none/explain",
        "/v1/customers/nobody/explain",
    ],
)
def test_what_is_not_known_is_404(filled, path):
    assert (filled.read(path).status, filled.read(path).code) == (404, "not_found")


def test_a_bad_parameter_is_400(filled):
    assert filled.read("/v1/activities?limit=1000&view=odd").status == 400


@pytest.mark.parametrize(
    ("written", "identifier"),
    [
        pytest.param("1%2F", "1/", id="slash at the end"),
        pytest.param("a%2Fb", "a/b", id="slash inside"),
        pytest.param("%2Fa", "/a", id="slash at the start"),
        pytest.param("a%252Fb", "a%2Fb", id="decoded once"),
        pytest.param("a+b@c.d", "a+b@c.d", id="plus is a plus"),
        pytest.param("per%20son%2F1+a@b.com", "per son/1+a@b.com", id="blank, slash, plus"),
        pytest.param("d%20%C3%A9", "d é", id="UTF-8"),
        pytest.param("a%2F%2Fb", "a//b", id="two slashes"),
        pytest.param("x%2Factivities", "x/activities", id="the routes own word"),
        pytest.param("%2E%2E", "..", id="dots"),
        pytest.param("a%3Fb%23c", "a?b#c", id="question mark and hash"),
        pytest.param("a%0Ab%0D%0A", "a\nb\r\n", id="line breaks"),
    ],
)
def test_x5_an_identifier_in_a_path_is_recovered(sender, written, identifier):
    sender.send({"type": "identify", "userId": identifier, "messageId": "m1"})

    answer = sender.read(f"/v1/customers/{written}/attributes")

    assert answer.body["customer"]["id"] == identifier


def test_an_identifier_with_a_nul_is_found_as_it_was_sent(sender):
    sender.send({"type": "identify", "userId": "a\0b", "messageId": "m1"})

    assert sender.read("/v1/customers/a%00b/attributes").status == 200


def test_a_persons_devices_are_shown_with_their_attributes(sender):
    sender.send(
        {
            "type": "track",
            "event": "Application Opened",
            "userId": "u1",
            "messageId": "m1",
            "timestamp": "2026-03-01T09:59:59Z",
            "context": {"device": {"token": "t1", "type": "ios"}, "app": {"version": "4.1"}},
            "properties": {"model": "x"},
        }
    )

    answer = sender.read("/v1/customers/u1/attributes")

    assert answer.body["customer"]["devices"] == [
        {
            "id": "t1",
            "platform": "ios",
            "last_used": 1772359199,
            "attributes": {"app_version": "4.1", "model": "x"},
        }
    ]


def test_an_explained_id_may_hold_slashes(sender):
    sender.send(TRACK | {"anonymousId": "a/b", "messageId": "m/1/explain"})

    assert sender.read("/v1/events/m%2F1%2Fexplain/explain").body["event_id"] == "m/1/explain"
    assert sender.read("/v1/anonymous/a%2Fb/explain").body["anonymous_id"] == "a/b"


def test_a_blank_identifier_would_collect_strangers_and_is_400(sender):
    answer = sender.read("/v1/customers/%20/attributes")

    assert (answer.status, answer.code) == (400, "invalid_request")


def test_a_path_that_is_no_utf8_would_join_strangers_and_is_400(services):
    # As a server hands over a%ffb; the test client would replace the byte itself.
    path = {"PATH_INFO": "/v1/customers/a\xffb/attributes"}

    answer = Sender(Client(create_app(services))).read("/", environ_overrides=path)

    assert (answer.status, answer.code) == (400, "invalid_request")
