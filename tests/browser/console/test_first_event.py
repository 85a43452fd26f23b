"""An empty console says how to send an event, and shows what comes by itself."""

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="NOT RUN IN A BROWSER").expect


def event(message_id, name):
    return {"type": "track", "messageId": message_id, "event": name, "anonymousId": "stranger"}


def test_an_empty_console_turns_itself_into_the_log_and_stays_live(server, console, judged):
    expect(console.get_by_text("No event has come yet")).to_be_visible()
    expect(console.locator("[data-listening=true]")).to_be_visible()

    assert judged(console) == []

    server.post(event("first", "First of All"))
    expect(console.get_by_role("link", name="First of All")).to_be_visible()
    server.post(event("second", "Second"))
    expect(console.locator(".fresh").get_by_role("link", name="Second")).to_be_visible()

    assert console.locator("[data-row]").count() == 2
