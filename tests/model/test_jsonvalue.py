"""JSON in: what the fast reader and the lenient one make of one text."""

import pytest
from hypothesis import example, given, strategies as st

from adapter.errors import InvalidJson
from adapter.jsonvalue import loads

NUMBERS = (
    st.integers().map(str)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
)


@given(number=NUMBERS)
@example(number="-17790959660400070656")
@example(number="18446744073709551616")
@example(number="-0")
def test_a_lone_surrogate_elsewhere_changes_no_number(number):
    alone, beside = read(f"[{number}]"), read(f'[{number}, "\\ud800"]')

    assert repr(beside and beside[0]) == repr(alone and alone[0])


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e999", "9" * 400])
def test_what_is_no_double_is_refused_beside_a_lone_surrogate_too(text):
    with pytest.raises(InvalidJson):
        loads(f'[{text}, "\\ud800"]')


def read(text):
    """Read a text; nothing for one that is refused."""
    try:
        return loads(text)
    except InvalidJson:
        return None
