"""``adapter mappings diff``, as operators call it."""

import pytest
from click.testing import CliRunner

from adapter.cli import main
from adapter.jsonvalue import dumps, loads
from adapter.services.mapping_diff.result import MappingDiff
from tests.services.mapping_files import identify, track, write

VIEWED = {"type": "track", "event": "Viewed", "messageId": "m1", "userId": "u1"}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give a working directory with mappings, payloads and no variables set."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ADAPTER_DATABASE_URL", raising=False)
    monkeypatch.delenv("ADAPTER_REHEARSAL_CLOCK", raising=False)
    write(tmp_path / "old.yaml", track(), identify())
    write(tmp_path / "new.yaml", track(name="Seen"), identify())
    (tmp_path / "calls.jsonl").write_text(dumps({**VIEWED, "receivedAt": "2026-03-01T10:00:00Z"}))
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def diff(*arguments):
    return run("mappings", "diff", *arguments)


def test_no_difference_exits_with_0(folder):
    result = diff("old.yaml", "old.yaml", "--fixtures", "calls.jsonl", "--json")

    found = loads(result.stdout)
    assert (result.exit_code, found["events"]["old"], found["events"]["differ"]) == (0, 1, 0)


def test_a_difference_exits_with_1_and_is_shown(folder):
    result = diff("old.yaml", "new.yaml", "--fixtures", "calls.jsonl")

    assert result.exit_code == 1
    assert '- {"name":"Viewed"}' in result.stdout
    assert '+ {"name":"Seen"}' in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("old.yaml", "broken.yaml", "--fixtures", "calls.jsonl"), id="a broken file"),
        pytest.param(("old.yaml", "missing.yaml"), id="a missing file"),
        pytest.param(("old.yaml", "new.yaml", "--over", "3 weeks"), id="an odd duration"),
        pytest.param(("old.yaml", "new.yaml"), id="no database"),
        pytest.param(
            ("old.yaml", "new.yaml", "--workspace", "demo", "--fixtures", "calls.jsonl"),
            id="a workspace of fixtures",
        ),
    ],
)
def test_errors_exit_with_2_and_make_nothing(folder, arguments):
    (folder / "broken.yaml").write_text("subscriptions: 1")

    assert diff(*arguments).exit_code == 2
    assert not (folder / "adapter.db").exists()


def test_what_the_store_kept_is_tried_as_far_back_as_asked(folder):
    (folder / "now").write_text("2026-03-02T09:00:00Z")
    clock = ("--rehearsal-clock", "now")
    (folder / "mappings").mkdir()
    write(folder / "mappings/segment.yaml", track(), identify())
    run("workspace", "create", "demo", *clock)
    run("replay", "calls.jsonl", *clock)

    found = [
        loads(diff("old.yaml", "new.yaml", "--over", over, *clock, "--json").stdout)["requests"]
        for over in ("22h", "24h")
    ]
    unknown = diff("old.yaml", "new.yaml", "--workspace", "other", *clock)

    assert found == [0, 1]
    assert (unknown.exit_code, "there are: demo" in unknown.stderr) == (2, True)


def test_as_json_every_kind_has_counts_and_examples():
    shown = MappingDiff().as_json()

    kinds = ("events", "people", "merges", "triggers")
    assert list(shown) == ["requests", "records", *kinds]
    assert all(set(shown[kind]) == {"old", "new", "differ", "examples"} for kind in kinds)
