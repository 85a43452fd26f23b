"""What could not be applied, seen in the console, and run again (L3)."""

import json
import re
from dataclasses import replace

import pytest

from adapter.cli.replay import into_services
from tests.build import apply, unapplicable

HOSTILE = "<script>alert(1)</script>"
MENDED_BY_NOBODY = {"type": "track", "messageId": "m-1", "event": "Nobody's"}


@pytest.fixture
def send(services):
    into = into_services(services, services.tenants.default_source())
    return lambda *records: into(json.dumps(records).encode(), None)


def listed(text):
    return re.findall(r'<tr data-row><td><a href="/quarantine/([^"]+)"', text)


def test_records_are_listed_with_reason_and_place(reader, send):
    send(MENDED_BY_NOBODY, {"type": "audience", "messageId": "m-2", "userId": "u"})

    text = reader.get("/quarantine").text

    assert len(listed(text)) == 2
    assert "they name no person and no anonymous id" in text
    assert "<code>/type</code>" in text
    assert len(listed(reader.get("/quarantine?reason=no_subject").text)) == 1
    assert "<strong>2</strong> quarantined" in text


def test_pages_follow_each_other(reader, store):
    apply(store, *(unapplicable() for _ in range(60)))

    first = reader.get("/quarantine").text
    older = re.search(r'href="(/quarantine\?start=[^"]+)" rel="next"', first)[1]
    second = reader.get(older).text

    assert (len(listed(first)), len(listed(second))) == (50, 10)
    assert not set(listed(first)) & set(listed(second))


def test_a_record_is_shown_as_it_came_with_what_is_wrong(reader, send):
    send(MENDED_BY_NOBODY)
    (record,) = listed(reader.get("/quarantine").text)

    text = reader.get(f"/quarantine/{record}").text

    assert "Nobody&#39;s" in text
    assert ">no subject</span>" in text
    assert 'href="/mappings/segment"' in text


def test_who_may_write_runs_a_record_again(writer, reader, send, services):
    send(MENDED_BY_NOBODY)
    (record,) = listed(reader.get("/quarantine").text)
    assert "/retry" not in reader.get(f"/quarantine/{record}").text
    assert reader.post(f"/quarantine/{record}/retry").status_code == 403

    answer = writer.post(f"/quarantine/{record}/retry")

    assert answer.location == f"/quarantine/{record}"
    assert "It stays in quarantine: identifiers" in writer.get(answer.location).text


def test_what_can_be_applied_now_leaves_the_quarantine(writer, store):
    good = unapplicable(raw=json.dumps({"type": "track", "event": "E", "anonymousId": "a"}))
    apply(store, good)
    (record,) = listed(writer.get("/quarantine").text)

    answer = writer.post(f"/quarantine/{record}/retry")

    assert answer.location == "/quarantine"
    assert (
        "It has left the quarantine: stored, awaiting identify." in writer.get("/quarantine").text
    )
    assert listed(writer.get("/quarantine").text) == []


def test_all_with_a_reason_are_run_again(writer, reader, store, send):
    good = json.dumps({"type": "track", "event": "E", "anonymousId": "a"})
    apply(store, unapplicable(raw=good), unapplicable(raw=good))
    send(MENDED_BY_NOBODY)
    reason = store.quarantine(1, after=0)[-1].reason
    assert reader.post("/quarantine/retry").status_code == 403

    writer.post("/quarantine/retry", reason=reason)

    assert "2 of 2 records have left" in writer.get("/quarantine").text
    assert len(listed(writer.get("/quarantine").text)) == 1


def test_without_the_token_nothing_is_run(writer, send):
    send(MENDED_BY_NOBODY)
    (record,) = listed(writer.get("/quarantine").text)

    assert writer.client.post(f"/quarantine/{record}/retry").status_code == 403
    assert writer.client.post("/quarantine/retry").status_code == 403


@pytest.mark.parametrize("name", ["none", "%00", HOSTILE])
def test_a_record_that_is_not_there_is_not_found(reader, name):
    answer = reader.get(f"/quarantine/{name}")

    assert answer.status_code == 404
    assert HOSTILE not in answer.text


def test_hostile_records_are_shown_as_text(reader, store):
    hostile = replace(unapplicable(raw=HOSTILE), pointer=HOSTILE, text=HOSTILE, message_id=HOSTILE)
    apply(store, hostile)
    (record,) = listed(reader.get("/quarantine").text)

    for path in ("/quarantine", f"/quarantine/{record}"):
        assert HOSTILE not in reader.get(path).text
