"""The README is true: whatever an operator can set, run, read or meet stands in it."""

import re
from pathlib import Path

import click
import pytest
from prometheus_client.metrics import MetricWrapperBase

from adapter import errors
from adapter.cli import main
from adapter.model.activities import TITLES
from adapter.model.reasons import EXPLANATIONS, Reason
from adapter.rules.decision import Fate
from adapter.services.workspace_settings import SETTINGS
from adapter.settings import variables
from adapter.telemetry import Metrics

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands(command, path=("adapter",)):
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        yield from commands(command.get_command(context, name), (*path, name))


def error_codes():
    told = (errors.RequestError, errors.TransientError)
    for thing in vars(errors).values():
        if isinstance(thing, type) and issubclass(thing, told):
            yield thing.code


def metric_names():
    for metric in vars(Metrics()).values():
        if isinstance(metric, MetricWrapperBase):
            yield metric.describe()[0].name


def logged_events():
    for path in (ROOT / "adapter").rglob("*.py"):
        for words in re.findall(r"_log\.\w+\(([^,)]+)", path.read_text(encoding="utf-8")):
            yield from re.findall(r'"(\w+)"', words)


@pytest.mark.parametrize("variable", variables(), ids=lambda variable: variable.name)
def test_every_setting_stands_in_the_readme(variable):
    assert f"`{variable.name}`" in README


@pytest.mark.parametrize("name", SETTINGS)
def test_every_workspace_setting_stands_in_the_readme(name):
    assert f"`{name}`" in README


@pytest.mark.parametrize(("name", "command"), list(commands(main)))
def test_every_command_stands_in_the_readme_and_has_help(name, command):
    assert f"`{name}" in README
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_stands_in_the_readme_with_its_rule(reason):
    assert f"| `{reason}` | {EXPLANATIONS[reason].rule} |" in README


@pytest.mark.parametrize("code", sorted(set(error_codes())))
def test_every_error_code_stands_in_the_readme(code):
    assert f"`{code}`" in README


@pytest.mark.parametrize("name", list(metric_names()))
def test_every_metric_stands_in_the_readme(name):
    assert f"`{name}" in README


@pytest.mark.parametrize("event", sorted(set(logged_events())))
def test_every_event_of_the_log_stands_in_the_readme(event):
    assert f"| `{event}` |" in README


@pytest.mark.parametrize("kind", TITLES)
def test_every_activity_type_stands_in_the_readme(kind):
    assert f"`{kind}`" in README


@pytest.mark.parametrize("fate", Fate)
def test_every_fate_stands_in_the_readme(fate):
    assert f"`{fate}`" in README


def test_the_readme_names_no_setting_that_does_not_exist():
    known = {variable.name for variable in variables()}
    named = set(re.findall(r"`(ADAPTER_[A-Z_]+)`", README))

    assert named - known == {name for name in named if name.startswith("ADAPTER_TEST_")}
