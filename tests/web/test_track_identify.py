"""What PUT customers/{identifier} does, situation by situation (contracts 3.4)."""

import pytest


@pytest.fixture
def put(sender):
    def put(identifier, **body):
        answer = sender.track("PUT", f"/api/v1/customers/{identifier}", body)
        assert (answer.status, answer.body) == (200, {})

    return put


def customer(sender, identifier):
    answer = sender.read(f"/v1/customers/{identifier}/attributes")
    return answer.body["customer"] if answer.status == 200 else None


def types(sender, **filters):
    return [line["type"] for line in sender.log(**filters)]


def test_an_empty_object_makes_sure_that_the_person_exists(sender, put):
    put("5")

    assert customer(sender, "5")["identifiers"]["id"] == "5"


def test_a_known_person_is_updated(sender, put):
    put("5", plan="basic")
    put("5", plan="pro")

    assert customer(sender, "5")["attributes"]["plan"] == "pro"
    assert types(sender) == ["profile_create", "attribute_change"]


def test_a_person_known_by_the_body_alone_is_given_the_paths_identifier(sender, put):
    put("lead%40example.com", plan="basic")
    put("5", email="lead@example.com", plan="pro")

    assert customer(sender, "5") == customer(sender, "lead@example.com")
    assert customer(sender, "5")["attributes"]["plan"] == "pro"


def test_p3_of_two_people_the_paths_one_is_updated_and_the_log_says_what_was_not(sender, put):
    put("5")
    put("other%40example.com")

    put("5", email="other@example.com", plan="pro")

    assert customer(sender, "5")["attributes"]["plan"] == "pro"
    assert customer(sender, "5")["identifiers"]["email"] is None
    (failed,) = sender.log(type="failed_attribute_change")
    assert (failed["name"], failed["reason"]) == ("email", "identifier_taken")


@pytest.mark.parametrize("update", [True, "true"])
def test_an_update_of_somebody_unknown_creates_nobody_and_claims_nothing(sender, put, update):
    put("5", _update=update, plan="pro", anonymous_id="a1")

    assert customer(sender, "5") is None
    assert [line["reason"] for line in sender.log()] == ["nobody_to_update"]
    put("6", anonymous_id="a1")
    assert sender.log(type="claim_refused") == []


def test_an_update_of_somebody_known_is_one_like_any_other(sender, put):
    put("5")
    put("5", _update=True, plan="pro")

    assert customer(sender, "5")["attributes"] == {"id": "5", "plan": "pro"}


def test_p1_an_unknown_cio_id_is_dropped(sender, put):
    put("cio_0123", plan="pro")

    assert [line["reason"] for line in sender.log()] == ["unknown_cio_id"]


def test_by_cio_id_the_id_and_the_email_may_change(sender, put):
    put("5", email="old@example.com")
    cio_id = customer(sender, "5")["identifiers"]["cio_id"]

    put(f"cio_{cio_id}", id="6", email="new@example.com")

    assert customer(sender, "6")["identifiers"] == {
        "id": "6", "email": "new@example.com", "cio_id": cio_id,
    }  # fmt: skip


def test_p4_an_older_update_is_skipped_attribute_by_attribute(sender, put):
    put("5", plan="pro", _timestamp=1700000100)
    put("5", plan="basic", city="Oslo", _timestamp=1700000000)

    attributes = customer(sender, "5")["attributes"]
    assert (attributes["plan"], attributes["city"]) == ("pro", "Oslo")
    assert types(sender, type="skipped_update") == ["skipped_update"]


@pytest.mark.parametrize("nothing", [None, ""])
@pytest.mark.parametrize("door", ["v1", "v2"])
def test_p4_null_and_blank_remove_an_attribute(sender, put, nothing, door):
    put("5", plan="pro", city="Oslo")
    if door == "v1":
        put("5", plan=nothing)
    else:
        operation = {
            "type": "person",
            "action": "identify",
            "identifiers": {"id": "5"},
            "attributes": {"plan": nothing},
        }
        assert sender.track("POST", "/api/v2/entity", operation).status == 200

    assert customer(sender, "5")["attributes"] == {"id": "5", "city": "Oslo"}


def test_suppress_refuses_id_and_email_until_unsuppressed(sender, put):
    put("5", email="p@example.com")
    assert sender.track("POST", "/api/v1/customers/5/suppress").status == 200

    put("5", plan="back")
    put("p%40example.com", plan="back")
    assert customer(sender, "5") is customer(sender, "p@example.com") is None

    assert sender.track("POST", "/api/v1/customers/5/unsuppress").status == 200
    put("5", plan="back")
    assert customer(sender, "5")["attributes"]["plan"] == "back"


def test_a_deleted_person_may_come_back_without_anything_of_before(sender, put):
    put("5", plan="pro")
    for _ in range(2):
        assert sender.track("DELETE", "/api/v1/customers/5").status == 200
    put("5")

    assert customer(sender, "5")["attributes"] == {"id": "5"}


def test_devices_come_and_go(sender, put):
    put("5")
    device = {"device": {"id": "t/1", "platform": "ios", "last_used": "1700000000", "app": "x"}}
    assert sender.track("PUT", "/api/v1/customers/5/devices", device).status == 200
    (kept,) = customer(sender, "5")["devices"]
    assert (kept["id"], kept["platform"], kept["attributes"]) == ("t/1", "ios", {"app": "x"})

    assert sender.track("DELETE", "/api/v1/customers/5/devices/t%2F1").status == 200
    assert customer(sender, "5")["devices"] == []


def test_relationships_come_and_go_with_an_identify(sender, put):
    acme = [{"identifiers": {"object_type_id": "1", "object_id": "acme"}}]

    put("5", plan="pro", cio_relationships={"action": "add_relationships", "relationships": acme})
    put("5", cio_relationships={"action": "delete_relationships", "relationships": acme})

    assert {"add_relationship", "delete_relationship"} <= set(types(sender))
    assert customer(sender, "5")["attributes"] == {"id": "5", "plan": "pro"}


def test_a_bad_relationship_refuses_the_whole_identify(sender):
    nothing = {"action": "add_relationships", "relationships": [{"identifiers": {}}]}

    answer = sender.track("PUT", "/api/v1/customers/5", {"cio_relationships": nothing})

    assert answer.status == 400
    assert customer(sender, "5") is None
