"""Images: always a GIF, whatever comes of it (contracts 2.1, 5.3)."""

import base64
from dataclasses import replace
from urllib.parse import quote, urlencode

import pytest
import structlog

from adapter.clock import BEGINNING
from adapter.errors import StoreBusy
from adapter.jsonvalue import dumps
from adapter.ports import ActivityQuery
from tests.web.sending import SITE_ID as SITE
from tests.web.serving import client_to

KEY = "write-default"
CALL = {"event": "Opened", "anonymousId": "a1", "messageId": "m1", "writeKey": KEY}


@pytest.fixture(params=["hot path", "through Flask"])
def see(request, services):
    """Gives what a browser gets that loads an image."""
    client = client_to(services, hot_path=request.param == "hot path")

    def see(target, **options):
        answer = client.open(target, **options)
        assert (answer.status_code, answer.content_type) == (200, "image/gif")
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.data

    return see


@pytest.fixture
def stored(services):
    def stored():
        return [
            (row.type, row.name, row.anonymous_id)
            for row in services.store.activities(everything())
            if row.type in {"event", "page", "screen"}
        ]

    return stored


def everything():
    return ActivityQuery(workspace_id=1, alive_after=BEGINNING)


def data_of(call, encode=base64.urlsafe_b64encode, strip=True):
    text = encode(dumps(call).encode()).decode()
    return text.rstrip("=") if strip else text


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(f"data={data_of(CALL)}", id="base64url without padding"),
        pytest.param(f"data={quote(data_of(CALL, base64.b64encode, False))}", id="base64"),
        pytest.param(f"data={data_of(CALL | {'x': '???>>'}, base64.b64encode)}", id="bare plus"),
        pytest.param(urlencode(CALL), id="dotted query"),
    ],
)
def test_a_pixel_brings_a_call(see, stored, query):
    assert see(f"/v1/pixel/track?{query}").startswith(b"GIF89a")
    assert stored() == [("event", "Opened", "a1")]


def test_a_dotted_query_leads_into_objects(see, stored):
    query = {"anonymousId": "a1", "properties.url": "https://example.com/", "writeKey": KEY}

    see(f"/v1/pixel/page?{urlencode(query)}")

    assert stored() == [("page", "https://example.com/", "a1")]


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/v1/pixel/track", "unauthorized"),
        ("/v1/pixel/track?data=***", "invalid_request"),
        (f"/v1/pixel/track?data={data_of([1])}", "unauthorized"),
        ("/v1/pixel/track?data=e30&writeKey=wrong", "unauthorized"),
        ("/v1/pixel/made_up", "not_found"),
        ("/events/page.gif", "unauthorized"),
        (f"/events/page.png?site_id={SITE}", "not_found"),
        ("/events/", "not_found"),
        ("/events/page.gif?a=%ff", "invalid_request"),
    ],
)
def test_what_goes_wrong_is_told_to_the_log_alone(see, stored, target, code):
    with structlog.testing.capture_logs() as lines:
        assert see(target).startswith(b"GIF89a")

    assert [line["code"] for line in lines if line["event"] == "request_refused"] == [code]
    assert stored() == []


def test_a_look_at_its_head_takes_nothing_in(see, stored):
    assert see(f"/v1/pixel/track?data={data_of(CALL)}", method="HEAD") == b""
    assert see(f"/events/page.gif?site_id={SITE}&name=x&anonymous_id=a", method="HEAD") == b""
    assert stored() == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param({"anonymous_id": "a1"}, ("page", "/p", "a1"), id="a stranger's"),
        pytest.param({"customer_id": "u1"}, ("page", "/p", None), id="a person's"),
        pytest.param({"customer_id": "", "anonymous_id": "a1"}, ("page", "/p", "a1"), id="blank"),
        pytest.param({"anonymous_id": "a1", "data": '{"x":1}'}, ("page", "/p", "a1"), id="data"),
        pytest.param({"anonymous_id": "a1", "data": "{,"}, ("page", "/p", "a1"), id="odd data"),
        pytest.param({"anonymous_id": "a1", "data.x": "1"}, ("page", "/p", "a1"), id="dotted"),
        pytest.param({"anonymous_id": "a1", "timestamp": "soon"}, ("page", "/p", "a1"), id="time"),
    ],
)
def test_a_gif_of_the_old_snippet_is_an_event(see, stored, query, expected):
    see(f"/events/page.gif?{urlencode({'site_id': SITE, 'name': '/p', **query})}")

    assert stored() == [expected]


def test_l1_a_gif_with_an_id_is_stored_once(see, stored):
    for _ in range(2):
        see(f"/events/event.gif?site_id={SITE}&name=x&anonymous_id=a1&id=e1")

    assert stored() == [("event", "x", "a1")]


def test_a_gif_never_invites(see, services):
    query = {"site_id": SITE, "name": "x", "data": '{"recipient":"a@example.com"}'}

    see(f"/events/event.gif?{urlencode(query)}")

    (row,) = services.store.quarantine(1, after=0)
    assert (row.reason, row.refused) == ("not_public", True)


def test_a_busy_store_is_a_gif_all_the_same(services):
    class Broken:
        def __getattr__(self, name):
            return getattr(services.intake, name)

        def commit(self, *_):
            raise StoreBusy

    client = client_to(replace(services, intake=Broken()), hot_path=False)

    answer = client.get(f"/v1/pixel/track?data={data_of(CALL)}")
    assert (answer.status_code, answer.content_type) == (200, "image/gif")
