"""The simulation: it finds nothing wrong, is the same each time, and finds what is wrong."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from adapter.bootstrap import load_mappings, shipped
from adapter.cli import main
from adapter.clock import MINUTE, Instant
from adapter.jsonvalue import loads
from adapter.model.reasons import Reason
from adapter.rules import merge
from adapter.simulation.drive import Drive
from adapter.simulation.fleet import Part, run_plan, run_seeds
from adapter.simulation.generate import START, draw_plan
from adapter.simulation.oracle.said import Said
from adapter.simulation.plan import Delivery, Door, Fault, Look, Plan
from adapter.simulation.shrinking import shrunk
from adapter.simulation.stores import home_at
from adapter.simulation.telling import story_of
from tests.conventions.test_rule_numbers import RULES


@pytest.fixture(scope="module")
def mappings():
    return load_mappings(shipped("mappings"))


def sim(*arguments):
    return CliRunner().invoke(main, ["sim", *arguments])


def said(message_id="m-1", **fields):
    fields = {"kind": "event", "name": "Viewed", "anonymous_id": "a", **fields}
    return Said(message_id=message_id, **fields)


def delivery(*records, minutes=0, **fields):
    fields = {"workspace": 0, "source": "web", "single": False, **fields}
    return Delivery(at=Instant(START + minutes * MINUTE), said=records, **fields)


def plan_of(*steps):
    last = steps[-1].at
    return Plan(seed=0, workspaces=1, steps=[*steps, Look(at=last)])


IDENTIFY = said("m-2", kind="identify", name="", person="user-1", attributes={"plan": "pro"})


@pytest.mark.parametrize(("store", "seeds"), [("memory", "30"), ("sqlite", "3")])
def test_no_rule_is_broken(store, seeds):
    told = sim("--seeds", seeds, "--store", store, "--jobs", "1", "--json")

    assert (told.exit_code, loads(told.stdout)["violations"]) == (0, [])


def test_no_rule_is_broken_on_postgresql(postgres_url):
    told = sim("--seeds", "2", "--store", postgres_url, "--jobs", "1", "--json")

    assert (told.exit_code, loads(told.stdout)["violations"]) == (0, [])


def test_the_same_seeds_print_the_same_bytes_whatever_the_number_of_processes():
    arguments = ("--seeds", "12", "--store", "mixed")

    first, second = sim(*arguments, "--jobs", "1"), sim(*arguments, "--jobs", "2")

    assert first.stdout_bytes == second.stdout_bytes
    assert first.exit_code == 0


def test_every_door_is_gone_through_and_every_rule_of_state_is_checked():
    told = loads(sim("--seeds", "24", "--store", "memory", "--jobs", "1", "--json").stdout)

    assert set(told["requests"]) == {door.value for door in Door}
    # M11 needs a database.
    assert set(RULES) - set(told["checks"]) == {"M11"}


def test_a_plan_does_not_depend_on_the_run_before():
    assert draw_plan(7, 30) == draw_plan(7, 30)
    assert draw_plan(7, 30) != draw_plan(8, 30)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("store", ["memory", "sqlite"])
def test_every_fault_happens_and_breaks_nothing(mappings, fault, store):
    plan = plan_of(delivery(said()), delivery(IDENTIFY, minutes=1, fault=fault))

    run = run_plan(plan, store, mappings)

    assert run.violations == []
    assert run.faults[fault.value] == (fault is not Fault.NONE)


def test_what_the_oracle_did_not_hear_of_is_a_violation(mappings):
    plan = plan_of(delivery(said()), delivery(IDENTIFY, minutes=1))

    with home_at("memory") as home:
        drive = Drive(plan, home, mappings)
        drive._oracles[0]._event = lambda *_: drive._oracles[0]._identify(IDENTIFY, START, START)
        found = drive.drive().violations
        drive.close()

    assert found != []


def test_a_failing_plan_shrinks_to_the_steps_that_matter():
    plan = draw_plan(3, 30)

    def fails(tried):
        records = [one for step in tried.steps for one in getattr(step, "said", ())]
        return any(one.kind == "identify" for one in records)

    small = shrunk(plan, fails)

    (step,) = small.steps
    assert [one.kind for one in step.said] == ["identify"]


def test_a_story_tells_what_was_sent_and_when():
    plan = plan_of(delivery(said()), delivery(IDENTIFY, minutes=5, single=True))

    told = list(story_of(plan, []))

    assert told[1].startswith("      +00:00:00.000000  web of 0: [{")
    assert told[2].startswith("      +00:05:00.000000  web of 0: {")


def test_a_broken_rule_is_told_shrunk_and_exits_with_1(monkeypatch):
    real = merge.arrival_reason

    def a_second_too_long(received_at, fact, policy):
        return real(received_at, fact, replace(policy, merge_window=policy.merge_window + 1))

    monkeypatch.setattr("adapter.rules.events.arrival_reason", a_second_too_long)

    tally = run_seeds(Part(range(6), 30, "memory", shipped("mappings")))

    # Whoever looks first names the rule it looks for; what is wrong is told all the same.
    assert {failure.rule for failure in tally.failures} & {"M3", "M4", "A1"}
    story = tally.failures[0].story
    assert sum(" of " in line for line in story) <= 4
    assert "window_closed" in "\n".join(story)


def test_a_run_that_stops_at_the_first_failure_looks_at_no_further_seed(monkeypatch):
    monkeypatch.setattr("adapter.rules.events.arrival_reason", lambda *_: Reason.WINDOW_CLOSED)
    part = Part(range(6), 30, "memory", shipped("mappings"), shrinks=False, stops=True)

    tally = run_seeds(part)

    assert [failure.seed for failure in tally.failures] == [tally.seeds - 1]
