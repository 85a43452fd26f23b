"""What `.deploy` holds is true: it names commands, settings, files and metrics that there are."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from prometheus_client.metrics import MetricWrapperBase
from ruamel.yaml import YAML

from adapter.cli import main
from adapter.rules.decision import Fate
from adapter.settings import variables
from adapter.telemetry import Metrics

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / ".deploy"
README = (ROOT / "README.md").read_text(encoding="utf-8")
UNITS = ("adapter.service", "adapter-worker.service")
SETTINGS = {variable.name for variable in variables()}
COMPOSE = YAML(typ="safe").load(DEPLOY / "compose.yaml")
ALERTS = [
    rule
    for group in YAML(typ="safe").load(DEPLOY / "alerts.yml")["groups"]
    for rule in group["rules"]
]
DASHBOARD = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
DASHBOARD_EXPRESSIONS = [
    target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
]
EXPRESSIONS = [*DASHBOARD_EXPRESSIONS, *(rule["expr"] for rule in ALERTS)]
# What a name of the product ends in, by its type, when Prometheus has scraped it.
_ENDINGS = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
# Prometheus' own labels, and a histogram's.
_GIVEN_LABELS = {"instance", "job", "le"}


def product_metrics():
    return [each for each in vars(Metrics()).values() if isinstance(each, MetricWrapperBase)]


def series():
    """Give the labels of each series that the product exposes, by its name."""
    return {
        described.name + ending: set(metric._labelnames)
        for metric in product_metrics()
        for described in metric.describe()
        for ending in _ENDINGS[described.type]
    }


def instructions(word):
    """Give the arguments of an instruction of the Dockerfile, its lines joined."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.split(maxsplit=1)[1] for line in text.splitlines() if line.startswith(f"{word} ")]


def is_command(name):
    return main.get_command(click.Context(main), name) is not None


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_metric_and_label_that_is_asked_for_exists(expression):
    known = series()
    named = re.findall(r"\b(adapter_\w+)", expression)
    labels = {
        label.strip()
        for listed in re.findall(r"by \(([^)]+)\)", expression)
        for label in listed.split(",")
    } | set(re.findall(r'(\w+)=~?"', expression))

    assert named or expression == 'up{job="adapter"} == 0'
    assert set(named) <= known.keys()
    assert labels <= _GIVEN_LABELS.union(*(known[name] for name in named))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_fate_that_is_asked_for_exists(expression):
    for fates in re.findall(r'fate=~?"([^"]+)"', expression):
        assert set(fates.split("|")) <= set(Fate)


def test_every_metric_stands_on_the_dashboard():
    shown = " ".join(DASHBOARD_EXPRESSIONS)

    missing = [
        described.name
        for metric in product_metrics()
        for described in metric.describe()
        if described.name not in shown
    ]
    assert missing == []


def test_no_two_panels_of_the_dashboard_overlap():
    cells = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_has_its_cure_in_the_readme(rule):
    assert f"`{rule['alert']}`" in README
    assert rule["annotations"]["summary"]
    assert rule["labels"]["severity"] in {"page", "ticket"}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="needs Prometheus' own checker")
@pytest.mark.parametrize("arguments", [("config", "prometheus.yml"), ("rules", "alerts.yml")])
def test_prometheus_takes_its_files(arguments):
    kind, file = arguments
    done = subprocess.run(
        ["promtool", "check", kind, DEPLOY / file], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["server", "worker"])
def test_a_service_of_the_compose_file_runs_a_command_with_settings_that_exist(name):
    service = COMPOSE["services"][name]

    assert is_command(service["command"][0])
    assert service["environment"].keys() <= SETTINGS
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    for volume in service["volumes"]:
        assert (DEPLOY / volume.split(":")[0]).is_dir()


def test_all_services_of_the_compose_file_are_looked_after():
    for service in COMPOSE["services"].values():
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"]


def test_the_image_is_built_from_what_is_there_and_asked_for():
    copied = [word for line in instructions("COPY")[:-1] for word in line.split()[:-1]]
    let_through = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()

    assert all((ROOT / name).exists() for name in copied)
    assert {line[1:] for line in let_through if line.startswith("!")} == set(copied)


def test_the_image_runs_a_command_with_settings_that_exist_on_the_python_of_the_tests():
    (entry,), (command,) = instructions("ENTRYPOINT"), instructions("CMD")
    version = (ROOT / ".python-version").read_text(encoding="utf-8").strip()

    assert json.loads(entry) == ["adapter"]
    assert is_command(json.loads(command)[0])
    assert set(re.findall(r"(ADAPTER_\w+)=", " ".join(instructions("ENV")))) <= SETTINGS
    assert {line.split()[0] for line in instructions("FROM")} == {f"python:{version}-slim"}


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_runs_a_command_that_exists(unit):
    text = (DEPLOY / unit).read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=(.+)$", text, re.MULTILINE)
    program, command = line.split()

    assert Path(program).name == "adapter"
    assert is_command(command)
    assert unit in text.splitlines()[0]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd's own checker")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_its_units(unit, tmp_path):
    text = (DEPLOY / unit).read_text(encoding="utf-8")
    # The program need not be installed for its unit to be right.
    placed = tmp_path / unit
    placed.write_text(text.replace("/opt/adapter/bin/adapter", shutil.which("true")))
    done = subprocess.run(
        ["systemd-analyze", "verify", placed], check=False, capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "file", [path.name for path in DEPLOY.iterdir() if path.name != "Dockerfile.dockerignore"]
)
def test_every_file_stands_in_the_readme(file):
    assert f"`.deploy/{file}`" in README
