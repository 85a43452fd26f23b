"""Rule A3: every stored decision says why, and the rules decide so again (M11)."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from adapter.bootstrap import scratch_store
from adapter.cli import main
from adapter.clock import DAY, iso
from adapter.jsonvalue import loads
from adapter.model.people import IdentifierKind, PersonRef
from adapter.rules.mentions import Named
from adapter.services.rederiving.rederiving import Rederiving
from adapter.services.rederiving.verifying import Verifying, verdicts_json
from adapter.store.open import open_store
from tests.build import anonymous_event, apply
from tests.rederiving.life import ME, Life, identify, live, page
from tests.web.sending import SECRET

WELL = {"unexplained": 0, "disagree": 0, "erased": 0}


def verified(life, store=None):
    verifying = life.services.verifying
    if store is not None:
        verifying = Verifying(store, life.clock, Rederiving(store, scratch_store))
    return verdicts_json(life.workspace, verifying.verify(life.workspace))


def counted(found):
    return {name: found[name] for name in WELL}


class Altered:
    """A store that tells its log otherwise than it is."""

    def __init__(self, store, change):
        self._store, self._change = store, change

    def __getattr__(self, name):
        return getattr(self._store, name)

    def activities(self, query):
        told = (self._change(row) for row in self._store.activities(query))
        return [row for row in told if row is not None]


def test_a3_m11_every_decision_of_a_life_is_explained_and_made_so_again(life):
    list(live(life))

    found = verified(life)

    assert counted(found) == WELL, found["examples"]
    assert found["explained"] > 60
    assert all(found["verified"]["parts"].values())
    assert sum(each["count"] for each in found["reasons"]) == found["explained"]
    assert found["verified"]["unread"] == []
    life.clock.advance(2 * DAY)
    later = verified(life)
    assert counted(later) == WELL
    assert later["explained"] < found["explained"]


def test_a3_every_workspace_of_a_store_is_verified_by_itself(life):
    life.services.tenants.create("other", {"shared_secret": SECRET})
    life.webhook(page(1, "a"), identify(2, "a", ME))
    life.webhook(page(1, "a"), page(2, "a"), identify(3, "a", ME), slug="other")

    found = [
        verdicts_json(workspace, life.services.verifying.verify(workspace))
        for workspace in life.store.workspaces()
    ]

    assert [(counted(each), each["explained"]) for each in found] == [(WELL, 3), (WELL, 4)]


def test_a3_a_decision_that_nothing_leads_to_is_unexplained(life):
    life.webhook(page(1, "a"))
    apply(life.store, anonymous_event("nowhere", message_id="n"))

    found = verified(life)

    # The event; and the ledger, which counts it.
    assert counted(found) == {"unexplained": 1, "disagree": 1, "erased": 0}
    assert (found["explained"], found["verified"]["parts"]["ledger"]) == (1, False)


def _with(**changes):
    return lambda row: replace(row, **changes) if row.event_id == "m2" else row


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        pytest.param(_with(reason="window_closed"), {"reason"}, id="another reason"),
        pytest.param(_with(reason="odd"), {"reason"}, id="no reason"),
        pytest.param(_with(person_id=None, trigger=None), {"person_id", "trigger"}, id="nobody"),
        pytest.param(_with(data='{"n":3}'), {"data"}, id="other data"),
        pytest.param(_with(data='{ "url":"/" }'), set(), id="the same data, written otherwise"),
        pytest.param(lambda row: None if row.event_id == "m2" else row, {"stored"}, id="lost"),
    ],
)
def test_a3_a_decision_that_the_rules_make_otherwise_disagrees(tmp_path, change, differs):
    with scratch_store() as store:
        life = Life(store, tmp_path)
        life.webhook(identify(1, "a", ME), page(2, "a"), page(3, "b"))

        found = verified(life, Altered(store, change))

        life.services.ingest.close()
    told = [each for example in found["examples"] for each in example["differs"]]
    assert (set(told), found["disagree"], found["unexplained"]) == (differs, bool(differs), 0)


def test_p6_what_an_erasure_took_from_is_no_disagreement(life):
    life.webhook(page(1, "a"), identify(2, "a", ME))
    life.webhook(page(3, "b"), identify(4, "b", "other"), identify(5, "a", "other"))
    life.webhook(page(6, "c"))
    me = Named(refs=frozenset({PersonRef(IdentifierKind.EMAIL, ME)}))
    life.services.erasing.erase(life.workspace, me)

    found = verified(life)

    # The claim that was refused cannot be refused again: whose id it was is gone.
    assert (found["unexplained"], found["disagree"], found["erased"] > 0) == (0, 0, True)


def run(*words):
    done = CliRunner().invoke(main, ["explain", *words])
    return done.exit_code, done.output


def test_a3_the_command_says_how_many_are_explained(sqlite_url, tmp_path):
    store = open_store(sqlite_url)
    life = Life(store, tmp_path)
    life.webhook(page(1, "a"), page(2, "a"), identify(3, "a", ME))
    (tmp_path / "clock").write_text(iso(life.clock.now()))
    place = ["--database-url", sqlite_url, "--rehearsal-clock", str(tmp_path / "clock")]

    code, output = run("--all", "--verify", *place)

    assert code == 0
    assert output.startswith("demo: 4 explained, 0 unexplained, 0 disagree\n")
    apply(store, anonymous_event("nowhere", message_id="n"))
    code, output = run("--all", "--verify", "--json", *place)
    (told,) = loads(output)
    assert (code, told["unexplained"], told["examples"][0]["reason"]) == (1, 1, "awaiting_identify")
    code, output = run("--all", *place)
    assert (code, output.splitlines()[0]) == (0, "demo: 5 explained, 0 unexplained")
    life.services.close()


@pytest.mark.parametrize("words", [["--verify", "m1"], ["--all", "m1"], []])
def test_the_command_takes_one_thing_to_explain(words):
    code, output = run(*words)

    assert (code, "give one of" in output or "goes with --all" in output) == (2, True)
