"""Paths by the raw target: parted before they are decoded, and each part decoded once (X5, 3.3)."""

import pytest

from adapter.web.door import Door, Route, Sent, work_on
from adapter.web.replies import Reply, segment_shape
from adapter.web.routing import Routing


def told(name):
    return lambda _services, request: Reply(200, {"route": name, **request.params})


CUSTOMER = "/c/{identifier}"
DOOR = Door(
    name="tested",
    routes=(
        Route(("PUT", "DELETE"), CUSTOMER, told("customer")),
        Route(("POST",), f"{CUSTOMER}/events", told("events")),
        Route(("DELETE",), f"{CUSTOMER}/devices/{{token}}", told("device")),
        Route(("DELETE",), "/c/{identifier...}", told("rest")),
        Route(("GET",), "/c/region", told("region")),
    ),
    prefixes=("/c/",),
    shape=segment_shape,
    body_limit=lambda _: 100,
)
BROWSER = Door(
    name="browser",
    routes=(Route(("POST",), "/b", told("b")),),
    shape=segment_shape,
    body_limit=lambda _: 100,
    browsers=True,
)
ROUTING = Routing([DOOR, BROWSER])


@pytest.fixture
def ask(services):
    def ask(method, path):
        entry = ROUTING.find(method, path)
        if entry is None:
            return None
        work = work_on(services, entry, Sent(method, path, "", {}, b""))
        with pytest.raises(StopIteration) as done:
            next(work)
        return done.value.value

    return ask


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("PUT", "/c/1%2F", {"route": "customer", "identifier": "1/"}),
        ("POST", "/c/a%2Fb/events", {"route": "events", "identifier": "a/b"}),
        ("PUT", "/c/a%252Fb", {"route": "customer", "identifier": "a%2Fb"}),
        ("PUT", "/c/a+b@c.d", {"route": "customer", "identifier": "a+b@c.d"}),
        ("PUT", "/c/%20", {"route": "customer", "identifier": " "}),
        ("PUT", "/c/%C3%A9", {"route": "customer", "identifier": "é"}),
        ("PUT", "/c/\xc3\xa9", {"route": "customer", "identifier": "é"}),
        ("DELETE", "/c/5/devices/2%20", {"route": "device", "identifier": "5", "token": "2 "}),
        ("DELETE", "/c/5", {"route": "customer", "identifier": "5"}),
        ("DELETE", "/c/u/1", {"route": "rest", "identifier": "u/1"}),
        ("DELETE", "/c/5/", {"route": "rest", "identifier": "5/"}),
        ("GET", "/c/region", {"route": "region"}),
        ("HEAD", "/c/region", {"route": "region"}),
    ],
)
def test_x5_an_identifier_is_taken_from_the_raw_path(ask, method, path, expected):
    assert ask(method, path).body == expected


@pytest.mark.parametrize(
    "path", ["/c/", "/c/u/1", "/c//", "/c//events", "/c/5//events", "/c/5/devices/", "/c/%2F/x/y"]
)
def test_what_fits_no_pattern_is_404_in_the_doors_shape(ask, path):
    reply = ask("PUT", path)

    assert (reply.status, reply.body["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/", "/c", "", "*", "/b/", "/other"])
def test_what_is_no_doors_is_left_to_flask(ask, path):
    assert ask("PUT", path) is None


def test_bytes_that_are_no_text_are_400(ask):
    reply = ask("PUT", "/c/%ff")

    assert (reply.status, reply.body["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/c/5", {"PUT", "DELETE"}),
        ("DELETE", "/c/5/events", {"POST"}),
        ("OPTIONS", "/c/5", {"PUT", "DELETE"}),
        ("POST", "/c/region", {"GET", "HEAD"}),
        ("BREW", "/b", {"POST", "OPTIONS"}),
    ],
)
def test_a_wrong_method_is_405_with_allow(ask, method, path, allowed):
    reply = ask(method, path)

    assert (reply.status, reply.body["code"]) == (405, "method_not_allowed")
    assert set(reply.headers["Allow"].split(", ")) == allowed


def test_a_preflight_is_answered_where_browsers_may_come(ask):
    reply = ask("OPTIONS", "/b")

    assert reply.status == 200
    assert "x-retry-count" in reply.headers["Access-Control-Allow-Headers"]
