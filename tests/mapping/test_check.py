"""The linter shouts wherever Segment silently does something nobody expects."""

from pathlib import Path

import pytest

from adapter.mapping.check.run import check_document, check_file
from adapter.mapping.positions import parse_document

_SHIPPED = Path(__file__).parents[2] / "mappings" / "segment.yaml"
_TRACK = 'type = "track"'


def document(subscribe=_TRACK, field='{"@path": "$.event"}', name="name", tail=""):
    filled = "" if name == "name" else '      name: {"@path": "$.event"}\n'
    return parse_document(
        "subscriptions:\n"
        "  - name: Track\n"
        "    action: trackEvent\n"
        f"    subscribe: {subscribe}\n"
        "    mapping:\n"
        f"{filled}"
        f"      {name}: {field}\n"
        f"{tail}",
        "given.yaml",
    )


def codes(given, calls=()):
    return [finding.code for finding in check_document(given, calls)]


def test_the_shipped_mapping_has_no_findings():
    assert check_file(_SHIPPED) == []


@pytest.mark.parametrize(
    ("field", "code"),
    [
        pytest.param('{"@path": "$[\'a.b\']"}', "M101", id="a quoted dot"),
        pytest.param('{"@template": "{{$.event}}"}', "M102", id="a root mark in braces"),
        pytest.param('{"@if": {exists: {"@path": a}, then: x, else: 0}}', "M103", id="falsy else"),
        pytest.param('{"@if": {exists: "", then: x}}', "M104", id="a falsy condition"),
        pytest.param('{"@case": {operator: lower, value: ""}}', "M105", id="a falsy value"),
        pytest.param(
            '{"@merge": {direction: LEFT, objects: [{"@path": a}]}}', "M106", id="a capital mode"
        ),
        pytest.param('{"@merge": {objects: [{"@path": a}]}}', "M107", id="no direction"),
        pytest.param(
            '{"@flatten": {separator: "-", value: {"@path": a}, omitArrays: "false"}}',
            "M108",
            id="a text for a switch",
        ),
        pytest.param('{"@literal": {a: {"@path": b}}}', "M109", id="a literal directive"),
        pytest.param('[{"@pth": a}]', "M110", id="an unread fault in an array"),
        pytest.param('{"@path": "$.a[b]"}', "M111", id="a word in brackets"),
    ],
)
def test_a_directive_is_reported_for(field, code):
    assert codes(document(field=field)) == [code]


@pytest.mark.parametrize(
    ("subscribe", "code"),
    [
        pytest.param('type = "track" and event = "a" or event = "b"', "M201", id="mixed operators"),
        pytest.param('type = "track" AND event = "a"', "M202", id="a capital operator"),
        pytest.param('type = "track" and !(event = "a")', "M203", id="a negated group"),
        pytest.param("event = 'a'", "M204", id="single quotes"),
        pytest.param("event = null", "M205", id="a test for null"),
        pytest.param("properties.vip != true", "M206", id="a boolean that differs"),
        pytest.param('match(event, "Order")', "M207", id="no star"),
        pytest.param('contains(type, "a") and event = "b"', "M208", id="contains on type"),
        pytest.param('evnt = "a" and event = "b"', "M208", id="an unknown field"),
        pytest.param("event =", "M209", id="no value"),
        pytest.param('event = "b" and (contains(event, "a"))', "M211", id="a call in a group"),
        pytest.param('type = "tracks"', "M212", id="an unknown type"),
        pytest.param('type = "track" and type = "page"', "M213", id="a contradiction"),
        pytest.param('event = "a" and event != "a"', "M213", id="a condition and its opposite"),
    ],
)
def test_a_subscription_is_reported_for(subscribe, code):
    assert codes(document(subscribe=subscribe)) == [code]


def test_a_finding_in_a_subscription_points_at_the_spot():
    (finding,) = check_document(document(subscribe="type = 'track'"))

    assert (finding.line, finding.column) == (4, 23)
    assert finding.cure == '"track"'


@pytest.mark.parametrize(
    "field",
    [
        pytest.param("everybody", id="a text"),
        pytest.param('{"@template": "anon-{{anonymousId}}"}', id="a text round a placeholder"),
        pytest.param(
            '{"@if": {exists: {"@path": a}, then: {"@path": a}, else: nobody}}', id="an else"
        ),
    ],
)
def test_an_id_that_is_the_same_for_everybody_is_reported(field):
    assert codes(document(name="anonymous_id", field=field)) == ["M301"]


def test_an_id_from_the_call_is_fine():
    given = document(name="anonymous_id", field='{"@template": "{{context.device.id}}"}')

    assert codes(given) == []


@pytest.mark.parametrize(
    ("subscribe", "expected"),
    [
        pytest.param('type = "track"', ["M302"], id="all of them"),
        pytest.param('event = "a" and type = "track"', ["M302"], id="some of them"),
        pytest.param('type = "track" or event = "a"', [], id="others too"),
        pytest.param('event = "a"', [], id="perhaps others"),
    ],
)
def test_a_subscription_whose_calls_an_exclusive_one_takes_is_reported(subscribe, expected):
    below = (
        '  - action: mergePeople\n    mapping: {primary: {"@path": a}, secondary: {"@path": b}}\n'
    )
    tail = f"    exclusive: true\n{below}    subscribe: {subscribe}\n"

    assert codes(document(tail=tail)) == expected


def test_two_subscriptions_that_do_the_same_are_reported():
    tail = (
        '  - action: trackEvent\n    subscribe: type = "track"\n    mapping: {name: {"@path": b}}\n'
    )

    assert codes(document(tail=tail)) == ["M303"]


def test_a_field_that_no_recorded_call_fills_is_reported():
    given = document(name="timestamp", field='{"@path": "$.timestmap"}')

    assert codes(given, [{"type": "track", "event": "a", "timestamp": "2024"}]) == ["M304"]


@pytest.mark.parametrize(
    ("example", "expected"),
    [
        pytest.param("{call: {type: track, event: a}, expect: []}", ["M402"], id="that fails"),
        pytest.param("{call: 5, expect: []}", ["M401"], id="without a call"),
        pytest.param("{call: {type: page}, expect: []}", [], id="that holds"),
    ],
)
def test_examples_are_run_and_one_is_reported(example, expected):
    assert codes(document(tail=f"examples:\n  - {example}\n")) == expected
