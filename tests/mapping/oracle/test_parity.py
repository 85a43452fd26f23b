"""Fresh random cases get the same answers here and from Segment's own packages.

Needs node and npm. ADAPTER_TEST_ORACLE_CASES says how many cases of each kind (300),
ADAPTER_TEST_ORACLE_SEED from which seed they are drawn (1).
"""

import json
import os
import subprocess
from pathlib import Path
from random import Random

import pytest

from adapter.mapping.files import load_mapping
from adapter.mapping.protocol import FqlAnswers, MappingAnswers
from tests.mapping.oracle.generate import Generator
from tests.mapping.oracle.packages import ask, installed_packages, missing_tools

_CASES = int(os.environ.get("ADAPTER_TEST_ORACLE_CASES", "300"))
_SEED = int(os.environ.get("ADAPTER_TEST_ORACLE_SEED", "1"))
_SHIPPED = Path(__file__).parents[3] / "mappings" / "segment.yaml"


@pytest.fixture(scope="module")
def segment():
    lacking = missing_tools()
    if lacking:
        pytest.skip(f"NOT COMPARED WITH SEGMENT'S PACKAGES: {' and '.join(lacking)} not found")
    try:
        folder = installed_packages()
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        pytest.skip(f"NOT COMPARED WITH SEGMENT'S PACKAGES: they cannot be installed: {error}")
    return lambda questions: ask(folder, questions)


def test_mappings_give_what_segment_gives(segment):
    draw = Generator(Random(_SEED))
    questions = [{"mapping": draw.mapping(), "payload": draw.payload()} for _ in range(_CASES)]

    ours = answers(MappingAnswers(), questions)

    assert different(questions, ours, segment(questions)) == []


def test_a_mapping_gives_the_same_once_it_is_compiled(segment):
    draw = Generator(Random(_SEED + 1))
    questions = [{"mapping": draw.mapping(), "payload": draw.payload()} for _ in range(_CASES)]
    answer = MappingAnswers()
    walked = answers(answer, questions)

    compiled = answers(answer, questions)

    assert different(questions, compiled, walked) == []


def test_subscriptions_take_what_segment_takes(segment):
    draw = Generator(Random(_SEED + 2))
    questions = [{"fql": draw.fql(), "payload": draw.event_payload()} for _ in range(_CASES)]

    ours = answers(FqlAnswers(), questions)

    assert different(questions, ours, segment(questions)) == []


def test_calls_become_the_requests_that_segment_makes(segment):
    draw = Generator(Random(_SEED + 3))
    questions = [{"call": draw.call()} for _ in range(_CASES)]
    shipped = load_mapping(_SHIPPED)

    ours = [{"ok": True, "requests": requests(shipped, each["call"])} for each in questions]

    assert different(questions, ours, segment(questions)) == []


def requests(mapping, call):
    return [
        {"path": mapped.path, "body": mapped.operation}
        for mapped in mapping.apply(call)
        if mapped.operation is not None
    ]


def answers(answer, questions):
    return [json.loads(answer(json.dumps(question).encode())) for question in questions]


def different(questions, ours, theirs):
    """Give the cases answered differently; one in a thousand may be a known difference."""
    found = [
        {"question": question, "ours": our, "segment": their}
        for question, our, their in zip(questions, ours, theirs, strict=True)
        if comparable(our) != comparable(their)
    ]
    return found if len(found) > len(questions) // 1000 else []


def comparable(value):
    """Compare numbers as doubles, whether a refusal is one, and never its words or an id."""
    if isinstance(value, dict):
        ignored = {"error", "id"} if "ok" in value else set()
        return {key: comparable(item) for key, item in value.items() if key not in ignored}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return (type(value).__name__, value)
    return float(value)
