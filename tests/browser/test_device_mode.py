"""The plugin for Segment's analytics.js in a real browser, with a library that behaves like it."""

import pytest

from tests.browser.test_snippet import tag

LIBRARY = """
  window.analytics = {
    heard: {},
    on(name, listener) { this.heard[name] = listener },
    register(plugin) { this.plugin = plugin; this.loaded = plugin.load({}, this) },
    user: () => ({ anonymousId: () => (analytics.id = analytics.id || 'segment-made') }),
    setAnonymousId(id) { this.id = id },
    tell(call, event) {
      const anonymousId = this.user().anonymousId()
      return this.plugin[call]({ event: { messageId: 'ajs-' + call, anonymousId, ...event } })
    }
  }
"""


@pytest.fixture
def opened(door, watched):
    """Gives a page with Segment's library and the plugin, after the snippet or without it."""

    def open_page(before="", snippet=""):
        plugin = (
            f'<script data-site-id="site-1" src="{door.host}/assets/segment-plugin.js"></script>'
        )
        door.page(f"<script>{before}</script>{snippet}<script>{LIBRARY}</script>{plugin}")
        page = watched()
        page.goto(door.shop)
        return page

    return open_page


def test_the_plugin_loads_the_snippet_without_its_own_page_view(door, opened, faults):
    page = opened()
    page.evaluate("analytics.tell('track', {event: 'x', properties: {n: 1}})")

    (message,) = door.wait_for_messages(1)
    assert (message["event"], message["properties"]) == ("x", {"n": 1})
    assert (message["messageId"], message["anonymousId"]) == ("ajs-track", "segment-made")
    assert faults == []


def test_segments_library_takes_on_the_id_that_the_snippet_knew_first(door, opened):
    page = opened(snippet=tag(door))
    page.evaluate("analytics.tell('track', {event: 'x'})")

    view, event = door.wait_for_messages(2)
    assert view["anonymousId"] == event["anonymousId"]


def test_an_id_that_segments_library_had_stays(door, opened):
    page = opened("document.cookie = 'ajs_anonymous_id=old'", tag(door))

    assert page.evaluate("analytics.id") is None
    assert {message["anonymousId"] for message in door.wait_for_messages(1)} == {"old"}


def test_identify_and_page_keep_what_segment_decided(door, opened):
    page = opened()
    page.evaluate("analytics.tell('page', {name: 'Pricing', properties: {url: 'https://x.y/'}})")
    page.evaluate("analytics.tell('identify', {userId: 'ada', traits: {plan: 'pro'}})")
    page.evaluate("analytics.tell('identify', {messageId: 'nobody', traits: {plan: 'pro'}})")

    view, identify = door.wait_for_messages(2)
    assert (view["properties"]["url"], view["messageId"]) == ("Pricing", "ajs-page")
    assert (identify["userId"], identify["traits"]) == ("ada", {"plan": "pro"})
    assert identify["anonymousId"] == view["anonymousId"]


def test_m5_reset_gives_both_the_same_new_id(door, context, opened):
    page = opened(snippet=tag(door))
    page.evaluate("analytics.id = 'next'; analytics.heard.reset(); _cio.track('x')")

    view, event = door.wait_for_messages(2)
    assert event["anonymousId"] == "next" != view["anonymousId"]
