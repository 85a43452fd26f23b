"""The description of all doors, for people: whole, and open to everybody."""

import html
import re

from tests.web.sending import APP_KEY


def test_every_operation_of_the_description_stands_there_once(stranger):
    described = stranger.get("/openapi.json").json["paths"]
    text = stranger.get("/docs").text

    shown = re.findall(
        r'<tr><td class="tight"><code>([A-Z]+)</code></td>\s*<td class="id">([^<]+)</td>', text
    )
    assert sorted((method, html.unescape(path)) for method, path in shown) == sorted(
        (method.upper(), path) for path, methods in described.items() for method in methods
    )


def test_bodies_lead_to_what_they_may_hold(stranger):
    text = stranger.get("/docs").text

    for target in set(re.findall(r'href="#([^"]+)"', text)) - {"main"}:
        assert f'id="{target}"' in text
    assert "<dt><code>anonymousId</code></dt><dd>string or number or null. At most 1000" in text


def test_it_is_open_and_says_nothing_of_a_workspace(stranger, writer):
    assert stranger.get("/docs").status_code == 200
    assert '<nav aria-label="Console"' not in stranger.get("/docs").text
    assert APP_KEY not in writer.get("/docs").text
    assert 'href="/docs" data-go="i" aria-current="page"' in writer.get("/docs").text
