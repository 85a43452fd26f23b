"""The read API about segments, on the whole app with the operator's files."""

import pytest

from adapter.bootstrap import build_services
from adapter.settings import Settings
from tests.web.conftest import MAPPINGS, new_services

FILE = """\
segments:
  - id: buyers
    name: Buyers
    description: ordered twice
    who: {performed: {event: Ordered, at_least: 2}}
  - id: pro
    who: {attributes: 'traits.plan = "pro"'}
"""


@pytest.fixture
def services(clock, tmp_path, closing_later):
    (tmp_path / "segments.yaml").write_text(FILE)
    return closing_later(
        build_services(
            settings=Settings(),
            store=new_services(clock).store,
            clock=clock,
            mappings=MAPPINGS,
            campaigns_in=tmp_path,
        )
    )


def order(person, number):
    return {"type": "track", "event": "Ordered", "userId": person, "messageId": f"{person}{number}"}


def kept(services, sender):
    """Have the segments kept, and some people in them."""
    services.segment_upkeep.run()
    for person in ("u1", "u2", "u3"):
        sender.send([order(person, number) for number in (1, 2)])
    traits = {"plan": "pro", "email": "one@example.com"}
    sender.send({"type": "identify", "userId": "u1", "messageId": "i1", "traits": traits})
    return sender


def test_segments_are_listed_with_how_far_they_are_worked_out(services, sender):
    sender.send(order("u1", 1))
    (before, _) = sender.read("/v1/segments").body["segments"]
    assert (before["state"], before["progress"]) == ("building", 0)

    shown = kept(services, sender).read("/v1/segments").body["segments"]
    assert shown[0] == {
        "id": "buyers",
        "name": "Buyers",
        "description": "ordered twice",
        "type": "dynamic",
        "state": "finished",
        "progress": 100,
        "members": 3,
    }
    assert (shown[1]["name"], shown[1]["members"]) == ("pro", 1)
    assert sender.read("/v1/segments/buyers").body == {"segment": shown[0]}
    assert sender.read("/v1/segments/buyers/customer_count").body == {"count": 3}


def test_members_are_paged(services, sender):
    kept(services, sender)
    first = sender.read("/v1/segments/buyers/membership?limit=2").body
    rest = sender.read(f"/v1/segments/buyers/membership?start={first['next']}").body

    assert sorted(first["ids"] + rest["ids"]) == ["u1", "u2", "u3"]
    assert (len(first["ids"]), rest["next"]) == (2, "")
    found = {each["id"]: each["email"] for each in first["identifiers"] + rest["identifiers"]}
    assert found["u1"] == "one@example.com"


def test_the_segments_of_a_person_are_listed(services, sender):
    kept(services, sender)

    shown = sender.read("/v1/customers/one%40example.com/segments").body["segments"]
    assert [each["id"] for each in shown] == ["buyers", "pro"]
    assert isinstance(shown[0]["entered_at"], int)
    assert len(sender.read("/v1/customers/u2/segments").body["segments"]) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/segments/none", 404),
        ("/v1/segments/none/membership", 404),
        ("/v1/segments/none/customer_count", 404),
        ("/v1/customers/nobody/segments", 404),
        ("/v1/segments/buyers/membership?start=x", 400),
        ("/v1/segments/buyers/membership?limit=0", 400),
    ],
)
def test_what_is_not_there_or_cannot_be_read_is_said(services, sender, path, status):
    assert kept(services, sender).read(path).status == status


def test_an_event_tells_which_campaigns_its_segments_started(services, sender):
    kept(services, sender)

    explained = sender.read("/v1/events/u12/explain").body
    (entered,) = [each for each in explained["activities"] if each["type"] == "segment_enter"]
    assert (entered["name"], entered["data"]) == (
        "buyers",
        {"segment_id": "buyers", "segment": "Buyers"},
    )
