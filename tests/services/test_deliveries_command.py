"""``adapter deliveries``, as operators call it, on what a worker left behind."""

import pytest
from click.testing import CliRunner

from adapter.cli import main
from adapter.jsonvalue import loads
from adapter.model.deliveries import GiveUp, TryAgain
from adapter.model.reasons import Reason
from adapter.store.open import open_store
from tests.build import delivery
from tests.services.sending import Post, endpoint

DEAD, WAITING, DONE = delivery(1), delivery(2), delivery(3, endpoint="campaigns/other")


@pytest.fixture
def outbox(sqlite_url, monkeypatch):
    """Give a database with a dead letter, a delivery that waits, and one that was delivered."""
    monkeypatch.setenv("ADAPTER_DATABASE_URL", sqlite_url)
    store = open_store(sqlite_url)
    post = Post(endpoint(), endpoint("campaigns/other"), store=store)
    post.put(DEAD, WAITING, DONE)
    outcomes = {DEAD.id: GiveUp(Reason.ENDPOINT_GONE), WAITING.id: TryAgain(Reason.TIMED_OUT)}
    usual = post.sender.outcome_of
    post.sender.outcome_of = lambda each: outcomes.get(each.id) or usual(each)
    post.deliver.run_once()
    yield store.outbox
    store.close()


def run(*arguments):
    return CliRunner().invoke(main, ["deliveries", *arguments])


def listed(*arguments):
    return [row["id"] for row in loads(run("list", "--json", *arguments).stdout)]


def test_l5_deliveries_are_listed_newest_first_by_state_and_endpoint(outbox):
    assert listed() == [DONE.id, WAITING.id, DEAD.id]
    assert listed("--state", "dead") == [DEAD.id]
    assert listed("--endpoint", "campaigns/other") == [DONE.id]
    assert listed("--limit", "1") == [DONE.id]
    assert "endpoint_gone" in run("list").stdout


def test_l5_a_delivery_is_shown_with_its_body_and_its_tries(outbox):
    shown = loads(run("show", DEAD.id, "--json").stdout)

    assert (shown["workspace"], shown["state"], shown["body"]) == ("demo", "dead", DEAD.body)
    (tried,) = shown["tries"]
    assert (tried["outcome"], tried["reason"], tried["answer"]) == (
        "give_up",
        "endpoint_gone",
        "said",
    )
    assert "said" in run("show", DEAD.id).stdout


def test_l5_dead_letters_are_tried_again(outbox):
    result = run("retry", "--all", "--json")

    (row,) = loads(result.stdout)
    assert (row["id"], row["state"], result.exit_code) == (DEAD.id, "pending", 0)


def test_l5_what_was_delivered_is_not_sent_again(outbox):
    result = run("retry", DONE.id, WAITING.id, "--json")

    states = [row["state"] for row in loads(result.stdout)]
    assert (states, result.exit_code) == (["delivered", "pending"], 1)


@pytest.mark.parametrize(
    "arguments",
    [("show", "nothing"), ("retry", "nothing"), ("retry",), ("retry", "--all", "x")],
)
def test_l5_misuse_is_told_with_where_to_look(outbox, arguments):
    result = run(*arguments)

    assert result.exit_code == 2
    assert "Traceback" not in result.output
