"""The log's page: what it shows of a line, how a line opens, and how it stays fresh."""

import pytest

from adapter.services.activity_log import PAGE
from tests.web.console.conftest import sent

HOSTILE = "<script>alert(1)</script>\"'>&"


@pytest.fixture
def merged(services):
    """Give services that saw a stranger sign up."""
    sent(
        services,
        {"type": "track", "event": "Cart Viewed", "anonymousId": "a-1", "messageId": "m-1"},
    )
    sent(services, {"type": "identify", "userId": "u-1", "anonymousId": "a-1", "messageId": "m-2"})
    return services


def test_a2_a_merge_is_told_with_count_and_oldest_and_its_events_are_marked(writer, merged):
    text = writer.get("/").text

    assert "Anonymous Data Merged" in text
    assert "<strong>1</strong> event, oldest <time" in text
    assert text.count("was anonymous</span>") == 1
    assert 'href="/anonymous/a-1"' in text


def test_a2_tabs_hold_what_is_identified_and_what_is_anonymous(writer, merged):
    sent(merged, {"type": "track", "event": "Cart Left", "anonymousId": "a-2", "messageId": "m-3"})

    identified, anonymous = (writer.get(f"/?view={view}").text for view in VIEWS)

    assert "Cart Viewed" in identified
    assert "Cart Left" not in identified
    assert "Cart Viewed" not in anonymous
    assert "Cart Left" in anonymous


VIEWS = ("identified", "anonymous")


def test_a_wrong_filter_is_told_and_kept_in_its_field(writer, merged):
    answer = writer.get("/", query_string={"until": HOSTILE})

    assert answer.status_code == 400
    assert "a time is written" in answer.text
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_pages_are_linked_with_the_filters_kept(writer, services):
    batch = [
        {"type": "track", "event": "Seen", "anonymousId": "a", "messageId": f"m-{number}"}
        for number in range(PAGE + 1)
    ]
    sent(services, batch)

    first = writer.get("/?name=Seen").text
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = writer.get(older).text

    assert "name=Seen" in older
    assert first.count("data-row") == PAGE
    assert second.count("data-row") == 1
    assert "hx-get" not in second.split('id="lines"')[1].split(">")[0]


def test_what_is_asked_again_comes_as_a_part_with_what_is_new_marked(writer, merged):
    again = writer.get("/").text.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert writer.get(again, headers={"HX-Request": "true"}).status_code == 204
    sent(merged, {"type": "track", "event": "New", "anonymousId": "a-3", "messageId": "m-9"})

    part = writer.get(again, headers={"HX-Request": "true"}).text

    assert part.startswith('<div id="lines"')
    assert part.count('class="line fresh"') == 1
    assert "New</a>" in part.split('class="line fresh"')[1].split("</li>")[0]


def line_of(browser, name):
    """Give the path of a line's page by the name that it shows."""
    before = browser.get("/").text.split(f">{name}</a>")[0]
    return before.rsplit('href="/activities/', 1)[1].split('"')[0]


def test_a_line_opens_to_why_data_payload_and_mapping(writer, merged):
    path = f"/activities/{line_of(writer, 'Cart Viewed')}"

    whole = writer.get(path).text
    part = writer.get(path, headers={"HX-Request": "true"}).text

    for text in (whole, part):
        assert "A person was identified with its anonymous id while it was alive" in text
        assert ">M2</span>" in text
        assert '<span class="k">&#34;messageId&#34;</span>' in text
        assert "Mapping <code>segment</code>" in text
        assert "@path $.event" in text
    assert "<html" in whole
    assert "<html" not in part


def test_the_payload_of_one_of_a_batch_is_its_own(writer, services):
    sent(services, [
        {"type": "track", "event": "One", "anonymousId": "a", "messageId": "m-1"},
        {"type": "track", "event": "Two", "anonymousId": "a", "messageId": "m-2"},
    ])  # fmt: skip

    text = writer.get(f"/activities/{line_of(writer, 'Two')}").text

    assert "m-2" in text
    assert "m-1" not in text


def test_a_line_that_is_not_there_is_404_as_a_page(writer):
    answer = writer.get("/activities/01890000-0000-7000-8000-000000000000")

    assert answer.status_code == 404
    assert answer.content_type.startswith("text/html")


def test_hostile_data_is_text_everywhere(writer, services):
    sent(services, {
        "type": "track", "event": HOSTILE, "anonymousId": HOSTILE, "messageId": HOSTILE,
        "properties": {HOSTILE: HOSTILE},
    })  # fmt: skip

    log = writer.get("/").text
    line = log.split('href="/activities/')[1].split('"')[0]
    for text in (log, writer.get(f"/activities/{line}").text):
        assert "<script>" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_an_empty_console_tells_how_to_send_the_first_event_with_the_keys(writer, services):
    (source,), (tenant,) = services.store.sources(), services.store.workspaces()

    text = writer.get("/").text

    assert f"curl -u &#39;{source.write_key}:&#39; http://localhost/v1/track" in text
    assert f"http://localhost/webhooks/segment/{source.slug}" in text
    assert f"data-site-id=&#34;{tenant.site_id}&#34;" in text
    assert not any(secret in text for secret in source.shared_secrets)


def test_who_may_only_read_is_shown_no_keys(reader, services):
    (source,), (tenant,) = services.store.sources(), services.store.workspaces()

    text = reader.get("/").text

    assert "WRITE_KEY" in text
    assert source.write_key not in text
    assert tenant.site_id not in text


def test_a_log_with_lines_that_pass_no_filter_is_not_empty(writer, merged):
    text = writer.get("/?name=Never").text

    assert "No line of the log passes these filters" in text
    assert "curl" not in text
