"""Which calls a subscription takes, quirk by quirk (mapping-kit.md)."""

import pytest

from adapter.mapping.fql.evaluate import compile_fql
from adapter.mapping.fql.lexer import FqlError

_CALL = {
    "type": "track",
    "event": "Order Completed",
    "properties": {"price": 5, "plan": "pro", "vip": True, "list": [1], "none": None},
}

_CASES = {
    "equal texts": ('type = "track"', True),
    "another text": ('type = "page"', False),
    "case counts": ('type = "Track"', False),
    "both of two": ('type = "track" and event = "Order Completed"', True),
    "either of two": ('type = "page" or event = "Order Completed"', True),
    "none of several": ('event != "A" and event != "B" and event != "Order Completed"', False),
    "one of several": ('event = "A" or event = "B" or event = "Order Completed"', True),
    "a nested property": ("properties.price = 5", True),
    "a number compared": ("properties.price > 4.5", True),
    "a text is no number": ('properties.price = "5"', False),
    "a missing value differs from a text": ('properties.x != "x"', True),
    "a missing value differs from no number": ("properties.x != 6", False),
    "null is taken for missing": ("properties.none = null", True),
    "a value that is there": ("properties.plan != null", True),
    "a boolean that is true": ("properties.vip = true", True),
    "a boolean always differs from true": ("properties.vip != true", True),
    "event cannot be tested for null": ("event != null", True),
    "contains": ('contains(event, "Order")', True),
    "does not contain": ('!contains(event, "Refund")', True),
    "a negated function fails on what is missing": ('!contains(properties.x, "a")', False),
    "begins with": ('match(event, "Order*")', True),
    "ends with": ('match(event, "*Completed")', True),
    "without a star the first letter is lost": ('match(event, "XCompleted")', True),
    "the last operator joins everything": ('type = "x" and event = "y" or type = "track"', True),
    "capital OR is an and": ('type = "page" OR type = "track"', False),
    "a group": ('type = "track" and (event = "x" or event = "Order Completed")', True),
    "a group is not negated": ('!(type = "track")', True),
    "single quotes are part of the text": ("type = 'track'", False),
    "type has no contains": ('contains(type, "page") and type = "track"', True),
    "unknown fields are dropped": ('foo = "x" and type = "track"', True),
    "the end is a value": ("type =", False),
    "a last word is cut": ("properties.plan = an", False),
    "an escaped name": (r"properties.\plan = pro", True),
}

_UNREADABLE = {
    "an index": ("properties.list[0] = 1", 11),
    "an open string": ('type = "track', 7),
    "an open group": ('type = "x" and (event = "y"', 15),
    "nested groups": ('((type = "x"))', 1),
    "nothing known": ('foo = "x"', 0),
    "no blank after not-equal": ('type !="x"', 5),
    "two decimal points": ("properties.a = 1.2.3", 15),
    "nothing": ("", 0),
}


@pytest.mark.parametrize(("text", "expected"), _CASES.values(), ids=_CASES.keys())
def test_a_subscription_takes(text, expected):
    assert compile_fql(text)(_CALL) is expected


@pytest.mark.parametrize(("text", "offset"), _UNREADABLE.values(), ids=_UNREADABLE.keys())
def test_a_subscription_cannot_be_read_and_says_where(text, offset):
    with pytest.raises(FqlError) as caught:
        compile_fql(text)

    assert caught.value.offset == offset
