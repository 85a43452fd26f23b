"""Fields: what is plain, validation leaves alone (X10, X11)."""

import pytest
from hypothesis import given, strategies as st

from adapter.doors.fields import Attributes, Object, Text, attribute_problems
from adapter.doors.shapes import fit

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [Text(20), Object(), Attributes()]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: type(field).__name__)
@given(value=JSON)
def test_what_is_plain_comes_out_of_validation_unchanged(field, value):
    if field.is_plain(value):
        assert field.deserialize(value, "name") == value


@given(
    call=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("messageId", "userId", "anonymousId", "event"), JSON)
    )
)
def test_a_call_that_was_made_to_fit_fits(call):
    fitted, problems = fit("track", call)

    if not problems:
        assert fit("track", fitted) == (fitted, ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("u 1", "u 1", id="text"),
        pytest.param(" u1 ", " u1 ", id="blanks around belong to an id"),
        pytest.param(5, "5", id="integer"),
        pytest.param(1.0, "1", id="float that is whole"),
        pytest.param(1.5, "1.5", id="float"),
        pytest.param("a\x00b", "a\\u0000b", id="NUL"),
        pytest.param("", None, id="empty"),
        pytest.param(" \t", None, id="blank"),
        pytest.param(None, None, id="null"),
        pytest.param("é" * 10, "é" * 10, id="20 bytes in 10 letters"),
    ],
)
def test_an_id_is_read(value, expected):
    fitted, problems = fit("page", {"userId": value})

    assert (fitted.get("userId"), problems) == (expected, ())


def test_a_lone_surrogate_in_an_id_is_written_as_its_escape():
    fitted, _ = fit("page", {"userId": "a\ud800"})

    assert fitted["userId"] == "a\\ud800"


@pytest.mark.parametrize(
    ("call", "code", "pointer", "says"),
    [
        pytest.param({"userId": True}, "invalid_field", "/userId", "not a boolean", id="boolean"),
        pytest.param({"anonymousId": []}, "invalid_field", "/anonymousId", "an array", id="array"),
        pytest.param({"groupId": {}}, "invalid_field", "/groupId", "an object", id="object"),
        pytest.param({"userId": "é" * 76}, "too_long", "/userId", "152 bytes", id="userId"),
        pytest.param({"anonymousId": "a" * 1001}, "too_long", "/anonymousId", "1000", id="anon"),
        pytest.param({"messageId": "m" * 257}, "too_long", "/messageId", "256", id="messageId"),
        pytest.param({"traits": "x"}, "invalid_field", "/traits", "a text", id="traits"),
    ],
)
def test_a_field_that_does_not_fit_is_named_with_its_limit(call, code, pointer, says):
    _, (problem,) = fit("group", call)

    assert (problem.code, problem.pointer) == (code, pointer)
    assert says in problem.message


def test_all_that_is_wrong_is_told_at_once():
    _, problems = fit("track", {"userId": [], "event": "e" * 101, "properties": 1})

    assert [problem.pointer for problem in problems] == ["/userId", "/event", "/properties"]


def test_of_an_operators_own_payload_only_the_message_id_matters():
    payload = {"messageId": 7, "userId": {"any": "thing"}, "event": False}

    assert fit("made_up", payload) == ({**payload, "messageId": "7"}, ())


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        pytest.param({f"a{n}": n for n in range(301)}, "/traits", id="301 attributes"),
        pytest.param({"n" * 151: 1}, "/traits", id="name of 151 bytes"),
        pytest.param({"bio/x": "é" * 501}, "/traits/bio~1x", id="value of 1002 bytes"),
        pytest.param({"list": ["x" * 1000]}, "/traits/list", id="list of 1004 bytes"),
    ],
)
def test_attributes_beyond_a_limit_are_found(attributes, pointer):
    (problem,) = attribute_problems(attributes, "/traits")

    assert (problem.code, problem.pointer) == ("too_long", pointer)


def test_attributes_at_their_limits_pass():
    attributes = {f"{n:0150}": "é" * 500 for n in range(300)}

    assert list(attribute_problems(attributes, "/traits")) == []
