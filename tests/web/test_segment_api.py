"""Segment's HTTP Tracking API, when all is well (contracts 2)."""

import base64
import gzip
import json
from dataclasses import replace

import pytest

from adapter.clock import iso
from adapter.jsonvalue import dumps
from tests.build import at
from tests.web.sending import SITE_ID

KEY = "write-default"
SUCCESS = {"success": True}
TRACK = {"event": "Order", "anonymousId": "a1", "messageId": "m1"}
CALLS = {
    "identify": {"userId": "u1", "anonymousId": "a1", "traits": {"plan": "pro"}},
    "track": {"event": "Order", "anonymousId": "a1"},
    "page": {"anonymousId": "a1", "properties": {"url": "https://example.com/"}},
    "screen": {"anonymousId": "a1", "name": "Home"},
    "group": {"userId": "u1", "groupId": "g1"},
    "alias": {"userId": "u1", "previousId": "u0"},
}


def basic(text):
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


AUTH = basic(f"{KEY}:")


@pytest.fixture
def post(sender):
    def post(path, payload, **headers):
        body = payload if isinstance(payload, bytes) else dumps(payload).encode()
        return sender.ask(path, method="POST", data=body, headers={**AUTH, **headers})

    return post


@pytest.fixture
def lines(sender):
    def lines(**params):
        query = "&".join(f"{name}={value}" for name, value in params.items())
        return sender.read(f"/v1/activities?{query}").body["activities"]

    return lines


@pytest.fixture
def story(sender):
    def story(message_id):
        return sender.read(f"/v1/events/{message_id}/explain").body

    return story


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("short", [False, True], ids=["long", "short"])
def test_each_call_is_answered_with_exactly_200(post, services, kind, short):
    answer = post(f"/v1/{kind[0] if short else kind}", {**CALLS[kind], "messageId": "m1"})

    assert (answer.status, answer.body) == (200, SUCCESS)
    (key,) = [services.store.find_key(1, "m1")]
    assert key is not None


def test_the_endpoint_decides_the_type(post, lines):
    post("/v1/track", TRACK | {"type": "page"})

    assert [line["type"] for line in lines()] == ["event"]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
def test_a_batch_is_taken_in_in_its_order(post, lines, path):
    batch = [
        {"type": kind, "messageId": kind, **call}
        for kind, call in CALLS.items()
        if kind in {"track", "page", "screen"}
    ]

    assert post(path, {"batch": batch}).body == SUCCESS
    assert [line["event_id"] for line in lines()][::-1] == ["track", "page", "screen"]


@pytest.mark.parametrize(
    ("headers", "path", "payload"),
    [
        pytest.param(basic(KEY), "/v1/t", TRACK, id="basic without the colon"),
        pytest.param(AUTH, "/v1/t", TRACK | {"writeKey": KEY}, id="basic and body"),
        pytest.param({}, "/v1/t", TRACK | {"writeKey": KEY}, id="body"),
        pytest.param({}, "/v1/b", {"batch": [], "writeKey": KEY}, id="batch"),
        pytest.param({}, "/v1/b", {"batch": [{"writeKey": KEY}]}, id="first item"),
        pytest.param({}, f"/v1/t?writeKey={KEY}", TRACK, id="query"),
        pytest.param(
            {"Authorization": "Bearer x"}, "/v1/t", TRACK | {"writeKey": KEY}, id="bearer and body"
        ),
        pytest.param(basic(":"), "/v1/t", TRACK | {"writeKey": KEY}, id="an empty user and body"),
        pytest.param(basic(f"{SITE_ID}:"), "/v1/t", TRACK, id="the public site id"),
    ],
)
def test_the_write_key_is_found_wherever_a_client_puts_it(sender, headers, path, payload):
    answer = sender.ask(path, method="POST", data=dumps(payload), headers=headers)

    assert (answer.status, answer.body) == (200, SUCCESS)


@pytest.mark.parametrize(
    ("headers", "path", "payload"),
    [
        pytest.param({}, "/v1/t", TRACK, id="none"),
        pytest.param(basic("wrong:"), "/v1/t", TRACK, id="unknown"),
        pytest.param(AUTH, "/v1/t", TRACK | {"writeKey": "other"}, id="header and body disagree"),
        pytest.param(AUTH, "/v1/t?writeKey=other", TRACK, id="header and query disagree"),
        pytest.param(
            {}, "/v1/b", {"writeKey": KEY, "batch": [{"writeKey": SITE_ID}]}, id="body and item"
        ),
        pytest.param({"Authorization": "Bearer x"}, "/v1/t", TRACK, id="bearer alone"),
        pytest.param({}, "/v1/t", TRACK | {"writeKey": 5}, id="no text"),
    ],
)
def test_without_one_write_key_it_is_401_with_code_and_message(sender, headers, path, payload):
    answer = sender.ask(path, method="POST", data=dumps(payload), headers=headers)

    assert (answer.status, answer.code) == (401, "unauthorized")
    assert answer.body["message"]


def test_the_write_key_is_not_kept(post, services):
    post("/v1/t", TRACK | {"writeKey": KEY, "properties": 5})

    (row,) = services.store.quarantine(1, after=0)
    assert KEY not in row.raw


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json", "application/x-www-form-urlencoded", ""]
)
def test_x6_the_content_type_does_not_matter(post, content_type):
    assert post("/v1/t", TRACK, **{"Content-Type": content_type}).body == SUCCESS


def test_x6_a_form_is_read_if_it_is_one(post, story):
    form = b"event=Order&anonymousId=a1&messageId=m1&properties[plan][name]=pro%20x"

    answer = post("/v1/t", form, **{"Content-Type": "application/x-www-form-urlencoded"})

    assert answer.body == SUCCESS
    assert story("m1")["reason"] == "awaiting_identify"


def test_x7_a_gzipped_body_is_inflated(post, lines):
    body = gzip.compress(dumps(TRACK).encode())

    assert post("/v1/t", body, **{"Content-Encoding": "gzip"}).body == SUCCESS
    assert len(lines()) == 1


def test_l1_a_repeat_is_a_success_and_stored_once(post, lines):
    for _ in range(2):
        assert post("/v1/t", TRACK).body == SUCCESS

    assert len(lines()) == 1


def test_a_message_id_is_assigned_where_there_is_none(post, lines):
    post("/v1/t", {"event": "Order", "anonymousId": "a1", "messageId": ""})

    (line,) = lines()
    assert len(line["event_id"]) == 36


def test_what_a_batch_says_for_all_goes_under_what_a_call_says(post, services):
    batch = {
        "batch": [{**TRACK, "type": "track", "context": {"ip": "1.1.1.1"}, "properties": 5}],
        "context": {"ip": "2.2.2.2", "locale": "en"},
        "integrations": {"All": True},
    }
    post("/v1/batch", batch)

    (row,) = services.store.quarantine(1, after=0)
    record = json.loads(row.raw)
    assert record["context"] == {"ip": "1.1.1.1", "locale": "en"}
    assert record["integrations"] == {"All": True}


@pytest.mark.parametrize(
    ("integrations", "type_"),
    [
        ({"Anonymous Events Adapter": False}, "ignored"),
        ({"Anonymous Events Adapter": True}, "event"),
        ({"All": False}, "event"),
        ({"Anonymous Events Adapter": {"x": 1}}, "event"),
        (None, "event"),
    ],
)
def test_l4_integrations_switch_it_off_by_name_only(post, lines, integrations, type_):
    post("/v1/t", TRACK | {"integrations": integrations})

    assert [line["type"] for line in lines()] == [type_]


def at_(**ago):
    return iso(at(**ago))


@pytest.mark.parametrize(
    ("times", "expected", "note"),
    [
        pytest.param({}, at(), None, id="no time"),
        pytest.param({"timestamp": at_(hours=-1)}, at(hours=-1), None, id="no sentAt"),
        pytest.param(
            {"timestamp": at_(hours=9), "sentAt": at_(hours=10)}, at(hours=-1), None,
            id="a fast clock",
        ),
        pytest.param(
            {"originalTimestamp": at_(hours=9), "sentAt": at_(hours=10)}, at(hours=-1), None,
            id="no timestamp but an original one",
        ),
        pytest.param(
            {"timestamp": at_(hours=10), "sentAt": at_(hours=9)}, at(), None,
            id="never into the future",
        ),
        pytest.param(
            {"timestamp": at_(days=-40), "sentAt": at_(days=-31)}, at(days=-40), "sent_at_ignored",
            id="a clock that is 31 days off",
        ),
        pytest.param(
            {"timestamp": at_(hours=-1), "sentAt": "soon"}, at(hours=-1), "sent_at_ignored",
            id="no readable sentAt",
        ),
        pytest.param(
            {
                "timestamp": at_(hours=-1), "originalTimestamp": at_(hours=-2),
                "sentAt": at_(hours=-1, minutes=-30), "receivedAt": at_(minutes=-30),
            },
            at(hours=-1), None, id="corrected before",
        ),
        pytest.param({"timestamp": "soon"}, at(), "timestamp_unreadable", id="no time at all"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("batched", [False, True], ids=["single", "batch"])
def test_t3_a_time_is_freed_of_its_senders_clock_error(
    post, story, lines, times, expected, note, batched
):
    if batched:
        shared = {"sentAt": times["sentAt"]} if "sentAt" in times else {}
        own = {name: value for name, value in times.items() if name != "sentAt"}
        post("/v1/b", {"batch": [{**TRACK, "type": "track", **own}], **shared})
    else:
        post("/v1/t", TRACK | times)

    (line,) = lines()
    assert line["timestamp"] == expected // 1_000_000
    assert (note is None) or note in [reason["reason"] for reason in story("m1")["reasons"]]


def test_the_clients_own_metrics_are_taken_and_discarded(sender, lines):
    answer = sender.ask("/v1/m", method="POST", data=b'{"series":[]}')

    assert (answer.status, answer.body, lines()) == (200, SUCCESS, [])


@pytest.mark.parametrize("key", [KEY, SITE_ID])
def test_analytics_js_is_told_to_send_here(sender, key):
    answer = sender.ask(f"/v1/projects/{key}/settings", headers={"Host": "events.example.com"})

    assert answer.body["integrations"]["Segment.io"] == {
        "apiKey": key, "apiHost": "events.example.com/v1", "protocol": "http",
    }  # fmt: skip


def test_analytics_js_is_told_to_send_by_https_behind_a_proxy_that_speaks_it(sender):
    answer = sender.ask(f"/v1/projects/{KEY}/settings", headers={"X-Forwarded-Proto": "https"})

    assert answer.body["integrations"]["Segment.io"]["protocol"] == "https"


def test_a_project_that_is_not_there_is_404(sender):
    answer = sender.ask("/v1/projects/nobody/settings")

    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    "path", ["/v1/track", "/v1/t", "/v1/b", "/v1/m", "/v1/projects/x/settings"]
)
def test_a_preflight_needs_no_key(sender, path):
    answer = sender.ask(path, method="OPTIONS")

    assert answer.status == 200
    assert "x-strict-mode" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    "call",
    [
        pytest.param({"type": "track", "event": "User Deleted", "userId": "u1"}, id="delete"),
        pytest.param({"type": "track", "event": "User Suppressed", "userId": "u1"}, id="suppress"),
        pytest.param({"type": "alias", "userId": "u1", "previousId": "u0"}, id="merge"),
        pytest.param({"type": "group", "userId": "u1", "groupId": "g1"}, id="group"),
        pytest.param(
            {"type": "track", "event": "Object Deleted", "properties": {"objectId": "g1"}},
            id="delete an object",
        ),
    ],
)
def test_a_public_site_id_may_do_public_things_only(sender, lines, services, call):
    kind = call["type"]
    alone = sender.ask(f"/v1/{kind}", method="POST", data=dumps(call), headers=basic(f"{SITE_ID}:"))
    batch = {"batch": [call, {"type": "track", **TRACK}], "writeKey": SITE_ID}
    among = sender.ask("/v1/batch", method="POST", data=dumps(batch))

    assert (alone.status, alone.code) == (403, "not_public")
    assert (among.status, among.body) == (200, SUCCESS)
    assert [line["type"] for line in lines()].count("event") == 1
    reasons = {(row.reason, row.refused) for row in services.store.quarantine(1, after=0)}
    assert reasons == {("not_public", True)}


def test_a_public_site_id_may_identify(sender, lines):
    for kind in ("track", "identify"):
        payload = {**CALLS[kind], "writeKey": SITE_ID, "messageId": kind}
        assert sender.ask(f"/v1/{kind}", method="POST", data=dumps(payload)).body == SUCCESS

    assert lines(type="anon_merge")[0]["data"]["count"] == 1


def test_a_request_counts_for_the_source_of_its_key(post, services):
    other = replace(services.store.sources()[0], slug="other", write_key="other", id=0)
    services.store.create_source(other)

    post("/v1/t", TRACK, Authorization=basic("other:")["Authorization"])

    assert {row.source_id for row in services.store.ledger(1)} == {2}
