"""P6 over HTTP and on the command line."""

import pytest
from click.testing import CliRunner

from adapter.cli import main
from adapter.clock import iso
from adapter.jsonvalue import dumps, loads
from adapter.rules.identifiers import read_identifier
from adapter.store.open import open_store
from tests.build import T0, anonymous_event, apply, identify, with_workspace
from tests.web.sending import APP_KEY


def erase(sender, body, key=APP_KEY):
    headers = {"Authorization": f"Bearer {key}"}
    return sender.ask("/v1/erase", method="POST", headers=headers, data=body)


@pytest.mark.parametrize(
    "whom",
    [{"person": "user-4711"}, {"email": "Person@example.com"}, {"anonymous_id": "anon-4711"}],
)
def test_p6_the_app_key_erases_somebody(services, sender, whom):
    person = identify("user-4711", anonymous_id="anon-4711", email="person@example.com")
    apply(services.store, anonymous_event("anon-4711"), person)

    first, again = erase(sender, dumps(whom)), erase(sender, dumps(whom))

    assert (first.status, first.body["people"], first.body["events"]) == (200, 1, 1)
    assert (again.status, set(again.body.values())) == (200, {0})
    assert services.store.find_person(1, read_identifier("user-4711")) is None


def test_p6_nobody_else_erases_anybody(services, sender):
    apply(services.store, identify("user-4711"))

    assert erase(sender, '{"person":"user-4711"}', "wrong").status == 401
    assert services.store.find_person(1, read_identifier("user-4711")) is not None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("", "the body is empty", id="no body"),
        pytest.param("[]", "must be a JSON object", id="no object"),
        pytest.param("{}", "say who", id="nobody"),
        pytest.param('{"person": " "}', "say who", id="a blank"),
        pytest.param('{"person": {}}', "person must be a text", id="no text"),
        pytest.param('{"persons": "u1"}', "'persons' is none of", id="a misspelt field"),
        pytest.param('{"email": "u1"}', "no e-mail address", id="no address"),
        pytest.param('{"anonymous_id": "undefined"}', "many share", id="a junk id"),
        pytest.param('{"email": "u1", "anonymous_id": "nil"}', "no e-mail address; anon", id="all"),
    ],
)
def test_p6_what_names_nobody_is_refused(sender, body, said):
    reply = erase(sender, body)

    assert reply.status == 400
    assert said in reply.body["message"]


@pytest.fixture
def command(database_url, tmp_path):
    store = open_store(database_url)
    with_workspace(store, "default")
    person = identify("user-4711", anonymous_id="anon-4711", email="person@example.com")
    apply(store, anonymous_event("anon-4711"), person, identify("u2", friend="person@example.com"))
    store.close()
    clock = tmp_path / "clock"
    clock.write_text(iso(T0))

    def run(*words):
        options = ["--database-url", database_url, "--rehearsal-clock", str(clock)]
        return CliRunner().invoke(main, ["erase", *words, *options])

    return run


def test_p6_the_command_erases_and_proves_it(command):
    done = command("--email", "person@example.com", "--prove", "--json")

    told = loads(done.stdout)
    assert (done.exit_code, told["people"], told["proof"]["hits"]) == (0, 1, 0)
    assert told["proof"]["tables"] > 20


def test_p6_the_command_says_for_people_what_it_did(command):
    done = command("--person", "user-4711", "--anonymous-id", "anon-9999", "--prove")

    assert done.exit_code == 0
    assert "Erased" in done.stdout
    assert "Searched" in done.stdout
    assert "person@example.com" not in done.stdout


def test_p6_the_command_exits_1_and_says_where_something_is_left(command, monkeypatch):
    monkeypatch.setattr("adapter.services.erasing.Telling", ())  # others' rows are not cleaned

    done = command("--email", "person@example.com", "--prove")

    assert done.exit_code == 1
    assert "people.attributes" in done.stdout


def test_p6_the_command_wants_to_know_who(command):
    done = command()

    assert done.exit_code == 2
    assert "say who" in done.stderr
