"""A browser for each module of tests; they are skipped, and say so, where there is none."""

import pytest

from tests.browser.chromium import missing_tools, started
from tests.browser.scripted import ScriptedDoor, serving


@pytest.fixture(scope="module")
def browser():
    missing = missing_tools()
    if missing:
        pytest.skip(f"NOT RUN IN A BROWSER: needs {' and '.join(missing)}")
    with started() as browser:
        yield browser


@pytest.fixture
def context(browser):
    """Give a fresh profile."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def door():
    """Give a scripted door with pages."""
    with serving(ScriptedDoor()) as door:
        yield door


@pytest.fixture
def faults():
    """Give the list in which ``watched`` pages leave what they complain of."""
    return []


@pytest.fixture
def watched(context, faults):
    """Gives a page whose errors and broken policies are noted."""

    def make():
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: "Security Policy" in said.text and faults.append(said.text))
        return page

    return make
