"""The operator's pages in Chromium, against the real server: seen, tried, typed into, and inert."""

import json
import re
import shutil

import pytest

from adapter.bootstrap import shipped
from tests.servers import Server

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"
CAMPAIGNS = """\
campaigns:
  - name: onboarding
    trigger: {event: Signed Up}
    deliver: {webhook: {url: "http://127.0.0.1:9/hook", secrets: [HOOK_SECRET]}}
"""
SEGMENTS = """\
segments:
  - id: all
    name: All
    who: {performed: {event: Signed Up}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("server")
    mappings = folder / "mappings"
    mappings.mkdir()
    shutil.copy(shipped("mappings") / "segment.yaml", mappings)
    (mappings / "campaigns.yaml").write_text(CAMPAIGNS, encoding="utf-8")
    (mappings / "segments.yaml").write_text(SEGMENTS, encoding="utf-8")
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    started = Server(folder, {"HOOK_SECRET": secret, "ADAPTER_ALLOWED_NETWORKS": "all"})
    started.create_workspace()
    started.start()
    started.post(
        [
            {"type": "page", "messageId": "m-1", "anonymousId": "a", "name": HOSTILE},
            {"type": "identify", "messageId": "m-2", "anonymousId": "a", "userId": "u"},
            {
                "type": "track",
                "messageId": "m-3",
                "userId": "u",
                "event": "Signed Up",
                "properties": {HOSTILE: HOSTILE},
            },
            {"type": "track", "messageId": "m-4", "event": HOSTILE, "properties": {"a": HOSTILE}},
            {"type": HOSTILE, "messageId": HOSTILE, "userId": "u"},
        ]
    )
    yield started
    started.stop()


@pytest.fixture(autouse=True)
def inert(page):
    """Fail whatever test lets a stranger's script speak."""
    said = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    yield
    assert said == []


@pytest.fixture
def open_page(server, console):
    """Goes to a page of the console."""
    return lambda path: console.goto(f"{server.url}{path}")


def pages_of(console, open_page):
    """List the operator's pages, and one entry of each list."""
    found = [
        "/overview",
        "/mappings",
        "/campaigns",
        "/segments",
        "/segments/all",
        "/deliveries",
        "/quarantine",
        "/docs",
    ]
    for listing in ("/deliveries", "/quarantine"):
        open_page(listing)
        found.append(console.locator("tr[data-row] a").first.get_attribute("href"))
    return found


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_every_page_is_for_everybody_and_shows_hostile_data_as_text(
    console, open_page, judged, scheme, width
):
    console.emulate_media(color_scheme=scheme)
    console.set_viewport_size({"width": width, "height": 800})
    wider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

    for path in pages_of(console, open_page):
        open_page(path)
        assert judged(console) == [], path
        assert console.locator("main script, main img").count() == 0
        assert not console.evaluate(wider), path


def test_the_overview_has_plots_that_tell_their_numbers(console, open_page):
    open_page("/overview")

    assert console.get_by_role("img", name=re.compile("^Records, ")).count() == 2
    assert "5" in console.locator(".chart", has_text="Records 24 h").locator("strong").inner_text()


def test_what_becomes_of_a_payload_follows_as_one_types(console, open_page):
    open_page("/mappings")
    call = {"type": "track", "event": "Typed In", "userId": "u", "properties": {HOSTILE: HOSTILE}}

    console.get_by_role("textbox", name="Payload").fill(json.dumps(call))

    result = console.locator("#trial")
    result.get_by_text('"Typed In"', exact=False).first.wait_for()
    assert "@path $.event" in result.inner_text()
    console.get_by_role("textbox", name="Payload").fill('{"type": ')
    result.get_by_text("Malformed JSON", exact=False).wait_for()


def test_a_changed_mapping_is_compared_as_one_types(console, open_page):
    open_page("/mappings")
    console.get_by_role("textbox", name="Payload").fill(
        '{"type": "track", "event": "Order", "userId": "u"}'
    )
    console.get_by_text("Compare with a changed mapping").click()
    changed = console.locator("#changed")

    changed.fill(changed.input_value().replace('"@path": "$.event"', '"@template": "My {{event}}"'))

    result = console.locator("#trial")
    result.get_by_text("1 of 1 come out otherwise").wait_for()
    assert '"My Order"' in result.inner_text()


def test_a_stored_payload_is_picked(console, open_page):
    open_page("/mappings")
    console.get_by_text("Pick one that came").click()
    console.locator(".picks").get_by_role("link", name="Signed Up").click()

    console.wait_for_url("**/mappings/segment?pick=*")
    assert '"messageId": "m-3"' in console.get_by_role("textbox", name="Payload").input_value()
    assert '"Signed Up"' in console.locator("#trial").inner_text()


def test_a_delivery_is_tried_again(console, open_page):
    open_page("/deliveries")
    console.locator("tr[data-row] a").first.click()

    console.get_by_role("button", name="Try").click()

    console.get_by_text("It is due now").wait_for()


def test_a_record_in_quarantine_is_run_again(console, open_page):
    open_page("/quarantine?reason=no_subject")
    console.locator("tr[data-row] a").first.click()

    console.get_by_role("button", name="Run it again").click()

    console.get_by_text("It stays in quarantine").wait_for()


def test_pages_are_one_key_sequence_away(console, open_page):
    for key, path in {
        "o": "overview",
        "m": "mappings",
        "d": "deliveries",
        "q": "quarantine",
    }.items():
        console.keyboard.press("g")
        console.keyboard.press(key)
        console.wait_for_url(f"**/{path}")
