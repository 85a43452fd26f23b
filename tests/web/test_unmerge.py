"""M12 over HTTP and on the command line."""

import pytest
from click.testing import CliRunner

from adapter.cli import main
from adapter.clock import iso
from adapter.jsonvalue import loads
from adapter.store.open import open_store
from tests.build import T0, anonymous_event, apply, identify, with_workspace
from tests.web.sending import APP_KEY


def post(sender, path, key=APP_KEY):
    headers = {"Authorization": f"Bearer {key}"}
    return sender.ask(path, method="POST", headers=headers)


def test_m12_the_app_key_takes_a_merge_back(services, sender):
    apply(services.store, anonymous_event("a/1"), identify("u1", anonymous_id="a/1"))

    reply = post(sender, "/v1/anonymous/a/1/unmerge")

    assert (reply.status, reply.body["count"]) == (200, 1)
    assert post(sender, "/v1/anonymous/a/1/unmerge").status == 404


def test_m12_nobody_else_takes_a_merge_back(services, sender):
    apply(services.store, identify("u1", anonymous_id="a"))

    assert post(sender, "/v1/anonymous/a/unmerge", "wrong").status == 401
    assert services.store.find_anonymous_id(1, "a").person_id is not None


@pytest.fixture
def filled_url(sqlite_url):
    store = open_store(sqlite_url)
    with_workspace(store, "default")
    apply(store, anonymous_event("a"), identify("u1", anonymous_id="a"))
    store.close()
    return sqlite_url


def test_m12_the_command_takes_a_merge_back(filled_url, tmp_path):
    clock = tmp_path / "clock"
    clock.write_text(iso(T0))
    command = ["unmerge", "--anonymous-id", "a", "--database-url", filled_url, "--json"]
    command += ["--rehearsal-clock", str(clock)]

    first, again = (CliRunner().invoke(main, command) for _ in range(2))

    assert (first.exit_code, loads(first.stdout)["count"]) == (0, 1)
    assert again.exit_code == 2
    assert "assigned to nobody" in again.stderr
