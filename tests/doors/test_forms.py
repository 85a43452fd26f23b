"""Forms and queries become objects (X6, contracts 2.1)."""

import pytest

from adapter.doors.bodies import read_value
from adapter.doors.forms import FORM_TYPE, bracketed, dotted, read_form
from adapter.errors import InvalidJson, RequestError, TooDeep


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("data[x]=1&data[y][z]=a%20b", {"data": {"x": "1", "y": {"z": "a b"}}}),
        ("a=1&a=2", {"a": "2"}),
        ("a=1&a[b]=2", {"a": {"b": "2"}}),
        ("a[=1&]b=2&a]=3", {"a[": "1", "]b": "2", "a]": "3"}),
        ("a.b=1", {"a.b": "1"}),
        ("", {}),
        ("alone", {"alone": ""}),
    ],
)
def test_x6_brackets_lead_into_objects(text, expected):
    assert read_form(text, bracketed) == expected


def test_dots_lead_into_objects_of_a_query():
    query = "properties.a.b=1&properties.c=2&event=x"

    assert read_form(query, dotted) == {
        "properties": {"a": {"b": "1"}, "c": "2"}, "event": "x",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("&".join(f"k{n}=1" for n in range(1001)), RequestError),
        ("a" + "[b]" * 64 + "=1", TooDeep),
        ("a=%ff", RequestError),
    ],
)
def test_a_form_beyond_bounds_is_refused(text, error):
    with pytest.raises(error):
        read_form(text, bracketed)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b'{"a":1,}', FORM_TYPE, id="curl sends JSON by this name"),
        pytest.param(b"a=1", "text/plain", id="another type"),
        pytest.param(b"a=1", None, id="no type"),
        pytest.param(b" ", FORM_TYPE, id="blank"),
    ],
)
def test_x6_what_is_no_form_is_told_what_json_lacks(body, content_type):
    with pytest.raises(InvalidJson):
        read_value(body, content_type)


@pytest.mark.parametrize("content_type", [FORM_TYPE, f"{FORM_TYPE.upper()}; charset=utf-8"])
def test_x6_a_form_needs_its_type(content_type):
    assert read_value(b"data[x]=1", content_type) == {"data": {"x": "1"}}


def test_x6_json_is_json_whatever_its_type():
    assert read_value(b"5", FORM_TYPE) == 5


def test_a_form_that_is_no_text_is_refused():
    with pytest.raises(RequestError):
        read_value(b"a=\xff", FORM_TYPE)
