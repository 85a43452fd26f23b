"""Who may look at the console, and what no other site can make a browser do."""

import re

import pytest
from itsdangerous import URLSafeTimedSerializer

from adapter.model.workspaces import Role
from adapter.web.console import access
from adapter.web.console.attempts import MOST_FAILURES, WITHIN_SECONDS, Attempts
from tests.build import T0
from tests.web.console.conftest import READ_KEY, Browser
from tests.web.sending import APP_KEY

PAGES = ["/"]


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_every_page_leads_to_the_login(stranger, path):
    answer = stranger.get(path)

    assert (answer.status_code, answer.location) == (303, f"/login?next={path.replace('?', '%3F')}")


@pytest.mark.parametrize("key", [APP_KEY, READ_KEY])
def test_either_app_key_opens(stranger, key):
    assert stranger.log_in(key).get("/").status_code == 200


def test_a_wrong_key_opens_nothing_and_is_not_shown(stranger):
    answer = stranger.post("/login", app_key="wrong-key")

    assert answer.status_code == 401
    assert "wrong-key" not in answer.text
    assert stranger.get("/").status_code == 303


def test_the_page_says_which_role_the_key_has(reader, writer):
    assert ">read</span>" in reader.get("/").text
    assert ">write</span>" in writer.get("/").text


def test_nothing_shows_the_keys(writer):
    assert APP_KEY not in writer.get("/").text


def test_logging_out_ends_the_session(writer):
    writer.post("/logout")

    assert writer.get("/").status_code == 303


def test_a_session_holds_in_another_process(writer, services_with):
    assert writer.at(services_with()).get("/").status_code == 200


def test_a_session_ends_with_the_key_that_began_it(writer, services, services_with):
    (tenant,) = services.store.workspaces()
    services.tenants.change_app_key(tenant, Role.WRITE, "another-key")

    assert writer.at(services_with()).get("/").status_code == 303


@pytest.mark.parametrize("change", [lambda text: text[:-2] + "xx", lambda text: "2" + text[1:]])
def test_a_changed_session_is_none(writer, change):
    cookie = writer.client.get_cookie(access.SESSION)
    writer.client.set_cookie(access.SESSION, change(cookie.value))

    assert writer.get("/").status_code == 303


def test_a_read_session_cannot_be_made_one_that_writes(reader):
    cookie = reader.client.get_cookie(access.SESSION)
    reader.client.set_cookie(access.SESSION, cookie.value.replace(".read.", ".write."))

    assert reader.get("/").status_code == 303


def test_a_session_ends_after_its_time(writer, monkeypatch):
    now = URLSafeTimedSerializer("any").make_signer("any").get_timestamp()
    late = now + access.SESSION_SECONDS + 1
    monkeypatch.setattr("itsdangerous.timed.TimestampSigner.get_timestamp", lambda _: late)

    assert writer.get("/").status_code == 303


def test_cookies_are_for_no_script_and_no_other_site(services):
    client = Browser(services)
    given = client.post("/login", app_key=APP_KEY).headers.getlist("Set-Cookie")

    assert given
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in given)


@pytest.mark.parametrize(
    ("options", "secure"),
    [
        ({"base_url": "http://console.example"}, False),
        ({"base_url": "https://console.example"}, True),
        ({"headers": {"X-Forwarded-Proto": "https"}}, True),
    ],
)
def test_over_tls_cookies_stay_there(services, options, secure):
    given = Browser(services).get("/login", **options).headers.getlist("Set-Cookie")

    assert given
    assert all(("Secure" in cookie) == secure for cookie in given)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_the_login_leads_to_no_other_site(stranger, target):
    assert stranger.post("/login", app_key=APP_KEY, next=target).location == "/"


def test_the_login_leads_to_the_page_that_was_asked_for(stranger):
    assert stranger.post("/login", app_key=APP_KEY, next="/?view=anonymous").location == (
        "/?view=anonymous"
    )


@pytest.mark.parametrize("path", ["/login", "/logout"])
@pytest.mark.parametrize("fields", [{}, {"csrf": "guessed"}])
def test_a_form_without_the_token_is_refused(writer, path, fields):
    answer = writer.client.post(path, data={"app_key": APP_KEY, **fields})

    assert answer.status_code == 403
    assert "forged" in answer.text


def test_a_form_of_another_site_is_refused_even_with_a_token(writer):
    token = writer.client.get_cookie("adapter_csrf").value

    answer = writer.client.post(
        "/logout", data={"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403


def test_after_many_wrong_keys_even_the_right_one_must_wait(stranger):
    for _ in range(MOST_FAILURES):
        assert stranger.post("/login", app_key="wrong").status_code == 401

    answer = stranger.post("/login", app_key=APP_KEY)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= WITHIN_SECONDS


def test_after_a_while_one_may_try_again():
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(MOST_FAILURES):
        attempts.check("a", T0)
        attempts.failed("a")
    now[0] = WITHIN_SECONDS + 1

    attempts.check("a", T0)


def test_the_demo_leaves_the_console_open_and_says_so(services_with):
    answer = Browser(services_with(open_console=True)).get("/")

    assert answer.status_code == 200
    assert "open: demo" in answer.text


@pytest.mark.parametrize("path", ["/login", "/"])
def test_every_answer_bears_the_headers_that_keep_it_safe(writer, path):
    headers = writer.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_pages_have_no_script_and_no_style_of_their_own(writer):
    text = writer.get("/").text

    assert "<style" not in text
    assert " style=" not in text
    assert not re.search(r"\son\w+=", text)
    assert text.count("<script") == text.count("<script defer src=")


def test_assets_are_kept_for_ever_under_the_name_of_their_bytes(stranger):
    path = stranger.get("/login").text.split('rel="stylesheet" href="')[1].split('"')[0]

    assert "immutable" in stranger.get(path).headers["Cache-Control"]
    assert (
        stranger.get(path.replace("console/", "console/x")).headers["Cache-Control"] == "no-cache"
    )


def test_paths_of_no_page_stay_json(services):
    answer = Browser(services).get("/nothing/here")

    assert (answer.status_code, answer.content_type) == (404, "application/json; charset=utf-8")
