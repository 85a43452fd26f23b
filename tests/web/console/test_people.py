"""The page of a person: what is known, when it was set and by what, and the way to erase them."""

import pytest

from adapter.clock import MINUTE, SECOND
from tests.web.console.conftest import sent
from tests.web.console.test_log import HOSTILE

PERSON = "/people/u-1"


@pytest.fixture
def known(services, clock):
    """Give services that know a person: two events merged, one in the window, one came too late."""
    for number in (1, 2):
        sent(services, event(f"m-{number}"))
        clock.advance(MINUTE)
    traits = {"email": "ada@example.com", "plan": "team"}
    who = {"userId": "u-1", "anonymousId": "a-1", "messageId": "m-3", "traits": traits}
    sent(services, {"type": "identify", **who})
    clock.advance(5 * MINUTE)
    sent(services, event("m-4"))
    clock.advance(SECOND)
    sent(services, event("m-5"))
    return services


def event(message_id, anonymous_id="a-1"):
    return {
        "type": "track",
        "event": f"Seen {message_id}",
        "anonymousId": anonymous_id,
        "messageId": message_id,
    }


@pytest.mark.parametrize("identifier", ["u-1", "ada@example.com"])
def test_a_person_is_found_by_any_identifier(writer, known, identifier):
    text = writer.get(f"/people/{identifier}").text

    assert "ada@example.com</h1>" in text
    assert "<code>&#34;team&#34;</code>" in text
    assert 'href="/anonymous/a-1"' in text


def test_an_attribute_leads_to_the_line_that_set_it(writer, known):
    row = writer.get(PERSON).text.split("<td>plan</td>")[1].split("</tr>")[0]

    line = row.split('href="')[1].split('"')[0]
    assert "Person Created" in writer.get(line).text


def test_the_picture_tells_what_merged_and_what_came_too_late(writer, known):
    text = writer.get(PERSON).text

    assert text.count('<circle class="merged"') == 3
    assert text.count('<circle class="late"') == 1
    assert "3 merged" in text
    assert "1 too late" in text


def test_nobody_is_404_and_a_non_value_is_no_name(writer):
    assert writer.get("/people/nobody").status_code == 404
    assert writer.get("/people/undefined").status_code == 400


def test_m12_an_operator_takes_a_merge_back(writer, known):
    answer = writer.post("/anonymous/a-1/unmerge")

    assert answer.location == "/anonymous/a-1"
    text = writer.get(answer.location).text
    assert "3 events of a-1 are anonymous again" in text
    assert "was anonymous" not in text
    assert "are anonymous again" not in writer.get(answer.location).text


def test_p6_an_operator_erases_a_person_who_is_named_once_more(writer, known):
    refused = writer.post(f"{PERSON}/erase", confirm="somebody else")
    assert refused.status_code == 400
    assert writer.get(PERSON).status_code == 200

    answer = writer.post(f"{PERSON}/erase", confirm="ada@example.com")

    assert answer.location == "/"
    assert "Erased: 1 person" in writer.get("/").text
    assert writer.get(PERSON).status_code == 404


@pytest.mark.parametrize("path", [f"{PERSON}/erase", "/anonymous/a-1/unmerge"])
def test_who_may_only_read_changes_nothing_and_is_shown_no_form(reader, known, path):
    answer = reader.post(path, confirm="u-1")

    assert answer.status_code == 403
    assert "read_only" in answer.text
    page = reader.get(path.rsplit("/", 1)[0]).text
    assert "Unmerge" not in page
    assert "Erase" not in page


def test_hostile_names_and_attributes_are_text(writer, services):
    who = {
        "userId": HOSTILE,
        "anonymousId": HOSTILE,
        "messageId": "m",
        "traits": {HOSTILE: HOSTILE},
    }
    sent(services, event("m-1", HOSTILE))
    sent(services, {"type": "identify", **who})
    lines = writer.get("/").text
    person = lines.split('href="/people/')[1].split('"')[0]
    anonymous = lines.split('href="/anonymous/')[1].split('"')[0]

    for path in (f"/people/{person}", f"/anonymous/{anonymous}"):
        answer = writer.get(path)
        assert answer.status_code == 200, path
        assert "<script>" not in answer.text
        assert "&lt;script&gt;" in answer.text
