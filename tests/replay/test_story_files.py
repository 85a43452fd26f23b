"""What a story's file may say, and how loudly it fails otherwise."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapter.clock import parse_instant
from adapter.errors import OperatorError
from adapter.services.stories import Request, load_stories, load_story
from adapter.services.story_schemas import story_fields

_FIXTURES = Path(__file__).parents[2] / "fixtures"
_STEP = {"at": "2026-03-01T10:00:00Z", "webhook": {"type": "page"}}
_STORY = {
    "story": "A page is stored.",
    "rules": ["K2"],
    "steps": [_STEP],
    "then": {"ledger": {"stored": 1}},
}


def _file(tmp_path: Path, value: Any) -> Path:
    path = tmp_path / "topic" / "case.json"
    path.parent.mkdir(parents=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in _STORY.items() if key != name}


@pytest.mark.parametrize(
    ("value", "pointers"),
    [
        pytest.param("{", [""], id="no JSON"),
        pytest.param([], [""], id="no object"),
        pytest.param(_without("then"), ["/then"], id="nothing is expected"),
        pytest.param(_STORY | {"then": {}}, ["/then"], id="nothing is asked"),
        pytest.param(_STORY | {"steps": []}, ["/steps"], id="nothing happens"),
        pytest.param(_STORY | {"rules": ["window"]}, ["/rules/0"], id="no rule's number"),
        pytest.param(
            _STORY | {"steps": [_STEP | {"set": {}}]}, ["/steps/0"], id="two things in a step"
        ),
        pytest.param(
            _STORY | {"steps": [_STEP, {"at": "2026-02-28", "set": {}}]},
            ["/steps"],
            id="time goes back",
        ),
        pytest.param(_STORY | {"now": "2026-02-28"}, ["/steps"], id="asked before the end"),
        pytest.param(
            _STORY | {"story": "", "steps": [{"at": "noon"}], "then": {"log": []}, "spare": 1},
            ["/story", "/steps/0/at", "/then/log", "/spare"],
            id="all problems at once",
        ),
    ],
)
def test_a_wrong_story_names_all_that_is_wrong(
    tmp_path: Path, value: Any, pointers: list[str]
) -> None:
    path = _file(tmp_path, value)

    with pytest.raises(OperatorError) as caught:
        load_story(path)

    assert [problem.pointer for problem in caught.value.problems] == pointers


def test_the_problems_of_all_files_are_told_together(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        _file(tmp_path / folder, "{")

    with pytest.raises(OperatorError) as caught:
        load_stories(tmp_path)

    assert len(caught.value.problems) == 2


def test_a_directory_without_stories_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="no story below"):
        load_stories(tmp_path)


@pytest.mark.parametrize(
    ("step", "body"),
    [
        pytest.param({"webhook": [{"a": 1}]}, b'[{"a":1}]', id="JSON"),
        pytest.param({"webhook": None}, b"null", id="null is a body too"),
        pytest.param({"webhook": "\ud83d"}, b'"\\ud83d"', id="half of a surrogate pair"),
        pytest.param({"body": "[1.0, ]"}, b"[1.0, ]", id="text that is sent as it is"),
    ],
)
def test_a_request_bears_the_body_that_is_sent(
    tmp_path: Path, step: dict[str, Any], body: bytes
) -> None:
    at = "2026-03-01T10:00:00.250Z"
    path = _file(tmp_path, _STORY | {"steps": [{"at": at, **step}]})

    story = load_story(path)

    assert story.steps == [Request(at=parse_instant(at), body=body, answer=None)]


def test_questions_are_asked_at_the_last_step_unless_the_story_says_when(tmp_path: Path) -> None:
    later = _file(tmp_path, _STORY | {"now": "2026-04-01T10:00:00Z"})
    assert load_story(later).now == parse_instant("2026-04-01T10:00:00Z")

    later.write_text(json.dumps(_STORY), encoding="utf-8")
    assert load_story(later).now == parse_instant("2026-03-01T10:00:00Z")


def test_the_schema_for_editors_names_the_fields_that_the_loader_knows() -> None:
    schema = json.loads((_FIXTURES / "story.schema.json").read_text(encoding="utf-8"))

    parts = {
        "story": schema["properties"],
        "workspace": schema["properties"]["workspace"]["properties"],
        "source": schema["properties"]["source"]["properties"],
        "step": schema["$defs"]["step"]["properties"],
        "call": schema["$defs"]["step"]["properties"]["call"]["properties"],
        "then": schema["properties"]["then"]["properties"],
        "person": schema["$defs"]["person"]["properties"],
        "activities": schema["properties"]["then"]["properties"]["activities"]["properties"],
    }

    assert {name: set(fields) for name, fields in parts.items()} == story_fields()


def test_every_rule_that_a_webhook_can_show_has_a_story() -> None:
    told = {rule for story in load_stories(_FIXTURES) for rule in story.rules}

    shown = "K1 K2 K3 K4 K5 K6 K7 T1 T2 T3 T4 M1 M2 M3 M4 M5 M6 M7 M8 M9 M10 A1 A2 R1 R3 R4"
    assert set(f"{shown} C1 C2 C3 C5 C7 P1 P2 P3 P4 P5 L1 L2 L3 L4".split()) - told == set()
