"""Customer.io's Track API v1 over HTTP (contracts 3, 6)."""

import base64
from dataclasses import replace

import pytest

from adapter.rules.decision import Decision
from adapter.services.throttle import Throttle
from tests.build import at, delivery

EVENT = {"name": "Order", "data": {"n": 1}}


def identifiers(sender, identifier, **params):
    answer = sender.read(f"/v1/customers/{identifier}/attributes", query_string=params)
    return None if answer.status == 404 else answer.body["customer"]["identifiers"]


def test_success_is_answered_byte_for_byte(sender):
    headers = {"Authorization": "Basic c2l0ZTprZXk="}
    response = sender.client.open("/api/v1/customers/5", method="PUT", data=b"{}", headers=headers)

    assert (response.status_code, response.data) == (200, b"{}\n")
    assert response.content_type == "application/json; charset=utf-8"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "no-store"


def test_a_visitor_signs_up(sender, clock):
    sender.track("POST", "/api/v1/events", {**EVENT, "anonymous_id": "a1", "id": "m1"})
    clock.set(at(minutes=1))
    sender.track("PUT", "/api/v1/customers/person@example.com", {"anonymous_id": "a1"})
    clock.set(at(minutes=5))
    sender.track("POST", "/api/v1/events", {**EVENT, "anonymous_id": "a1", "id": "m2"})
    clock.set(at(minutes=7))
    sender.track("POST", "/api/v1/events", {**EVENT, "anonymous_id": "a1", "id": "m3"})

    found = {line["event_id"]: line["reason"] for line in sender.log() if line["event_id"]}
    assert found == {"m1": "merged", "m2": "merged_in_window", "m3": "window_closed"}


def test_p3_the_seeds_trap_the_person_in_the_path_gets_the_events(sender):
    sender.track("POST", "/api/v1/events", {**EVENT, "anonymous_id": "abc123", "id": "m1"})

    answer = sender.track(
        "PUT",
        "/api/v1/customers/person@example.com",
        {"email": "user@example.com", "anonymous_id": "abc123", "first_name": "Ann"},
    )

    assert answer.status == 200
    (event,) = sender.log(event_id="m1")
    assert event["customer_identifiers"]["email"] == "person@example.com"
    (failed,) = sender.log(type="failed_attribute_change")
    assert (failed["name"], failed["reason"]) == ("email", "identifier_change_refused")
    assert identifiers(sender, "user@example.com") is None
    attributes = sender.read("/v1/customers/person@example.com/attributes").body
    assert attributes["customer"]["attributes"]["first_name"] == "Ann"


def test_the_seeds_payload_with_its_trailing_comma_is_told_where(sender):
    body = b'{\n  "name": "Order",\n  "anonymous_id": "abc123",\n}'

    answer = sender.track("POST", "/api/v1/events", body)

    assert answer.status == 400
    assert answer.body["meta"]["error"].startswith("malformed JSON")
    assert "line 3 column 27" in answer.body["meta"]["error"]


@pytest.mark.parametrize(
    ("target", "identifier"),
    [
        pytest.param("1%2F", "1/", id="slash at the end"),
        pytest.param("a%2Fb", "a/b", id="slash"),
        pytest.param("a%252Fb", "a%2Fb", id="decoded once"),
        pytest.param("a+b@c.d", "a+b@c.d", id="plus is literal"),
        pytest.param("per%20son%2F1%2Ba%40b.com", "per son/1+a@b.com", id="client in python"),
        pytest.param("a%2Fb%2Bc%40d%20%C3%A9", "a/b+c@d é", id="client in node"),
        pytest.param("%2A", "*", id="star"),
    ],
)
@pytest.mark.parametrize("verb", ["", "/events"])
def test_x5_an_identifier_is_taken_from_the_raw_target(sender, target, identifier, verb):
    method = "POST" if verb else "PUT"

    answer = sender.track(method, f"/api/v1/customers/{target}{verb}", EVENT)

    assert answer.status == 200
    (created,) = sender.log(type="profile_create")
    named = created["customer_identifiers"]
    assert identifier in (named["id"], named["email"])


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        pytest.param("PUT", "/api/v1/", 404, id="what dots become"),
        pytest.param("PUT", "/api/v1/customers/", 404, id="what one dot becomes"),
        pytest.param("PUT", "/api/v1/customers/..", 404, id="dots"),
        pytest.param("DELETE", "/api/v1/customers/.", 404, id="one dot"),
        pytest.param("PUT", "/api/v1/customers/u/1", 404, id="unencoded, and no deletion"),
        pytest.param("POST", "/api/v1/customers/u/1/events", 404, id="unencoded with a verb"),
        pytest.param("DELETE", "/api/v1/customers/u/1/events", 404, id="deleting unencoded, verb"),
        pytest.param("DELETE", "/api/v1/customers/u/suppress", 405, id="a verb is no identifier"),
        pytest.param("PUT", "/api/v1/customers/%20", 400, id="blank"),
        pytest.param("PUT", "/api/v1/customers/%ff", 400, id="no UTF-8"),
        pytest.param("GET", "/api/v1/customers/5", 405, id="wrong method"),
        pytest.param("GET", "/api/v1/nothing", 404, id="nothing there"),
    ],
)
def test_a_target_that_names_nobody_is_refused_in_json(sender, method, target, status):
    answer = sender.track(method, target, {})

    assert answer.status == status
    assert answer.body["meta"]["error"]
    assert sender.log(type="profile_create") == []


def test_a_wrong_method_names_the_right_ones(sender):
    answer = sender.track("GET", "/api/v1/customers/5")

    assert set(answer.headers["Allow"].split(", ")) == {"PUT", "DELETE"}


@pytest.mark.parametrize(
    "credential",
    [
        pytest.param("Basic " + base64.b64encode(b"site:key").decode(), id="standard"),
        pytest.param("basic c2l0ZTprZXk", id="without padding"),
    ],
)
def test_the_site_id_and_api_key_open_the_door(sender, credential):
    answer = sender.track("GET", "/auth", headers={"Authorization": credential})

    assert (answer.status, answer.body) == (200, {"meta": {"message": "nice credentials."}})


@pytest.mark.parametrize(
    "credential",
    [
        pytest.param(None, id="none"),
        pytest.param("Basic " + base64.b64encode(b"site:").decode(), id="site id alone"),
        pytest.param("Basic " + base64.b64encode(b"site").decode(), id="no colon"),
        pytest.param("Basic " + base64.b64encode(b"site:wrong").decode(), id="wrong key"),
        pytest.param("Basic " + base64.b64encode(b"other:key").decode(), id="unknown site id"),
        pytest.param("Bearer key", id="bearer"),
        pytest.param("Basic ???", id="no base64"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/auth"), ("GET", "/api/v1/accounts/region"), ("PUT", "/api/v1/customers/5"),
        ("POST", "/api/v1/events"), ("POST", "/api/v1/forms/1/submit"),
        ("POST", "/api/v1/segments/1/add_customers"),
    ],
)  # fmt: skip
def test_without_both_it_is_401_and_nothing_is_kept(sender, credential, method, path):
    answer = sender.track(method, path, {"name": "x"}, headers={"Authorization": credential})

    assert (answer.status, answer.body) == (401, {"meta": {"error": "Unauthorized request"}})
    assert sender.read("/v1/quarantine").body["quarantine"] == []


def test_the_region_is_here(sender):
    answer = sender.track("GET", "/api/v1/accounts/region", headers={"Host": "adapter.example.com"})

    assert answer.body == {"url": "adapter.example.com", "region": "us", "environment_id": 1}


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("/api/v1/metrics", {"delivery_id": "d1", "metric": "opened"}),
        ("/api/v1/push/events", {"delivery_id": "d1", "event": "opened", "device_id": "t"}),
        ("/push/events", {"delivery_id": "d1", "event": "opened", "device_id": "t"}),
        ("/unsubscribe/d1", {"unsubscribe": True}),
    ],
)
def test_a_strangers_report_is_answered_and_counted_and_writes_nothing(
    sender, services, path, payload
):
    answer = sender.track("POST", path, payload, headers={"Authorization": None})

    assert answer.status == 200
    assert sender.log() == []
    assert services.store.ledger(1) == []
    assert b"adapter_reports_of_strangers_total 1.0" in services.metrics.exposition()


@pytest.mark.parametrize(
    ("path", "payload", "types"),
    [
        pytest.param(
            "/api/v1/metrics", {"delivery_id": "d1", "metric": "clicked", "href": "/"},
            {"delivery_report"}, id="metric",
        ),
        pytest.param(
            "/api/v1/push/events", {"delivery_id": "d1", "event": "opened", "device_id": "t"},
            {"delivery_report"}, id="push",
        ),
        pytest.param(
            "/push/events", {"delivery_id": "d1", "event": "opened", "device_id": "t"},
            {"delivery_report"}, id="push without prefix",
        ),
        pytest.param("/unsubscribe/d1", {"unsubscribe": True}, {"unsubscribe"}, id="unsubscribe"),
        pytest.param(
            "/api/v1/forms/7/submit", {"data": {"email": "p@example.com", "n": 1}},
            {"profile_create", "form_submit"}, id="form",
        ),
        pytest.param(
            "/api/v1/segments/7/add_customers", {"ids": ["1"]},
            {"profile_create", "segment_change"}, id="joining a segment",
        ),
        pytest.param(
            "/api/v1/segments/7/remove_customers?id_type=email", {"ids": ["p@example.com"]},
            {"ignored"}, id="leaving a segment, unknown",
        ),
    ],
)  # fmt: skip
def test_a_report_with_the_credential_is_an_activity(sender, path, payload, types):
    answer = sender.track("POST", path, payload)

    assert (answer.status, answer.body) == (200, {})
    assert {line["type"] for line in sender.log()} == types


def test_a_stranger_reports_on_a_delivery_of_ours_once_and_in_no_words(sender, services):
    ours = delivery()
    services.store.write(lambda tx: tx.commit(Decision(deliveries=[ours]), ()))
    report = {"delivery_id": ours.id, "metric": "opened", "reason": "words"}

    for at_second in range(3):
        answer = sender.track(
            "POST",
            "/api/v1/metrics",
            {**report, "timestamp": 1700000000 + at_second},
            headers={"Authorization": None},
        )
        assert answer.status == 200

    (line,) = sender.log(type="delivery_report")
    assert (line["name"], line["data"]) == ("opened", {"delivery_id": ours.id})
    assert services.auditing.imbalance() == 0


def test_strangers_share_a_bucket_that_is_not_the_workspaces(services, sender_to):
    services = replace(services, throttle=Throttle({"track_v1": 2}, monotonic=lambda: 0.0))
    sender = sender_to(services)
    report = {"delivery_id": "d1", "metric": "opened"}

    answers = [
        sender.track("POST", "/api/v1/metrics", report, headers={"Authorization": None})
        for _ in range(3)
    ]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert "limit of 2 requests a second" in answers[2].body["meta"]["error"]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert sender.track("POST", "/api/v1/metrics", report).status == 200


def test_a_strangers_report_that_says_nothing_is_refused_all_the_same(sender):
    answer = sender.track(
        "POST", "/api/v1/metrics", {"metric": "opened"}, headers={"Authorization": None}
    )

    assert (answer.status, answer.body) == (
        400, {"meta": {"error": "delivery_id must be present"}},
    )  # fmt: skip


def test_several_problems_are_told_at_once(sender):
    answer = sender.track("POST", "/api/v1/events", {"timestamp": "soon", "data": 5})

    assert answer.status == 400
    assert len(answer.body["meta"]["errors"]) == 3


def test_l4_what_was_refused_is_kept_counted_and_leaves_its_id_free(sender, services):
    refused = sender.track("POST", "/api/v1/events", {"id": "m1", "name": "n"})
    mended = sender.track("POST", "/api/v1/events", {"id": "m1", "name": "n", "anonymous_id": "a"})

    assert (refused.status, mended.status) == (400, 200)
    fates = {row.fate: row.count for row in services.store.ledger(1)}
    assert fates == {"refused": 1, "stored": 1}
    (kept,) = sender.read("/v1/quarantine").body["quarantine"]
    assert (kept["reason"], kept["refused"], "POST /api/v1/events" in kept["raw"]) == (
        "no_subject", True, True,
    )  # fmt: skip


def test_a_refused_identify_leaves_no_trace_in_the_model(sender):
    body = {"plan": "pro", "anonymous_id": "a1", "bio": "b" * 1001}

    assert sender.track("PUT", "/api/v1/customers/5", body).status == 400
    assert sender.log(type="profile_create") == []


def test_k7_a_junk_id_is_quarantined_and_no_error(sender, services):
    answer = sender.track("PUT", "/api/v1/customers/undefined", {})

    assert answer.status == 200
    assert {row.fate: row.count for row in services.store.ledger(1)} == {"quarantined": 1}


def test_x6_a_form_is_taken(sender):
    answer = sender.track(
        "POST",
        "/api/v1/customers/5/events",
        b"name=Order&data[size]=big",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status == 200
    (event,) = sender.log(type="event")
    assert event["data"] == {"size": "big"}


def test_l1_a_repeat_is_answered_alike_and_stored_once(sender, services):
    body = {**EVENT, "id": "m1", "anonymous_id": "a1"}

    assert [sender.track("POST", "/api/v1/events", body).body for _ in range(2)] == [{}, {}]
    assert {row.fate: row.count for row in services.store.ledger(1)} == {
        "stored": 1, "duplicate": 1,
    }  # fmt: skip
