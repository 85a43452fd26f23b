"""Segment's own destination made these requests; the shipped mapping makes the same."""

import json
from pathlib import Path

import pytest

from adapter.mapping.files import load_mapping

_SHIPPED = Path(__file__).parents[2] / "mappings" / "segment.yaml"
_RECORDED = json.loads((Path(__file__).parent / "golden" / "segment_customerio.json").read_text())
_EVENTS = {name: case for name, case in _RECORDED.items() if not name.startswith("__")}


@pytest.fixture(scope="module")
def mapping():
    return load_mapping(_SHIPPED)


@pytest.mark.parametrize("case", _EVENTS.values(), ids=_EVENTS.keys())
def test_the_shipped_mapping_makes_the_recorded_requests(mapping, case):
    made = [
        (mapped.path, mapped.operation)
        for mapped in mapping.apply(case["input"])
        if mapped.operation is not None
    ]

    assert made == [(request["path"], request["body"]) for request in case["requests"]]


@pytest.mark.parametrize(
    "case", [case for case in _EVENTS.values() if case["error"]], ids=lambda case: case["error"]
)
def test_what_segment_refuses_is_a_problem_that_names_the_field(mapping, case):
    problems = [problem for mapped in mapping.apply(case["input"]) for problem in mapped.problems]

    assert [problem.code for problem in problems] == ["required"] * case["error"].count("missing")
    assert all(problem.pointer for problem in problems)
