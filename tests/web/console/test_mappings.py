"""The mapping files as they run, and the panel that tries them."""

import json
import re
from html import unescape

import pytest

from adapter.cli.replay import into_services
from tests.web.console.conftest import Browser
from tests.web.sending import APP_KEY

CALL = {"type": "track", "event": "Order", "userId": "u1"}
HOSTILE = "<script>alert(1)</script>"
PART = {"HX-Request": "true"}


def tried(browser, payload, changed="", headers=None):
    token = re.search(r'name="csrf" value="([^"]+)"', browser.get("/mappings").text)[1]
    fields = {"csrf": token, "payload": payload, "changed": changed}
    return browser.client.post("/mappings/segment/try", data=fields, headers=headers or {})


def test_the_file_stands_there_as_it_runs_with_who_reads_it(reader, services):
    text = reader.get("/mappings").text

    shown = re.findall(r'<li id="line-\d+"><code>([^<]*)</code></li>', text)
    assert (
        "\n".join(map(unescape, shown))
        .replace("\n \n", "\n\n")
        .startswith(services.mappings["segment"].text[:500])
    )
    assert "source <code>default</code>" in text
    assert "the linter finds nothing" in text


def test_a_payload_is_answered_with_the_native_operation_and_its_trace(reader):
    answer = tried(reader, json.dumps(CALL), headers=PART)

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert (
        '<span class="k">&#34;name&#34;</span>: <span class="s">&#34;Order&#34;</span>'
        in answer.text
    )
    assert "@path $.event" in answer.text


def test_without_script_the_whole_page_answers_and_keeps_what_was_typed(reader):
    answer = tried(reader, '{"type": "track", "event": "kept"}')

    assert "<html" in answer.text
    assert "kept&#34;}</textarea>" in answer.text


def test_a_changed_mapping_is_compared_on_the_same_payload(reader, services):
    text = services.mappings["segment"].text
    changed = text.replace('"@path": "$.event"', '"@template": "My {{event}}"')

    answer = tried(reader, json.dumps(CALL), changed.replace("\n", "\r\n"), PART)

    assert "1 of 1 come out otherwise" in answer.text
    assert "My Order" in answer.text


def test_the_running_file_sent_back_is_no_changed_one(reader, services):
    text = services.mappings["segment"].text.replace("\n", "\r\n")

    answer = tried(reader, json.dumps(CALL), text, PART)

    assert "under the changed mapping" not in answer.text


@pytest.mark.parametrize("changed", ["{{", "subscriptions: 5", "[" * 5_000])
def test_a_changed_mapping_that_does_not_check_is_told(reader, changed):
    answer = tried(reader, json.dumps(CALL), changed, PART)

    assert answer.status_code == 200
    assert '<span class="badge bad">error</span> line 1' in answer.text


def test_what_is_no_json_is_told_with_its_place(reader):
    answer = tried(reader, '{"type": }', headers=PART)

    assert answer.status_code == 200
    assert "line 1 column" in answer.text


def test_hostile_payloads_are_shown_as_text(reader):
    call = {**CALL, "event": HOSTILE, "properties": {HOSTILE: HOSTILE}}

    for headers in (PART, None):
        assert HOSTILE not in tried(reader, json.dumps(call), HOSTILE, headers).text


def test_a_payload_that_came_is_there_to_be_tried(services, writer):
    body = json.dumps({**CALL, "messageId": "m-1", "event": "Came In"}).encode()
    into_services(services, services.tenants.default_source())(body, None)

    text = writer.get("/mappings").text
    (pick,) = set(re.findall(r'href="(/mappings/segment\?pick=[^"]+)"', text))

    assert "Came In" in unescape(re.search(r"<textarea[^>]*>([^<]*)", text)[1])
    assert f'href="{pick}" aria-current="true"' in writer.get(pick).text


def test_a_mapping_that_is_not_there_is_not_found(reader):
    assert reader.get("/mappings/none").status_code == 404


def test_trying_wants_the_token(reader):
    answer = reader.client.post("/mappings/segment/try", data={"payload": "{}"})

    assert answer.status_code == 403


def test_a_stranger_sees_no_file(services):
    assert Browser(services).get("/mappings").status_code == 303
    assert APP_KEY not in Browser(services).log_in(APP_KEY).get("/mappings").text
