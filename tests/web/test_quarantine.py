"""L3 over HTTP: the quarantine is listed, shown, and run again."""

import pytest

from adapter.clock import DAY, iso
from adapter.jsonvalue import dumps
from adapter.store.memory.store import MemoryStore
from tests.build import T0
from tests.rederiving.life import Life
from tests.web.sending import APP_KEY, TRACK

ODD = {"type": "odd", "messageId": "m-odd"}
NAMELESS = {**TRACK, "messageId": "m-nameless", "event": ""}


def retry(sender, record, key=APP_KEY):
    headers = {"Authorization": f"Bearer {key}"}
    return sender.ask(f"/v1/quarantine/{record}/retry", method="POST", headers=headers)


def kept(sender, query=""):
    return sender.read(f"/v1/quarantine{query}").body["quarantine"]


@pytest.fixture
def held(sender):
    """Two records in quarantine, newest first."""
    sender.send([ODD, NAMELESS])
    return kept(sender)


def test_l3_the_quarantine_says_why_where_and_until_when(held):
    nameless, odd = held

    assert (odd["reason"], odd["rule"], odd["pointer"]) == ("unsupported_type", "L3", "/type")
    assert (nameless["event_id"], nameless["reason"]) == ("m-nameless", "unmappable")
    assert nameless["pointer"] == "/event"
    assert odd["expires_at"] == iso(T0 + 30 * DAY)
    assert odd["source"] == "default"


def test_l3_the_quarantine_is_listed_by_reason(sender, held):
    assert [row["id"] for row in kept(sender, "?reason=unmappable")] == [held[0]["id"]]
    assert kept(sender, "?reason=too_long") == []
    assert sender.read("/v1/quarantine?reason=odd").status == 400


def test_l3_a_record_is_shown_whole(sender, services):
    long = {**ODD, "note": "x" * 9_000}
    sender.send([long])
    (row,) = kept(sender)

    shown = sender.read(f"/v1/quarantine/{row['id']}").body

    assert shown["raw"] == dumps(long)
    assert (len(row["raw"]), shown["raw_length"]) == (4_000, len(shown["raw"]))


def test_r1_what_has_expired_is_neither_shown_nor_run(sender, clock, held):
    clock.advance(30 * DAY)
    own = held[0]["id"]

    assert kept(sender) == []
    assert sender.read(f"/v1/quarantine/{own}").status == 404
    assert retry(sender, own).status == 404


def test_l3_a_record_that_is_still_wrong_stays(sender, held):
    reply = retry(sender, held[1]["id"])

    assert (reply.status, reply.body["released"]) == (200, False)
    assert reply.body["reason"] == "unsupported_type"
    assert len(kept(sender)) == 2


def test_l3_a_record_runs_again_once_the_mapping_takes_it(sender_to, tmp_path, closing_later):
    life = Life(MemoryStore(), tmp_path)
    sender = sender_to(closing_later(life.services))
    sender.send({**TRACK, "event": ""})
    (row,) = kept(sender)
    life.mend_mapping()

    first, again = retry(sender, row["id"]), retry(sender, row["id"])

    assert (first.status, first.body["fate"], first.body["released"]) == (200, "stored", True)
    assert again.status == 404
    assert kept(sender) == []
    assert [row["name"] for row in sender.log(type="event")] == ["Nameless"]


def test_nobody_else_runs_a_record(sender, held):
    assert retry(sender, held[0]["id"], "wrong").status == 401
    assert retry(sender, "019ca8d7-34d0-7000-8c8d-3c78ca800100").status == 404
