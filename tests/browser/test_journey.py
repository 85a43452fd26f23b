"""A visitor's way through the demo page in a real browser, and what a real server made of it."""

import pytest

from tests.servers import Server

START, IN_WINDOW, LATE = "2026-03-01T10:00:00Z", "2026-03-01T10:05:00Z", "2026-03-01T10:05:01Z"


@pytest.fixture(scope="module")
def server(tmp_path_factory, browser):
    folder = tmp_path_factory.mktemp("server")
    (folder / "clock.txt").write_text(START)
    environment = {
        "ADAPTER_REHEARSAL_CLOCK": str(folder / "clock.txt"),
        "ADAPTER_DEMO_PAGE": "true",
    }
    started = Server(folder, environment)
    started.create_workspace()
    started.start()
    yield started
    started.stop()


@pytest.fixture
def demo(server, watched):
    """Gives the demo page, and what its buttons do once the server has answered."""
    (server.folder / "clock.txt").write_text(START)
    page = watched()
    page.goto(server.url + "/demo")
    page.wait_for_selector("[data-answer=sent]")
    return page


def click(page, call):
    rows = page.locator("[data-answer=sent]")
    before = rows.count()
    page.click(f"[data-call={call}]")
    rows.nth(before).wait_for()


def anonymous_id(context):
    return next(each["value"] for each in context.cookies() if each["name"] == "_cioanonid")


def told(server, anonymous_id):
    """Give type, name and reason of the log's lines about an anonymous id, oldest first."""
    lines = reversed(server.activities(anonymous_id=anonymous_id))
    return [(line["type"], line["name"], line["reason"], line["customer_id"]) for line in lines]


def test_the_log_shows_what_the_rules_demand_of_a_visit(server, context, demo, faults):
    first = anonymous_id(context)
    click(demo, "track")
    assert [line[2:] for line in told(server, first)] == [("awaiting_identify", None)] * 2

    click(demo, "first")
    (server.folder / "clock.txt").write_text(IN_WINDOW)
    context.clear_cookies(name="_cioid")
    click(demo, "track")
    (server.folder / "clock.txt").write_text(LATE)
    click(demo, "track")
    click(demo, "second")

    log = told(server, first)
    events = [line[2:] for line in log if line[0] in {"event", "page"}]
    assert sorted(events, key=str) == sorted(
        [
            ("merged", "ada@example.com"),  # the page, M2
            ("merged", "ada@example.com"),  # the event, M2
            ("merged_in_window", "ada@example.com"),  # M3
            ("window_closed", None),  # M4
        ],
        key=str,
    )
    merges = [
        line for line in server.activities(type="anon_merge") if line["anonymous_id"] == first
    ]
    assert sorted(line["data"]["count"] for line in merges) == [1, 2]
    refused = [line for line in log if line[0] == "claim_refused"]
    assert [line[2:] for line in refused] == [("anonymous_id_already_assigned", "bob@example.com")]

    demo.click("[data-call=reset]")
    click(demo, "track")
    fresh = anonymous_id(context)
    assert fresh != first
    assert [line[2:] for line in told(server, fresh)] == [("awaiting_identify", None)]
    assert faults == []


def test_l1_what_was_told_while_the_server_was_down_arrives_once(server, context, demo):
    server.kill()
    for _ in range(3):
        demo.click("[data-call=track]")
    demo.wait_for_selector("[data-answer=delayed]")
    server.start()

    demo.locator("[data-answer=sent]").nth(3).wait_for()
    lines = told(server, anonymous_id(context))
    assert [line[0] for line in lines].count("event") == 3
