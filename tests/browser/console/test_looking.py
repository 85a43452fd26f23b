"""Looking at the console: lines open, filters narrow, a merge is taken back, all is accessible."""

import pytest

from tests.servers import APP_KEY

expect = pytest.importorskip("playwright.sync_api", reason="NOT RUN IN A BROWSER").expect

HOSTILE = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def eventful(server):
    """Give a server whose log tells a whole story, hostile names in it."""
    server.post(event("m-1", "Pricing Viewed", "browser-1"))
    who = {"userId": "u-1", "anonymousId": "browser-1", "traits": {"email": "ada@example.com"}}
    server.post({"type": "identify", "messageId": "m-2", **who})
    server.post(event("m-3", "Order Completed", "browser-1"))
    server.post(event("m-5", "Left for Good", "browser-3"))
    server.post(event("m-4", HOSTILE, HOSTILE))
    traits = {HOSTILE: HOSTILE}
    who = {"userId": HOSTILE, "anonymousId": HOSTILE, "traits": traits}
    server.post({"type": "identify", "messageId": HOSTILE, **who})
    return server


def event(message_id, name, anonymous_id):
    return {
        "type": "track",
        "messageId": message_id,
        "event": name,
        "anonymousId": anonymous_id,
        "properties": {HOSTILE: HOSTILE, "n": 1},
    }


def test_an_open_line_stays_open_when_new_ones_come(eventful, console):
    console.get_by_role("link", name="Pricing Viewed").click()
    expect(console.get_by_text("Raw payload")).to_be_visible()

    eventful.post(event("while-open", "While Open", "stranger"))

    expect(console.get_by_role("link", name="While Open")).to_be_visible()
    expect(console.get_by_text("Raw payload")).to_be_visible()


def test_a_line_opens_and_closes_with_the_keyboard_alone(eventful, console):
    console.keyboard.press("j")
    console.keyboard.press("j")
    console.keyboard.press("Enter")
    expect(console.locator("[aria-expanded=true]")).to_have_count(1)
    expect(console.locator(".detail")).to_have_count(1)

    console.keyboard.press("Enter")
    expect(console.locator(".detail")).to_have_count(0)
    console.keyboard.press("/")
    expect(console.get_by_label("Name")).to_be_focused()


def test_filters_narrow_the_log_and_are_kept_in_its_address(eventful, console):
    console.fill("#f-name", "Pricing Viewed")
    console.press("#f-name", "Enter")

    console.wait_for_url("**name=Pricing+Viewed**")
    expect(console.locator("[data-row]")).to_have_count(1)
    console.get_by_role("link", name="Anonymous", exact=True).click()
    expect(console.get_by_text("Nothing here")).to_be_visible()
    console.get_by_role("link", name="Clear").click()
    expect(console.locator("[data-row]").first).to_be_visible()


def test_m12_a_merge_is_taken_back_with_two_clicks(eventful, console):
    eventful.post(event("m-11", "Mistaken", "browser-2"))
    eventful.post(
        {"type": "identify", "messageId": "m-12", "anonymousId": "browser-2", "userId": "u-2"}
    )
    console.goto(f"{eventful.url}/people/u-2")
    expect(console.locator("circle.merged")).to_have_count(1)

    console.get_by_text("Unmerge…").click()
    console.get_by_role("button", name="Take the merge back").click()

    expect(console.get_by_role("status")).to_contain_text("1 events of browser-2 are anonymous")
    expect(console.locator("circle.merged")).to_have_count(0)


def test_a_wrong_key_says_so_and_logging_out_ends_it(server, context):
    page = context.new_page()
    page.goto(f"{server.url}/?view=anonymous")
    page.fill("#app_key", "wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("No workspace has this app key.")

    page.fill("#app_key", APP_KEY)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/?view=anonymous")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    page.goto(server.url)
    expect(page.get_by_label("App key")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 380)])
def test_pages_are_accessible_and_fit_and_hostile_data_is_inert(
    eventful, console, judged, scheme, width
):
    console.emulate_media(color_scheme=scheme)
    console.set_viewport_size({"width": width, "height": 800})
    console.get_by_role("link", name="Pricing Viewed").click()
    console.wait_for_selector(".detail")
    assert judged(console) == []
    hostile = console.get_by_role("link", name=HOSTILE).first
    line = hostile.get_attribute("href")

    for path in ("/people/u-1", "/anonymous/browser-1", line, "/?name=Never"):
        console.goto(eventful.url + path)
        assert judged(console) == []
        assert console.title() != "taken"
        assert console.evaluate("document.documentElement.scrollWidth") <= width


def test_the_login_is_accessible(server, page, judged):
    page.goto(f"{server.url}/login")

    assert judged(page) == []


def test_keys_go_from_page_to_page(eventful, console):
    console.goto(f"{eventful.url}/people/u-1")
    console.keyboard.press("g")
    console.keyboard.press("a")

    console.wait_for_url(f"{eventful.url}/")
