"""Settings from the environment, all faults at once."""

from pathlib import Path

import pytest

from adapter.errors import OperatorError
from adapter.settings import Settings, read_settings, variables


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for variable in variables():
        monkeypatch.delenv(variable.name, raising=False)


def test_without_variables_the_defaults_hold():
    assert read_settings() == Settings()


def test_variables_are_read_in_their_own_kinds(monkeypatch):
    monkeypatch.setenv("ADAPTER_PORT", "9000")
    monkeypatch.setenv("ADAPTER_METRICS", "no")
    monkeypatch.setenv("ADAPTER_MAPPINGS_DIR", "/mappings")

    expected = Settings(port=9000, metrics=False, mappings_dir=Path("/mappings"))
    assert read_settings() == expected


def test_what_is_given_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("ADAPTER_PORT", "no number")
    monkeypatch.setenv("ADAPTER_HOST", "0.0.0.0")

    assert read_settings(port=9000, host=None) == Settings(port=9000, host="0.0.0.0")


def test_all_that_is_wrong_is_told_at_once(monkeypatch):
    monkeypatch.setenv("ADAPTER_PORT", "65536")
    monkeypatch.setenv("ADAPTER_THREADS", "0")
    monkeypatch.setenv("ADAPTER_METRICS", "perhaps")
    monkeypatch.setenv("ADAPTER_LOG_LEVEL", "loud")
    monkeypatch.setenv("ADAPTER_TLS_CERT", "cert.pem")

    with pytest.raises(OperatorError) as caught:
        read_settings()

    named = [problem.message.partition(":")[0] for problem in caught.value.problems]
    assert sorted(named) == [
        "ADAPTER_LOG_LEVEL",
        "ADAPTER_METRICS",
        "ADAPTER_PORT",
        "ADAPTER_THREADS",
        "ADAPTER_TLS_KEY",
    ]


@pytest.mark.parametrize("variable", variables(), ids=lambda variable: variable.name)
def test_every_variable_has_one_line_of_help(variable):
    assert variable.help
    assert "\n" not in variable.help
