"""The snippet in a real browser: whatever the server does, each message once, in order."""

import threading

import pytest

from tests.browser.scripted import Says
from tests.browser.test_snippet import tag

QUIET = {"auto-track-page": "false"}
MOST_MESSAGES = 100


@pytest.fixture
def shop(door, watched):
    """Gives a page with the snippet that sends nothing by itself."""
    door.page(f"<script>var _cio = []; var told = []</script>{tag(door, **QUIET)}")

    def open_page(url=None):
        page = watched()
        page.goto(url or door.shop)
        page.evaluate("""
          for (const name of ['sent', 'refused', 'delayed', 'lost']) {
            _cio.on(name, (messages, status) => told.push([name, status, messages.length]))
          }
        """)
        return page

    return open_page


def track(page, *events):
    for event in events:
        page.evaluate("event => _cio.track(event)", event)


def told(page, *names):
    """Wait until the snippet has told this last, and give all that it told."""
    page.wait_for_function(
        "name => told.length && told[told.length - 1][0] === name", arg=names[-1]
    )
    return [line[0] for line in page.evaluate("told")]


def events(messages):
    return [message["event"] for message in messages]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_l5_a_passing_failure_is_tried_again_with_the_same_ids(door, shop, status):
    door.script += [Says(status)]
    page = shop()
    track(page, "a")

    first, second = door.wait_for_messages(2)
    assert first == second
    assert told(page, "sent") == ["delayed", "sent"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_what_the_server_gives_up_is_not_tried_again(door, shop, status):
    door.script += [Says(status)]
    page = shop()
    track(page, "bad")
    assert told(page, "refused") == ["refused"]
    track(page, "good")
    assert told(page, "sent") == ["refused", "sent"]

    assert events(door.messages()) == ["bad", "good"]


def test_order_holds_through_failures(door, shop):
    door.script += [Says(503), Says(503)]
    page = shop()
    track(page, "a", "b", "c")

    door.wait_for_requests(3)
    assert events(door.got[0]["batch"]) == ["a"]
    assert events(door.got[-1]["batch"]) == ["a", "b", "c"]


def test_retry_after_is_honoured(door, shop):
    door.script += [Says(429, {"Retry-After": "120"})]
    page = shop()
    page.clock.install()
    track(page, "a")
    assert told(page, "delayed") == ["delayed"]

    page.clock.run_for(119_000)
    track(page, "b")
    page.evaluate("dispatchEvent(new Event('online')); dispatchEvent(new Event('pagehide'))")
    assert events(door.messages()) == ["a"]

    page.clock.run_for(2_000)
    assert events(door.wait_for_messages(3)) == ["a", "a", "b"]


def test_each_failure_doubles_the_wait_up_to_five_minutes(door, shop):
    door.otherwise = Says(503)
    page = shop()
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.evaluate("Math.random = () => 1")
    track(page, "a")

    waits = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    for number, seconds in enumerate(waits, start=1):
        page.wait_for_function("number => told.length === number", arg=number)
        page.clock.run_for(seconds * 1000 - 1)
        assert len(door.got) == number
        page.clock.run_for(1)
        door.wait_for_requests(number + 1)


def test_what_was_told_offline_arrives_once_when_the_network_is_back(door, context, shop):
    page = shop()
    context.set_offline(True)
    track(page, "a", "b")
    told(page, "delayed")
    context.set_offline(False)

    assert events(door.wait_for_messages(2)) == ["a", "b"]
    assert told(page, "sent")[-1] == "sent"


def test_the_queue_survives_a_reload_in_order(door, context, shop):
    door.otherwise = Says(503)
    page = shop()
    track(page, "a", "b")
    told(page, "delayed")
    door.otherwise = Says(200)
    page.goto(door.shop + "/")
    track(page, "c")

    done = door.wait_for_event("c")
    assert len({message["messageId"] for message in done}) == 3
    last_seen = {message["messageId"]: message["event"] for message in done}
    assert list(last_seen.values()) == ["a", "b", "c"]


def test_what_has_arrived_does_not_wait_any_more(door, shop):
    page = shop()
    track(page, "a")
    told(page, "sent")
    page.reload()
    track(page, "b")

    assert events(door.wait_for_messages(2)) == ["a", "b"]


def test_only_so_many_messages_wait_and_the_oldest_go_first(door, shop):
    door.otherwise = Says(503)
    page = shop()
    page.evaluate(f"for (let n = 0; n < {MOST_MESSAGES} + 5; n++) _cio.track('e' + n)")
    door.otherwise = Says(200)
    page.reload()

    arrived = door.wait_for_event(f"e{MOST_MESSAGES + 4}")
    assert set(events(arrived)) == {f"e{n}" for n in range(5, MOST_MESSAGES + 5)}


def test_only_so_much_text_waits(door, shop):
    door.otherwise = Says(503)
    page = shop()
    page.evaluate("for (let n = 0; n < 20; n++) _cio.track('e' + n, {text: 'x'.repeat(30000)})")

    kept = page.evaluate("Object.values(localStorage).map(text => text.length)")
    assert len(kept) < 20
    assert sum(kept) <= 200_000


def test_what_waited_too_long_is_not_sent(door, shop):
    door.otherwise = Says(503)
    page = shop()
    track(page, "old")
    told(page, "delayed")
    page.evaluate("""
      for (const [key, text] of Object.entries(localStorage)) {
        localStorage.removeItem(key)
        localStorage.setItem(key.replace(/\\d{13}/, time => time - 72 * 3600e3), text)
      }
    """)
    door.otherwise = Says(200)
    door.got.clear()
    page.goto("about:blank")
    page.goto(door.shop)
    track(page, "new")

    door.wait_for_event("new")
    assert "old" not in events(door.messages())


def test_a_page_that_is_left_sends_what_is_not_under_way(door, shop):
    answered = threading.Event()
    door.script += [Says(200, after=answered)]
    page = shop()
    track(page, "under way")
    door.wait_for_requests(1)
    track(page, "b", "c")
    page.goto("about:blank")

    assert events(door.wait_for_messages(3)) == ["under way", "b", "c"]
    answered.set()


def test_an_event_told_as_the_page_is_left_arrives(door, shop):
    page = shop()
    # Not from the evaluation itself, which would never end.
    page.evaluate("void setTimeout(() => { _cio.track('leaving'); location = 'about:blank' })")
    page.wait_for_url("about:blank")

    assert events(door.wait_for_messages(1)) == ["leaving"]


def test_a_page_that_is_left_sends_at_most_what_browsers_let_through(door, shop):
    answered = threading.Event()
    door.script += [Says(200, after=answered)]
    page = shop()
    track(page, "first")
    door.wait_for_requests(1)
    page.evaluate("for (const n of [1, 2, 3]) _cio.track('e' + n, {text: 'x'.repeat(25000)})")
    page.goto("about:blank")

    assert events(door.wait_for_messages(3)) == ["first", "e1", "e2"]
    answered.set()


def test_of_two_pages_only_one_sends_at_a_time(door, shop):
    """Locks are there on a trustworthy origin only, so the pages stand on the local host.

    A page learns late what another has put into localStorage, or taken out. So none may lose what
    another has put there, and what is sent again bears the same id and is stored once (L1).
    """
    answered = threading.Event()
    door.script += [Says(200, after=answered)]
    one, other = shop(door.host), shop(door.host)
    track(one, "a")
    door.wait_for_requests(1)
    track(other, "b")
    track(one, "c")
    # Both have asked for the lock, and the answer that holds it has not come.
    other.evaluate("navigator.locks.query()")
    assert len(door.messages()) == 1
    answered.set()

    found = door.wait_for(lambda door: len({each["messageId"] for each in door.messages()}) == 3)
    assert set(events(found)) == {"a", "b", "c"}


def test_large_queues_go_in_portions_and_in_order(door, shop):
    door.script += [Says(503)]
    page = shop()
    page.evaluate("for (let n = 0; n < 6; n++) _cio.track('e' + n, {text: 'x'.repeat(20000)})")

    done = door.wait_for_event("e5")
    assert events(done)[-6:] == [f"e{n}" for n in range(6)]
    assert max(len(str(body)) for body in door.got) < 64_000
