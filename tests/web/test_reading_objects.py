"""The read API about objects: what they are, and who is related to them."""

import pytest

GROUP = {
    "type": "group",
    "groupId": "g/1",
    "userId": "u1",
    "messageId": "m1",
    "timestamp": "2026-03-01T09:59:59Z",
    "traits": {
        "objectTypeId": "2",
        "objectAttributes": {"seats": 3, "gone": ""},
        "relationshipAttributes": {"role": "owner"},
    },
}
NAMED = {"object_id": "g/1"}


@pytest.fixture
def grouped(sender):
    sender.send(GROUP)
    return sender


@pytest.mark.parametrize("path", ["/v1/objects/2/g%2F1", "/v1/objects/2/g%2F1/attributes"])
def test_an_object_is_shown_with_the_time_of_each_attribute(grouped, path):
    shown = grouped.read(path).body["object"]

    assert shown["attributes"] == {"seats": 3}
    assert (shown["object_type_id"], shown["identifiers"]["object_id"]) == ("2", "g/1")
    assert shown["timestamps"].keys() == {"seats"}


def test_who_is_related_to_an_object_is_shown(grouped):
    answer = grouped.read("/v1/objects/2/g%2F1/relationships")

    (shown,) = answer.body["cio_relationships"]
    assert (shown["identifiers"]["id"], shown["attributes"]) == ("u1", {"role": "owner"})
    assert answer.body["next"] == ""


def test_what_a_person_is_related_to_is_shown(grouped):
    answer = grouped.read("/v1/customers/u1/relationships")

    (shown,) = answer.body["cio_relationships"]
    named = {name: shown["identifiers"][name] for name in NAMED}
    assert (named, shown["attributes"]) == (NAMED, {"role": "owner"})


def test_relationships_are_paged(grouped):
    for number in range(2, 6):
        grouped.send(GROUP | {"userId": f"u{number}", "messageId": f"m{number}"})

    first = grouped.read("/v1/objects/2/g%2F1/relationships?limit=3").body
    rest = grouped.read(f"/v1/objects/2/g%2F1/relationships?start={first['next']}").body

    found = [one["identifiers"]["id"] for one in first["cio_relationships"]]
    found += [one["identifiers"]["id"] for one in rest["cio_relationships"]]
    assert (len(first["cio_relationships"]), rest["next"]) == (3, "")
    assert sorted(found) == ["u1", "u2", "u3", "u4", "u5"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/objects/2/none", 404),
        ("/v1/objects/2/none/relationships", 404),
        ("/v1/customers/nobody/relationships", 404),
        ("/v1/objects/2/g%2F1/relationships?limit=0", 400),
        ("/v1/customers/u1/relationships?start=odd", 400),
        ("/v1/objects/2/%20", 400),
    ],
)
def test_what_is_not_there_or_not_well_asked(grouped, path, status):
    assert grouped.read(path).status == status


@pytest.mark.parametrize("path", ["/v1/objects/2/g%2F1", "/v1/customers/u1/relationships"])
def test_without_the_app_key_it_is_401(grouped, path):
    assert grouped.ask(path).status == 401
