"""Segment's own browser library, unmodified, against the real server: each call once."""

import pytest

from tests.clients.installed import installed_clients
from tests.servers import SITE_ID, Server

WRITE_KEY = "write-key"
_MOST_LOOKS = 100
STRATEGIES = {
    "each call by itself": {"strategy": "standard"},
    "in batches": {"strategy": "batching", "config": {"size": 100, "timeout": 200}},
}


@pytest.fixture(scope="module")
def library():
    scripts = installed_clients() / "node_modules/@segment/analytics-next/dist/umd"
    return scripts / "index.js"


@pytest.fixture(scope="module")
def server(tmp_path_factory, browser):
    started = Server(tmp_path_factory.mktemp("server"))
    started.create_workspace()
    started.command("source", "set", "default", "--write-key", WRITE_KEY)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def page(door, watched):
    """Gives a page of another origin than the server's, so that its answers must allow that."""
    door.page("")
    page = watched()
    page.goto(door.shop)
    return page


def load(page, library, server, strategy):
    """Load the library as a site does that points it here: settings and events come from us."""
    page.add_script_tag(path=library)
    page.evaluate(
        """async ([writeKey, host, deliveryStrategy]) => {
          const own = {apiHost: host.split('//')[1] + '/v1', protocol: 'http', deliveryStrategy}
          const [analytics] = await window.AnalyticsNext.AnalyticsBrowser.load(
            {writeKey, cdnURL: host}, {integrations: {'Segment.io': own}})
          window.site = analytics
        }""",
        [WRITE_KEY, server.url, strategy],
    )


def arrived(page, server, anonymous_id):
    """Give the log of an anonymous id once it has a line; batches leave by the library's clock."""
    for _ in range(_MOST_LOOKS):
        log = server.activities(anonymous_id=anonymous_id)
        if log:
            return log
        page.wait_for_timeout(100)  # the library works meanwhile
    raise AssertionError(f"nothing arrived of {anonymous_id}")


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_a_visit_is_told_once_and_the_stranger_becomes_the_person(
    server, page, library, faults, strategy
):
    before, repeated = server.answers(), server.duplicates()
    person = f"person-{strategy['strategy']}"
    load(page, library, server, strategy)
    stranger = page.evaluate("site.user().anonymousId()")

    page.evaluate("site.page()")
    page.evaluate("site.track('Viewed', {n: 1})")
    page.evaluate("id => site.identify(id, {plan: 'pro'})", person)
    page.evaluate("site.track('Bought')")
    page.evaluate("site.reset()")
    other = page.evaluate("site.user().anonymousId()")
    page.evaluate("site.track('Came back')")
    strangers = arrived(page, server, other)

    log = server.get(f"/v1/customers/{person}/activities")["activities"]
    events = [(each["name"], each["reason"]) for each in log if each["type"] in {"event", "page"}]
    assert sorted(events) == [
        ("Bought", "identified"),
        ("Viewed", "merged"),
        (page.url, "merged"),
    ]
    merges = [each["data"] for each in log if each["type"] == "anon_merge"]
    assert [(each["count"], each["anonymous_id"]) for each in merges] == [(2, stranger)]
    assert [(each["name"], each["reason"]) for each in strangers] == [
        ("Came back", "awaiting_identify")
    ]
    answered = server.answers() - before
    assert {status for (door, status) in answered if door == "segment_api"} <= {200, 204}
    assert server.duplicates() == repeated
    assert faults == []


def test_in_device_mode_library_and_snippet_share_one_stranger_and_each_event(
    server, page, library, faults
):
    """Segment's library sends each call itself, and drives the snippet too: stored once (L1)."""
    repeated = server.duplicates()
    load(page, library, server, STRATEGIES["each call by itself"])
    page.evaluate(
        """async ([siteId, src]) => {
          window.analytics = site
          window._cio = [['on', 'sent', messages => { window.sent = [...sent, ...messages] }]]
          window.sent = []
          const script = Object.assign(document.createElement('script'), {src})
          script.dataset.siteId = siteId
          document.head.append(script)
          await new Promise(done => { script.onload = done })
        }""",
        [SITE_ID, server.url + "/assets/segment-plugin.js"],
    )
    stranger = page.evaluate("site.user().anonymousId()")

    page.evaluate("site.track('Viewed', {n: 1})")
    page.evaluate("site.identify('person-both', {plan: 'pro'})")
    page.evaluate("site.track('Bought')")
    page.wait_for_function("sent.length === 3")

    assert server.duplicates() - repeated == 3
    shared = {message["anonymousId"] for message in page.evaluate("sent")}
    assert shared == {stranger}
    log = server.get("/v1/customers/person-both/activities")["activities"]
    events = [(each["name"], each["reason"]) for each in log if each["type"] == "event"]
    assert sorted(events) == [("Bought", "identified"), ("Viewed", "merged")]
    assert faults == []
