"""The snippet in a real browser: who is meant, and under which cookies (contracts 5)."""

import json
import re

import pytest

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
STUB = """
  window._cio = window._cio || []
  for (const name of ['load', 'identify', 'sidentify', 'track', 'page', 'on', 'off']) {
    _cio[name] = (...words) => _cio.push([name, ...words])
  }
"""


def tag(door, **data):
    given = {"site-id": "site-1", **data}
    attributes = " ".join(f'data-{name}="{value}"' for name, value in given.items() if value)
    return f'<script id="cio-tracker" {attributes} src="{door.host}/assets/track.js"></script>'


@pytest.fixture
def opened(door, watched):
    """Gives a page with the snippet, where some JavaScript ran before it."""

    def open_page(before="", path="/pricing", headers=None, **data):
        door.page(
            f"<title>Shop</title><script>{before}</script>{tag(door, **data)}",
            path,
            **headers or {},
        )
        page = watched()
        page.goto(door.shop + path)
        return page

    return open_page


def cookies(context):
    return {cookie["name"]: cookie for cookie in context.cookies()}


def test_a_page_load_makes_an_anonymous_id_and_one_anonymous_page_event(door, context, opened):
    opened()

    (message,) = door.wait_for_messages(1)
    assert UUID.fullmatch(message["anonymousId"])
    assert message["anonymousId"] == cookies(context)["_cioanonid"]["value"]
    assert "userId" not in message
    assert (message["type"], message["properties"]["url"]) == ("page", f"{door.shop}/pricing")
    assert message["properties"]["title"] == "Shop"


def test_it_posts_text_with_the_site_id_as_write_key(door, opened):
    opened()
    door.wait_for_messages(1)

    (request,) = door.got
    assert (request["path"], request["writeKey"]) == ("/v1/b", "site-1")
    assert request["type"].startswith("text/plain")
    assert request["sentAt"] >= request["batch"][0]["timestamp"]


def test_no_page_event_is_sent_where_the_tag_says_so(door, opened):
    page = opened(**{"auto-track-page": "false"})
    page.evaluate("_cio.track('Clicked')")

    (message,) = door.wait_for_messages(1)
    assert message["event"] == "Clicked"


def test_the_stubs_queue_is_replayed_in_order_before_the_page_event(door, opened):
    page = opened(STUB + "_cio.track('a', {n: 1}); _cio.identify({id: 'ada'}); _cio.track('b')")

    messages = door.wait_for_messages(4)
    assert [message.get("event", message["type"]) for message in messages] == [
        "a",
        "identify",
        "b",
        "page",
    ]
    assert page.evaluate("_cio.push !== Array.prototype.push")
    assert messages[0]["anonymousId"] == messages[1]["anonymousId"]
    assert [message.get("userId") for message in messages] == [None, "ada", "ada", "ada"]


def test_the_stubs_methods_go_on_working_once_it_is_loaded(door, opened):
    page = opened(STUB + "var old = _cio.track")
    page.evaluate("old('late', {n: 1}); _cio.push(['track', 'pushed'])")

    messages = door.wait_for_messages(3)
    assert [message.get("event") for message in messages] == [None, "late", "pushed"]


def test_identify_bears_the_anonymous_id_and_events_after_it_bear_the_person(door, context, opened):
    page = opened()
    page.evaluate("_cio.track('before')")
    page.evaluate("_cio.identify({id: 'ada@example.com', plan: 'pro'})")
    page.evaluate("_cio.track('after', {list: [1, 2]})")

    _, before, identify, after = door.wait_for_messages(4)
    assert identify["userId"] == "ada@example.com"
    assert identify["traits"] == {"plan": "pro"}
    assert identify["anonymousId"] == before["anonymousId"]
    assert (after["userId"], after["properties"]) == ("ada@example.com", {"list": [1, 2]})
    assert "anonymousId" not in after
    assert cookies(context)["_cioid"]["value"] == "ada@example.com"
    assert page.evaluate("_cio._findCustomer()") == "ada@example.com"


def test_a_second_person_without_reset_takes_over_under_the_same_anonymous_id(door, opened):
    page = opened()
    page.evaluate("_cio.identify({id: 'ada'}); _cio.sidentify({id: 'bob'}); _cio.track('x')")

    _, ada, bob, event = door.wait_for_messages(4)
    assert ada["anonymousId"] == bob["anonymousId"]
    assert event["userId"] == "bob"


def test_m5_reset_forgets_the_person_and_renews_the_anonymous_id(door, context, opened):
    page = opened()
    page.evaluate("_cio.identify({id: 'ada'}); _cio.reset(); _cio.track('x')")

    page_view, _, event = door.wait_for_messages(3)
    assert UUID.fullmatch(event["anonymousId"])
    assert event["anonymousId"] != page_view["anonymousId"]
    assert "userId" not in event
    assert "_cioid" not in cookies(context)
    assert not page.evaluate("_cio._findCustomer()")


@pytest.mark.parametrize(
    ("attributes", "user_id"),
    [
        pytest.param({"id": 7}, "7", id="a number"),
        pytest.param({"id": 0}, "0", id="zero"),
        pytest.param({"email": "a@b.c"}, "a@b.c", id="an e-mail alone"),
        pytest.param({"id": "ä; b=c, 100%\"'"}, "ä; b=c, 100%\"'", id="what no cookie can hold"),
    ],
)
def test_an_id_survives_the_cookie_as_it_is(door, opened, attributes, user_id):
    page = opened()
    page.evaluate("who => _cio.identify(who)", attributes)
    page.evaluate("_cio.track('x')")

    *_, identify, event = door.wait_for_messages(3)
    assert (identify["userId"], event["userId"]) == (user_id, user_id)


@pytest.mark.parametrize("attributes", [{}, {"id": ""}, {"id": None}, {"id": {"a": 1}}])
def test_k7_nobody_is_identified_without_an_id(door, context, opened, attributes):
    page = opened()
    page.evaluate("who => _cio.identify(who)", attributes)
    page.evaluate("_cio.track('x')")

    assert [message["type"] for message in door.wait_for_messages(2)] == ["page", "track"]
    assert "_cioid" not in cookies(context)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("seg-1", id="plain"),
        pytest.param("%22seg-1%22", id="encoded JSON"),
        pytest.param('"seg-1"', id="JSON"),
    ],
)
def test_segments_anonymous_id_goes_before_our_own(door, context, opened, value):
    page = opened(
        f"document.cookie = '_cioanonid=ours'; document.cookie = 'ajs_anonymous_id={value}'"
    )
    page.evaluate("_cio.track('x')")

    assert {message["anonymousId"] for message in door.wait_for_messages(2)} == {"seg-1"}


def test_cookies_stand_on_the_registrable_domain_with_the_vendors_attributes(context, opened):
    page = opened()
    page.evaluate("_cio.identify({id: 'ada'})")

    found = cookies(context)
    now = page.evaluate("Date.now() / 1000")
    assert set(found) == {"_cio", "_cioanonid", "_cioid"}
    for name, days in {"_cio": 1, "_cioanonid": 365, "_cioid": 365}.items():
        cookie = found[name]
        assert (cookie["domain"], cookie["path"]) == (".example.co.uk", "/")
        assert (cookie["sameSite"], cookie["secure"], cookie["httpOnly"]) == ("Lax", False, False)
        assert abs(cookie["expires"] - now - days * 86400) < 600


def test_another_namespace_names_other_cookies(context, opened):
    opened(**{"cookie-namespace": "mine"})

    assert set(cookies(context)) == {"mine", "mineanonid"}


def test_the_site_id_may_come_by_load_instead_of_the_tag(door, opened):
    opened(STUB + "_cio.load('site-2'); _cio.track('x')", **{"site-id": ""})

    messages = door.wait_for_messages(2)
    assert [message["type"] for message in messages] == ["track", "page"]
    assert {request["writeKey"] for request in door.got} == {"site-2"}


def test_load_after_the_script_starts_it(door, opened):
    page = opened(**{"site-id": ""})
    page.evaluate("_cio.load('site-2')")

    assert [message["type"] for message in door.wait_for_messages(1)] == ["page"]


def test_a_page_may_be_named(door, opened):
    page = opened()
    page.evaluate("_cio.page('Pricing', {plan: 'pro'})")

    properties = door.wait_for_messages(2)[1]["properties"]
    assert (properties["url"], properties["path"], properties["plan"]) == (
        "Pricing",
        "/pricing",
        "pro",
    )


def test_the_tag_may_stand_there_twice(door, watched):
    door.page(tag(door) + tag(door))
    page = watched()
    page.goto(door.shop)
    page.evaluate("_cio.track('x')")

    assert [message["type"] for message in door.wait_for_messages(2)] == ["page", "track"]


def test_it_works_under_a_strict_policy(door, watched, faults):
    policy = f"default-src 'none'; script-src {door.host}; connect-src {door.host}"
    door.page(tag(door), Content_Security_Policy=policy)
    page = watched()
    page.goto(door.shop)
    page.evaluate("_cio.identify({id: 'ada'}); _cio.track('x')")

    assert len(door.wait_for_messages(3)) == 3
    assert faults == []


def test_it_works_where_cookies_and_storage_are_blocked(door, watched, faults):
    policy = f"sandbox allow-scripts; script-src {door.host}; connect-src {door.host}"
    door.page(tag(door), Content_Security_Policy=policy)
    page = watched()
    page.goto(door.shop)
    blocked = "try { document.cookie; localStorage; false } catch (error) { true }"
    assert page.evaluate(blocked)
    page.evaluate("_cio.track('a'); _cio.identify({id: 'ada'}); _cio.track('b'); _cio.reset()")
    page.evaluate("_cio.track('c')")

    view, first, identify, second, third = door.wait_for_messages(5)
    assert view["anonymousId"] == first["anonymousId"] == identify["anonymousId"]
    assert second["userId"] == "ada"
    assert third["anonymousId"] not in {None, first["anonymousId"]}
    assert faults == []


@pytest.mark.parametrize(
    "call",
    [
        "_cio.identify()",
        "_cio.identify(null)",
        "_cio.track()",
        "_cio.track('x', {big: 1n})",
        "const a = {}; a.a = a; _cio.track('x', a)",
        "_cio.track('x', {get y() { throw new Error('mine') }})",
        "_cio.push(['none', 1])",
        "_cio.push(null)",
        "_cio.push()",
        "_cio.on('sent', () => { throw new Error('mine') }); _cio.track('x')",
        "_cio.on('sent', 7); _cio.track('x')",
        "_cio.off('never')",
        "_cio.load()",
        "_cio.identify({id: '\\ud800'})",
        "delete window.crypto; _cio.track('x')",
        "Storage.prototype.setItem = () => { throw new Error('full') }; _cio.track('x')",
        "localStorage.setItem('_cioqueue.site-1.9999999999999.x', '{{{'); _cio.track('x')",
        "localStorage.setItem('_cioqueue.site-1.9999999999999.x', '{}'); _cio.track('x')",
        "localStorage.setItem('_cioqueue.site-1.what', '[7]'); _cio.track('x')",
        "navigator.locks.request = () => { throw new Error('mine') }; _cio.track('x')",
        "window.fetch = () => { throw new Error('mine') }; _cio.track('x')",
        "window.fetch = undefined; _cio.track('x'); dispatchEvent(new Event('pagehide'))",
        "navigator.sendBeacon = null; _cio.track('x'); dispatchEvent(new Event('pagehide'))",
    ],
)
def test_it_never_throws_into_the_page(door, watched, faults, call):
    door.page(tag(door))
    page = watched()
    page.goto(door.host)
    door.wait_for_messages(1)

    page.evaluate(f"() => {{ {call} }}")
    page.evaluate("() => new Promise(done => setTimeout(done, 50))")

    assert faults == []


def test_a_queue_of_nonsense_is_passed_over(door, opened, faults):
    opened("window._cio = [null, 7, 'x', [], ['none'], ['track', 'kept'], {}]")

    assert door.wait_for_messages(2)[0]["event"] == "kept"
    assert faults == []


def test_messages_over_the_doors_limit_are_refused_here(door, opened):
    page = opened("var _cio = [['on', 'refused', messages => { window.refused = messages }]]")
    page.evaluate("_cio.track('big', {text: 'x'.repeat(33000)}); _cio.track('small')")

    assert [message.get("event") for message in door.wait_for_messages(2)] == [None, "small"]
    assert page.evaluate("refused.map(message => message.event)") == ["big"]


def test_listeners_are_told_and_can_be_taken_off(door, opened):
    page = opened(**{"auto-track-page": "false"})
    page.evaluate("""
      window.told = []
      window.listen = (messages, status) => told.push([messages[0].event, status])
      _cio.on('sent', listen)
      _cio.track('a')
    """)
    page.wait_for_function("told.length")
    page.evaluate("_cio.off('sent', listen); _cio.track('b')")
    door.wait_for_messages(2)
    page.evaluate("_cio.on('sent', messages => messages[0].event === 'c' && (window.done = true))")
    page.evaluate("_cio.track('c')")
    page.wait_for_function("window.done")

    assert json.loads(page.evaluate("JSON.stringify(told)")) == [["a", 200]]
