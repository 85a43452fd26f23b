"""The console of a real server in a real browser; every page must be without faults."""

import pytest

from tests.clients.installed import installed_clients
from tests.servers import APP_KEY, Server

GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def server(tmp_path_factory, browser):
    started = Server(tmp_path_factory.mktemp("server"))
    started.create_workspace()
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def axe():
    """Give the script that judges a page's accessibility."""
    return (installed_clients() / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def page(context):
    """Give a page; whatever it complains of fails the test."""
    complaints = []
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    yield page
    assert complaints == []


@pytest.fixture
def console(server, page):
    """Give a page that has logged in, and stands at the log."""
    page.goto(f"{server.url}/")
    page.fill("#app_key", APP_KEY)
    page.press("#app_key", "Enter")
    page.wait_for_url(f"{server.url}/")
    return page


@pytest.fixture
def judged(axe):
    """Gives what is gravely wrong with a page for those who cannot see it or use no mouse."""

    def judge(page):
        page.evaluate(axe)
        found = page.evaluate("axe.run()")["violations"]
        return [
            (each["id"], [node["html"] for node in each["nodes"]])
            for each in found
            if each["impact"] in GRAVE
        ]

    return judge
