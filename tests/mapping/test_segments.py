"""``segments.yaml``: read, checked with places and codes, tried on its examples (C6)."""

import pytest

from adapter.clock import DAY
from adapter.mapping.check.segments import check_segments
from adapter.mapping.findings import MappingFileInvalid
from adapter.mapping.segments import load_segments
from adapter.model.segments import AllOf, Not, performed_in

WHOLE = """\
segments:
  - id: keen
    name: Keen on pricing
    workspace: demo
    who:
      and:
        - performed: {page: "https://example.com/pricing", at_least: 2, within: 7d}
        - not: {performed: {event: Ordered, where: properties.total > 10}}
        - attributes: traits.country != "US"
  - id: staff
    enabled: false
    who: {or: [{attributes: 'contains(traits.email, "@example.com")'}, {attributes: userId = "1"}]}
examples:
  - segment: keen
    person: {attributes: {country: DE}}
    events:
      - {name: "https://example.com/pricing", kind: page, ago: 7d}
      - {name: "https://example.com/pricing", kind: page}
      - {name: Ordered, data: {total: 10}}
    member: true
  - segment: keen
    events: [{name: "https://example.com/pricing", kind: page}]
    member: false
  - segment: staff
    person: {email: a@example.com}
    member: true
"""


def written(tmp_path, text):
    path = tmp_path / "segments.yaml"
    path.write_text(text)
    return path


def line_of(text):
    return WHOLE[: WHOLE.index(text)].count("\n") + 1


def test_a_whole_file_is_read_and_those_switched_off_left_out(tmp_path):
    (keen,) = load_segments(written(tmp_path, WHOLE))

    assert (keen.id, keen.name, keen.workspace) == ("keen", "Keen on pricing", "demo")
    assert isinstance(keen.who, AllOf)
    assert isinstance(keen.who.parts[1], Not)
    pricing, ordered = performed_in(keen.who)
    assert (pricing.kind, pricing.at_least, pricing.within) == ("page", 2, 7 * DAY)
    assert (ordered.name, ordered.at_least, ordered.within) == ("Ordered", 1, None)


def test_the_examples_of_a_sound_file_pass(tmp_path):
    assert check_segments(written(tmp_path, WHOLE)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("member: false", "member: true", id="another answer"),
        pytest.param("ago: 7d}", "ago: 8d}", id="longer ago than the period"),
        pytest.param("total: 10}", "total: 11}", id="an event that the condition excludes"),
        pytest.param("country: DE", "country: US", id="an attribute"),
    ],
)
def test_an_example_that_gives_something_else_is_found(tmp_path, old, new):
    (found,) = check_segments(written(tmp_path, WHOLE.replace(old, new, 1)))

    assert found.code == "M402"


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("segments:", "segment:", "M023", "segments:"),
        ("id: keen", "id: Keen On", "M602", "id: keen"),
        ("id: staff", "id: keen", "M602", "id: staff"),
        ("enabled: false", "enabled: 1", "M603", "enabled: false"),
        ("name: Keen on pricing", "name: [1]", "M603", "name: Keen"),
        ("    who:\n", "    wo:\n", "M023", "    who:\n"),
        ("      and:", "      all:", "M023", "      and:"),
        ("{or: [{attributes", "{or: [], and: [{attributes", "M604", "{or: ["),
        ("{page: ", "{pge: ", "M605", "performed: {page"),
        ("at_least: 2", "at_least: 0", "M606", "at_least: 2"),
        ("at_least: 2", "at_least: many", "M606", "at_least: 2"),
        ("within: 7d", "within: 7 days", "M606", "within: 7d"),
        ("properties.total > 10", "traits.total > 10", "M607", "where: prop"),
        ("attributes: traits.country", "attributes: (traits.country", "M607", "attributes: tr"),
        ("attributes: traits.country", "attributes: properties.country", "M607", "attributes: tr"),
    ],
)
def test_what_is_wrong_is_found_with_its_code_and_line(tmp_path, old, new, code, place):
    path = written(tmp_path, WHOLE.replace(old, new, 1))

    found = [(each.code, each.line) for each in check_segments(path)]

    assert (code, line_of(place)) in found
    with pytest.raises(MappingFileInvalid):
        load_segments(path)


def test_traps_of_fql_are_told_and_do_not_stop_it(tmp_path):
    trap = written(tmp_path, WHOLE.replace('"US"', "'US'"))

    assert [(each.code, each.severity) for each in check_segments(trap)] == [("M204", "warning")]
    assert len(load_segments(trap)) == 1


def test_conditions_nested_too_deep_are_refused(tmp_path):
    deep = "{not: " * 40 + "{performed: {event: X}}" + "}" * 40

    found = check_segments(written(tmp_path, f"segments: [{{id: a, who: {deep}}}]"))

    assert [each.code for each in found] == ["M604"]


@pytest.mark.parametrize("example", ["{segment: nobody, member: true}", "{segment: keen}", "1"])
def test_an_example_that_says_nothing_is_found(tmp_path, example):
    (found,) = check_segments(written(tmp_path, f"{WHOLE}  - {example}\n"))

    assert found.code == "M401"
