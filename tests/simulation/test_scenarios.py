"""Scenarios of operators, in YAML: played, compared, and refused with line and column."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from adapter.cli import main
from adapter.clock import iso
from adapter.jsonvalue import loads
from adapter.services.stories import load_story

SHIPPED = Path(__file__).parents[2] / "fixtures/scenarios/late_by_a_second.yaml"


def sim(*arguments):
    return CliRunner().invoke(main, ["sim", *map(str, arguments)])


@pytest.fixture
def changed(tmp_path):
    """Gives the shipped scenario with a text replaced."""

    def make(right, wrong):
        text = SHIPPED.read_text(encoding="utf-8")
        assert right in text
        path = tmp_path / "mine.yaml"
        path.write_text(text.replace(right, wrong), encoding="utf-8")
        return path

    return make


def test_the_shipped_scenario_comes_out_as_it_says():
    told = sim(SHIPPED)

    assert (told.exit_code, told.stdout.split()[0]) == (0, "ok")


def test_what_comes_out_otherwise_is_told_with_its_place(changed):
    told = sim(changed("m-3: {reason: window_closed", "m-3: {reason: merged"))

    assert told.exit_code == 1
    assert '/explain/m-3/reason: expected "merged", found "window_closed"' in told.stdout


def test_json_tells_every_difference(changed):
    told = sim("--json", changed("ledger: {stored: 3}", "ledger: {stored: 4, duplicate: 1}"))

    (result,) = loads(told.stdout)
    assert [line.split(":")[0] for line in result["differences"]] == [
        "/ledger/stored",
        "/ledger/duplicate",
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "place"),
    [
        pytest.param("at: 10m", "at: soon", ":7:", id="no time"),
        pytest.param("at: 10m", "when: 10m", ":7:", id="no such field"),
        pytest.param("rules: [M2", "rules: [[M2", ":", id="no YAML"),
    ],
)
def test_a_scenario_that_does_not_check_is_refused_with_its_place(changed, right, wrong, place):
    path = changed(right, wrong)

    told = sim(path)

    assert told.exit_code == 2
    assert f"{path}{place}" in told.stderr


def test_times_count_from_the_start(changed):
    path = changed("rules:", "start: '2026-05-01T00:00:00Z'\nrules:")

    story = load_story(path)

    assert [iso(step.at) for step in story.steps[1:3]] == [
        "2026-05-01T00:10:00.000000Z",
        "2026-05-01T00:15:01.000000Z",
    ]
