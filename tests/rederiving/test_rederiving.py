"""Rule M11: the state is a function of what was accepted, and can be derived from it again."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from adapter.cli import main
from adapter.clock import DAY, iso
from adapter.errors import OperatorError
from adapter.jsonvalue import loads
from adapter.model.people import IdentifierKind, PersonRef
from adapter.rules.mentions import Named
from adapter.services.sweeping import Sweeping
from adapter.store.open import open_store
from tests.build import anonymous_event, apply
from tests.rederiving.life import ME, Life, identify, live, page
from tests.store.test_received import body


def test_m11_the_state_is_derived_as_it_is_and_as_it_was(life):
    states = list(live(life))

    for at, state in states:
        assert life.derived(as_of=at) == state


def test_r1_m11_what_will_have_expired_is_no_part_of_a_later_state(life):
    (_, before), *_ = live(life)

    later = life.derived(as_of=life.clock.now() + 2 * DAY)

    assert later["parts"]["events"]["rows"] < before["parts"]["events"]["rows"]
    life.clock.advance(2 * DAY)
    assert later == life.seen()


def test_the_life_that_is_derived_knows_every_fate_and_part_of_the_state(life):
    *_, (_, state) = live(life)

    fates = {row.fate for row in life.store.ledger(life.workspace.id) if row.count}
    assert fates == {"stored", "duplicate", "ignored", "quarantined", "refused"}
    assert all(part["rows"] for part in state["parts"].values())


def test_p6_m11_the_state_without_somebody_is_derived_from_what_is_left(life):
    life.webhook(page(1, "a"), page(2, "b"), identify(3, "a", ME), page(4, "a"))
    life.webhook(identify(5, "b", "theirs"), page(6, "c"))
    life.webhook(body=b'{"userId": "me@example.com",')
    life.webhook({"type": "odd", "messageId": "m8", "userId": ME}, {"type": "odd"})
    me = Named(refs=frozenset({PersonRef(IdentifierKind.EMAIL, ME)}))

    erased = life.services.erasing.erase(life.workspace, me)

    assert erased.counts["records"] == 5
    derived, left = life.derived(as_of=life.clock.now())["parts"], life.seen()["parts"]
    # What became of a record that is gone nobody can tell.
    assert derived.pop("ledger")["rows"] <= left.pop("ledger")["rows"]
    assert derived == left


def test_r2_m11_a_state_is_not_derived_from_what_is_left_of_the_records(life):
    life.webhook({"type": "page", "messageId": "m1", "anonymousId": "a"})
    life.clock.advance(40 * DAY)
    Sweeping(life.store, life.clock, pause=lambda: None).sweep()

    with pytest.raises(OperatorError, match="have expired"):
        life.derived(as_of=life.clock.now())


def test_m11_a_body_of_before_it_was_kept_how_it_was_read_is_named(life):
    apply(life.store, anonymous_event(), received=[replace(body(), read_as="")])

    with pytest.raises(OperatorError, match="before it was kept"):
        life.derived(as_of=life.clock.now())


def run(*words):
    return CliRunner().invoke(main, [*words, "--json"])


@pytest.mark.parametrize(("origin", "target"), [("sqlite", "postgres"), ("postgres", "sqlite")])
def test_m11_a_store_played_into_an_empty_one_gives_the_same_digest(
    request, tmp_path, origin, target
):
    origin_url = request.getfixturevalue(f"{origin}_url")
    target_url = request.getfixturevalue(f"empty_{target}_url")
    store = open_store(origin_url)
    life = Life(store, tmp_path)
    states = list(live(life))
    life.services.close()
    clock = tmp_path / "clock"
    clock.write_text(iso(life.clock.now()))
    place = ["--database-url", target_url, "--rehearsal-clock", str(clock)]

    played = run("replay", "--from-store", origin_url, *place)

    assert played.exit_code == 0, played.output
    told = loads(played.stdout)
    assert (told["unread"], told["acts"] > 8, told["records"] > 70) == ([], True, True)
    for as_of, state in ((None, states[-1]), *((iso(at), (at, state)) for at, state in states)):
        when = [] if as_of is None else ["--as-of", as_of]
        (digest,) = loads(run("state", "digest", *when, *place).stdout)["workspaces"]
        assert digest == state[1]
    assert run("audit", *place).exit_code == 0


def test_a_store_is_played_into_an_empty_one_alone(sqlite_url, tmp_path):
    store = open_store(sqlite_url)
    Life(store, tmp_path).services.close()

    done = run("replay", "--from-store", sqlite_url, "--database-url", sqlite_url)

    assert done.exit_code == 2
    assert "name an empty one" in done.output


@pytest.mark.parametrize("words", [[], ["--from-store", "sqlite:///x.db", "pyproject.toml"]])
def test_replay_takes_files_or_a_store(words, sqlite_url):
    done = run("replay", *words, "--database-url", sqlite_url)

    assert (done.exit_code, "FILEs, or --from-store" in done.output) == (2, True)


def test_an_instant_that_cannot_be_read_is_named(sqlite_url):
    done = run("state", "digest", "--as-of", "yesterday", "--database-url", sqlite_url)

    assert (done.exit_code, "'yesterday' is no ISO-8601 instant" in done.output) == (2, True)
