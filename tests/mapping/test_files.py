"""Mapping files: what they may hold, and how they say what is wrong."""

import pytest

from adapter.mapping.files import load_mapping
from adapter.mapping.findings import MappingFileInvalid
from adapter.mapping.positions import parse_document

_SOUND = """\
subscriptions:
  - name: Track
    action: trackEvent
    subscribe: type = "track"
    mapping:
      name: {"@path": "$.event"}
      anonymous_id: {"@path": "$.anonymousId"}
"""


def test_a_file_may_hold_segments_own_mapping_object(tmp_path):
    mapping = load(tmp_path, _SOUND)

    (mapped,) = mapping.apply({"type": "track", "event": "Order", "anonymousId": "a"})

    assert mapped.operation == {
        "type": "person",
        "action": "event",
        "name": "Order",
        "attributes": {},
        "identifiers": {"anonymous_id": "a"},
    }


def test_a_mapping_is_named_after_its_file(tmp_path):
    assert load(tmp_path, _SOUND).name == "given"


def test_a_mapping_object_goes_before_the_defaults(tmp_path):
    text = _SOUND + "    fields:\n      name: {default: never}\n"

    (mapped,) = load(tmp_path, text).apply({"type": "track", "event": "Order"})

    assert mapped.operation["name"] == "Order"


def test_a_file_may_require_more_than_the_action(tmp_path):
    text = _SOUND + "    fields:\n      anonymous_id: {required: true}\n"

    (mapped,) = load(tmp_path, text).apply({"type": "track", "event": "Order"})

    assert [(problem.code, problem.pointer) for problem in mapped.problems] == [
        ("required", "/anonymousId")
    ]


def test_an_exclusive_subscription_keeps_a_call_from_those_below(tmp_path):
    below = _SOUND.removeprefix("subscriptions:\n")
    text = _SOUND + "    exclusive: true\n" + below

    assert len(load(tmp_path, text).apply({"type": "track", "event": "Order"})) == 1


def test_a_subscription_that_is_switched_off_takes_nothing(tmp_path):
    text = _SOUND + "    enabled: false\n"

    assert load(tmp_path, text).apply({"type": "track", "event": "Order"}) == []


def test_everything_wrong_is_told_at_once_with_its_place(tmp_path):
    text = """\
subscriptions:
  - name: Track
    action: trackEvnt
    subscribe: type = "track
  - action: trackEvent
    subscribe: |
      type = "track"
      and (event = "a"
    fields:
      nam: {default: x}
      timestamp: {default: {"@pth": "$.timestamp"}}
      name:
        type: number
        default: {"@path": "$.event", "@template": "x"}
    when: 2024-01-02
"""

    with pytest.raises(MappingFileInvalid) as caught:
        load(tmp_path, text)

    found = sorted((item.line, item.column, item.code) for item in caught.value.findings)
    assert found == [
        (3, 13, "M012"),
        (4, 23, "M020"),
        (8, 11, "M020"),
        (10, 7, "M022"),
        (11, 29, "M021"),
        (13, 15, "M017"),
        (14, 9, "M021"),
        (15, 5, "M023"),
        (15, 11, "M005"),
    ]


def test_near_misses_are_suggested(tmp_path):
    text = _SOUND.replace("trackEvent", "trackEvnt")

    with pytest.raises(MappingFileInvalid, match=r"did you mean trackEvent\?"):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("subscriptions: [", "M002", id="no YAML"),
        pytest.param("a: &x {b: 1}\nsubscriptions: []\nc: {<<: *x}", "M003", id="a merge key"),
        pytest.param("subscriptions: []\nsubscriptions: []", "M004", id="a key twice"),
        pytest.param("subscriptions: {}", "M010", id="no list"),
        pytest.param("subscriptions: [5]", "M011", id="no object"),
        pytest.param(_SOUND.replace("type =", "5 #"), "M013", id="no condition"),
        pytest.param(_SOUND.replace('"track"', '"track" or ()'), "M020", id="empty parentheses"),
        pytest.param(_SOUND + "    enabled: maybe\n", "M014", id="a switch that is none"),
        pytest.param(_SOUND + "    fields: {name: x}\n", "M015", id="a bare directive"),
        pytest.param(_SOUND.replace("name: {", "event_id: {"), "M016", id="a field not filled"),
        pytest.param(_SOUND + "    fields: {name: {required: no}}\n", "M018", id="not required"),
        pytest.param(_SOUND + "    fields: {name: {choices: x}}\n", "M019", id="no choices"),
    ],
)
def test_a_file_is_refused_for(tmp_path, text, code):
    with pytest.raises(MappingFileInvalid) as caught:
        load(tmp_path, text)

    assert code in {item.code for item in caught.value.findings}


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(MappingFileInvalid, match="M001"):
        load_mapping(tmp_path / "none.yaml")


def load(tmp_path, text):
    path = tmp_path / "given.yaml"
    path.write_text(text)
    return load_mapping(path)


def test_a_file_that_would_fill_the_memory_is_refused_in_words():
    lines = ["a0: &a0 [1, 1]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]

    document = parse_document("\n".join(lines), "segment.yaml")

    assert [(each.code, each.line) for each in document.findings] == [("M002", 1)]
    assert "more than 100,000 values" in document.findings[0].message


@pytest.mark.parametrize("text", ["[" * 5_000, "a: " + "{b: " * 3_000])
def test_a_file_that_nests_too_deep_is_refused_in_words(text):
    (finding,) = parse_document(text, "segment.yaml").findings

    assert finding.code == "M002"
    assert "nests too deep" in finding.message
