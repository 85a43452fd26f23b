"""Mapping files tried on calls: what becomes of them, and what would."""

import json

import pytest

from adapter.bootstrap import load_mappings, shipped
from adapter.services.trying import MOST_CALLS, MOST_CHARACTERS, Trying

MAPPINGS = load_mappings(shipped("mappings"))
TEXT = MAPPINGS["segment"].text
CALL = {"type": "track", "event": "Order", "userId": "u1", "properties": {"total": 1}}


@pytest.fixture
def trying():
    return Trying(MAPPINGS)


def test_a_call_becomes_the_native_operation_with_the_trace_of_each_field(trying):
    (tried,) = trying.trial("segment", json.dumps(CALL)).tried
    (taken,) = tried.taken

    assert taken.mapped.operation["name"] == "Order"
    assert {field.name: field.trace.what for field in taken.fields}["name"] == "@path $.event"
    assert tried.instead is None
    assert not tried.differs


def test_calls_are_found_however_deep_and_so_many_are_shown(trying):
    trial = trying.trial("segment", json.dumps({"steps": [{"webhook": [CALL] * (MOST_CALLS + 3)}]}))

    assert (len(trial.tried), trial.left_out) == (MOST_CALLS, 3)


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ("", "malformed JSON"),
        ('{"type": "track"', "malformed JSON"),
        ("[" * 5_000, "malformed JSON"),
        ('{"type": "audience"}', "no call was found in it"),
        ("x" * (MOST_CHARACTERS + 1), "it is longer than 200,000 characters"),
    ],
)
def test_what_cannot_be_tried_is_told(trying, payload, problem):
    assert problem in trying.trial("segment", payload).problem


def test_a_changed_file_is_compared(trying):
    changed = TEXT.replace('"@path": "$.event"', '"@template": "My {{event}}"')

    trial = trying.trial(
        "segment", json.dumps([CALL, {"type": "identify", "userId": "u"}]), changed
    )

    track, identify = trial.tried
    # Its own examples say so too.
    assert {each.code for each in trial.findings} == {"M402"}
    assert trial.differing == 1
    assert track.differs
    assert track.instead[0].mapped.operation["name"] == "My Order"
    assert not identify.differs


def test_another_way_to_the_same_is_no_difference(trying):
    changed = TEXT.replace('"@path": "$.event"', '"@template": "{{event}}"')

    (tried,) = trying.trial("segment", json.dumps(CALL), changed).tried

    assert tried.instead is not None
    assert not tried.differs


def test_a_changed_file_that_does_not_check_says_why_and_the_running_one_still_answers(trying):
    changed = TEXT.replace("action: trackEvent", "action: trackEvnt", 1)

    trial = trying.trial("segment", json.dumps(CALL), changed)

    assert [(each.code, each.cure) for each in trial.findings] == [
        ("M012", "did you mean trackEvent?")
    ]
    assert trial.tried[0].taken
    assert trial.tried[0].instead is None


def test_the_shipped_file_has_no_findings(trying):
    assert trying.findings("segment") == ()
