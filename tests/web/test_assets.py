"""The snippet and the plugin as browsers get them; the demo page shows public keys alone."""

import gzip
from dataclasses import replace

import pytest
from werkzeug.test import Client

from adapter.bootstrap import build_services
from adapter.errors import OperatorError
from adapter.settings import Settings
from adapter.web.app import create_app
from adapter.web.assets import without_comments

NAMES = ("track.js", "track-eu.js", "segment-plugin.js")
MOST_BYTES = 4096


@pytest.fixture
def client(services):
    return Client(create_app(services))


@pytest.fixture
def with_settings(services):
    def make(**given):
        settings = Settings(**given)
        return Client(
            create_app(
                build_services(
                    settings=settings,
                    store=services.store,
                    clock=services.clock,
                    mappings=services.mappings,
                )
            )
        )

    return make


@pytest.mark.parametrize("name", NAMES)
def test_any_page_may_load_an_asset(client, name):
    answer = client.get(f"/assets/{name}")

    assert answer.status_code == 200
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", NAMES)
def test_an_asset_is_compressed_where_that_is_understood(client, name):
    plain = client.get(f"/assets/{name}")
    zipped = client.get(f"/assets/{name}", headers={"Accept-Encoding": "gzip, br"})

    assert "Content-Encoding" not in plain.headers
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert zipped.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(zipped.data) == plain.data


def test_the_snippet_is_under_four_kilobytes(client):
    answer = client.get("/assets/track.js", headers={"Accept-Encoding": "gzip"})

    assert len(answer.data) < MOST_BYTES


def test_an_asset_known_already_is_not_sent_again(client):
    first = client.get("/assets/track.js")
    again = client.get("/assets/track.js", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")


def test_the_name_of_the_eu_gives_the_same_snippet(client):
    assert client.get("/assets/track-eu.js").data == client.get("/assets/track.js").data


def test_an_unknown_asset_is_not_found_and_the_answer_is_json(client):
    answer = client.get("/assets/other.js")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def test_comments_and_indents_stay_behind():
    assert without_comments("// why\na()\n\n    b() // this\n") == "a()\nb() // this"


def test_the_demo_page_is_off_unless_asked_for(client):
    assert client.get("/demo").status_code == 404
    assert client.get("/demo/demo.js").status_code == 404


def test_the_demo_page_allows_nothing_but_its_own_files(with_settings):
    answer = with_settings(demo_page=True).get("/demo")

    assert answer.status_code == 200
    assert (
        "default-src 'none'; script-src 'self'; style-src 'self'"
        in answer.headers["Content-Security-Policy"]
    )
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_the_demo_page_shows_public_keys_alone(services, with_settings):
    (source,) = services.store.sources()
    secrets = {"shared_secrets": ("very-secret",), "require_header": "Authorization: Bearer hidden"}
    services.tenants.update_source(replace(source, **secrets))

    page = with_settings(demo_page=True).get("/demo").text

    assert services.store.workspaces()[0].site_id in page
    assert "very-secret" not in page
    assert "hidden" not in page
    assert services.store.workspaces()[0].api_key_hash not in page


@pytest.mark.parametrize("name", ["missing.js", "a.txt"])
def test_segments_library_that_cannot_be_read_stops_the_start(with_settings, tmp_path, name):
    (tmp_path / "a.txt").write_text("no script")

    with pytest.raises(OperatorError, match="ADAPTER_DEMO_ANALYTICS_JS"):
        with_settings(demo_page=True, demo_analytics_js=tmp_path / name)


def test_segments_library_is_served_as_it_is(services, with_settings, tmp_path):
    library = tmp_path / "index.js"
    library.write_text("a()\n  // stays\n")
    client = with_settings(demo_page=True, demo_analytics_js=library)

    assert client.get("/demo/analytics.js").text == "a()\n  // stays\n"
    assert services.store.sources()[0].write_key in client.get("/demo").text
