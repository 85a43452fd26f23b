"""What each directive does, quirk by quirk (mapping-kit.md), walked and compiled."""

import pytest

from adapter.mapping.compile import compile_mapping
from adapter.mapping.directives import DirectiveFailed
from adapter.mapping.evaluate import transform
from adapter.mapping.javascript.values import UNDEFINED

_NOTHING = {}

_CASES = {
    # paths
    "null is returned for what lies below it": ({"@path": "$.a.b"}, {"a": None}, None),
    "zero is returned for what lies below it": ({"@path": "$.a.b"}, {"a": 0}, 0),
    "nothing lies below a text": ({"@path": "$.a.b"}, {"a": "x"}, _NOTHING),
    "a text has a length in UTF-16 units": ({"@path": "$.a.length"}, {"a": "😀"}, 2),
    "a list has items": ({"@path": "$.a[1]"}, {"a": [1, 2]}, 2),
    "a bare dollar is a key": ({"@path": "$"}, {"$": 1}, 1),
    "the root is the whole call": ({"@path": "$."}, {"a": 1}, {"a": 1}),
    "the first root mark goes wherever it stands": ({"@path": "a.$.b"}, {"a": {"b": 1}}, 1),
    "quotes do not protect a dot": ({"@path": "$['a.b']"}, {"$": {"a": {"b": 1}}}, 1),
    "brackets round a word are part of the key": ({"@path": "a[b]"}, {"a[b]": 1}, 1),
    # templates
    "an object prints as JavaScript prints it": (
        {"@template": "{{a}}"},
        {"a": {}},
        "[object Object]",
    ),
    "a list prints with commas, null as nothing": (
        {"@template": "{{a}}"},
        {"a": [1.0, None, 2]},
        "1,,2",
    ),
    "numbers print as doubles": (
        {"@template": "{{a}} {{b}} {{c}} {{d}}"},
        {"a": 1e21, "b": 1e-7, "c": -0.0, "d": 9007199254740993},
        "1e+21 1e-7 0 9007199254740992",
    ),
    "a root mark in braces gives nothing": ({"@template": "x{{$.a}}"}, {"a": 1}, "x"),
    "triple braces are rendered twice": (
        {"@template": "{{{a}}}"},
        {"a": "{{b}}", "b": "c"},
        "c",
    ),
    # conditions
    "zero is blank": (
        {"@if": {"blank": {"@path": "$.a"}, "then": 1, "else": 2}},
        {"a": 0},
        2,
    ),
    "a list of an empty list is blank": (
        {"@if": {"blank": {"@path": "$.a"}, "then": 1, "else": 2}},
        {"a": [[]]},
        2,
    ),
    "an object is not blank": (
        {"@if": {"blank": {"@path": "$.a"}, "then": 1, "else": 2}},
        {"a": {}},
        1,
    ),
    "a falsy else is dropped": ({"@if": {"exists": {"@path": "$.a"}, "else": 0}}, {}, _NOTHING),
    "a falsy then is kept": ({"@if": {"exists": {"@path": "$.a"}, "then": 0}}, {"a": 1}, 0),
    # texts
    "case follows Unicode": (
        {"@case": {"operator": "upper", "value": {"@path": "$.a"}}},
        {"a": "straße"},
        "STRASSE",
    ),
    "case leaves other values alone": (
        {"@case": {"operator": "upper", "value": {"@path": "$.a"}}},
        {"a": 5},
        5,
    ),
    "the replaced text is at hand in a replacement": (
        {"@replace": {"pattern": "b", "replacement": "[$&$`$'$$]", "value": {"@path": "$.a"}}},
        {"a": "abc"},
        "a[bac$]c",
    ),
    "the Kelvin sign is no k": (
        {"@replace": {"pattern": "k", "ignorecase": True, "value": {"@path": "$.a"}}},
        {"a": "kK\u212a"},
        "\u212a",
    ),
    "replacing in what is no text gives an empty one": (
        {"@replace": {"pattern": "b", "value": {"@path": "$.a"}}},
        {"a": {}},
        "",
    ),
    # shapes
    "an object counts as a list of one": (
        {"@arrayPath": ["$.a", {"x": {"@path": "$.b"}}]},
        {"a": {"b": 1}},
        [{"x": 1}],
    ),
    "falsy items give themselves": (
        {"@arrayPath": ["$.a", {"x": {"@path": "$.b"}}]},
        {"a": [None, 0, ""]},
        [{"x": None}, {"x": 0}, {"x": ""}],
    ),
    "flattening joins keys, and loses empty containers": (
        {"@flatten": {"separator": "-", "value": {"@path": "$."}}},
        {"a": {"b": [1, {}]}, "c": []},
        {"a-b-0": 1},
    ),
    "the text false omits arrays": (
        {"@flatten": {"separator": "-", "value": {"@path": "$."}, "omitArrays": "false"}},
        {"a": [1]},
        {"a": [1]},
    ),
    "flattening a scalar gives an empty key": (
        {"@flatten": {"separator": "-", "value": {"@path": "$.a"}}},
        {"a": 1},
        {"": 1},
    ),
    "merging from the left lets the first win": (
        {"@merge": {"direction": "left", "objects": [{"a": 1}, {"a": 2, "b": 3}]}},
        {},
        {"a": 1, "b": 3},
    ),
    "capital LEFT acts as right": (
        {"@merge": {"direction": "LEFT", "objects": [{"a": 1}, {"a": 2}]}},
        {},
        {"a": 2},
    ),
    "an undefined value erases the earlier one": (
        {"@merge": {"direction": "right", "objects": [{"a": 1}, {"a": {"@path": "$.x"}}]}},
        {},
        {},
    ),
    "a text spreads to its characters": (
        {"@merge": {"direction": "right", "objects": [{"@path": "$.a"}]}},
        {"a": "hi"},
        {"0": "h", "1": "i"},
    ),
    "encoding puts indexes first": (
        {"@json": {"mode": "encode", "value": {"@path": "$.a"}}},
        {"a": {"b": 1.0, "1": None}},
        '{"1":null,"b":1}',
    ),
    "capital ENCODE gives nothing": (
        {"@json": {"mode": "ENCODE", "value": {"@path": "$.a"}}},
        {"a": 1},
        _NOTHING,
    ),
    "what is no JSON decodes to itself": (
        {"@json": {"mode": "decode", "value": {"@path": "$.a"}}},
        {"a": "[1"},
        "[1",
    ),
    "nulls are left out, but not in lists": (
        {"@excludeWhenNull": {"@path": "$.a"}},
        {"a": {"b": None, "c": {"d": None}, "e": [None]}},
        {"c": {}, "e": [None]},
    ),
    "a literal does resolve directives": (
        {"@literal": {"a": {"@path": "$.b"}}},
        {"b": 1},
        {"a": 1},
    ),
    "a transform maps what another mapping gives": (
        {"@transform": {"apply": {"x": {"@path": "$.a"}}, "mapping": {"y": {"@path": "$.x"}}}},
        {"a": 1},
        {"y": 1},
    ),
    "undefined items of a list become null": ([{"@path": "$.x"}], {}, [None]),
    # Liquid
    "Liquid divides with a remainder": ({"@liquid": "{{ a | divided_by: 2 }}"}, {"a": 7}, "3.5"),
    "Liquid passes unknown filters by": ({"@liquid": "{{ a | shout }}"}, {"a": "x"}, "x"),
    "Liquid takes an empty text for true": ({"@liquid": "{% if a %}1{% endif %}"}, {"a": ""}, "1"),
}

_REFUSED = {
    "an unknown directive": {"@pth": "$.a"},
    "two directives in one object": {"@path": "$.a", "@template": "x"},
    "a condition that is falsy": {"@if": {"exists": "", "then": 1}},
    "a pattern that is too long": {"@replace": {"pattern": "12345678901", "value": "x"}},
    "encoding a falsy literal": {"@json": {"mode": "encode", "value": 0}},
    "merging without a direction": {"@merge": {"objects": []}},
    "a Liquid loop": {"@liquid": "{% for a in b %}{% endfor %}"},
    "a forbidden Liquid filter": {"@liquid": "{{ a | map: 'b' }}"},
    "an endless Liquid template": {"@liquid": "x" * 1001},
}


@pytest.mark.parametrize(
    "apply", [transform, lambda m, p: compile_mapping(m)(p)], ids=["walked", "compiled"]
)
@pytest.mark.parametrize(("mapping", "payload", "expected"), _CASES.values(), ids=_CASES.keys())
def test_a_directive_gives(mapping, payload, expected, apply):
    given = apply({"field": mapping}, payload)

    assert given == ({} if expected is _NOTHING else {"field": expected})


@pytest.mark.parametrize(
    "apply", [transform, lambda m, p: compile_mapping(m)(p)], ids=["walked", "compiled"]
)
@pytest.mark.parametrize("mapping", _REFUSED.values(), ids=_REFUSED.keys())
def test_a_mapping_is_refused_for(mapping, apply):
    with pytest.raises(DirectiveFailed):
        apply({"field": mapping}, {"a": "b"})


def test_the_root_directive_takes_the_other_fields_in():
    mapping = {
        "__segment_internal_directive": {"@transform": {"apply": {"x": {"@path": "$.a"}}}},
        "y": {"@path": "$.x"},
    }

    assert transform(mapping, {"a": 1}) == {"y": 1}


def test_a_mapping_may_give_nothing_at_all():
    assert transform({"@path": "$.x"}, {}) is UNDEFINED
