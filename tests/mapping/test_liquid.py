"""Templates print what Segment's engine prints; its answers stand here (see oracle/)."""

import pytest

from adapter.mapping.directives import DirectiveFailed
from adapter.mapping.liquid.engine import render
from adapter.mapping.liquid.reader import LONGEST_RANGE

_PAYLOAD = {
    "list": [3, "b", None],
    "empty_list": [],
    "text": "Hi",
    "n": 4,
    "no": False,
    "nothing": None,
    "at": "2024-02-03T14:05:06.789+02:00",
    "o": {"1": {"k": 5}, "a b": 7},
}

_PRINTED = {
    # Paths
    "a number after a dot": ("{{ list.0 }}{{ o.1.k }}", "35"),
    "brackets": ("{{ o['a b'] }}{{ list[1] }}{{ list[-2] }}", "7bb"),
    "a path in brackets": ("{{ list[list.empty] }}{{ o[text] }}", ""),
    "size, first and last": ("{{ list.size }}{{ text.size }}{{ o.size }}{{ list.first }}", "3223"),
    "nothing goes on": ("{{ nothing.a.b }}{{ missing.a }}{{ n.a }}", ""),
    # Values
    "a text, escaped": (r"{{ 'a\'b\u0041' }}", "a'bA"),
    "numbers": ("{{ 1. }} {{ -0.0 }} {{ 007 }}", "1 0 7"),
    "a range": ("{{ (1..n) }}", "1234"),
    "an empty range": ("{{ (n..1) }}", ""),
    "an object": ("{% if n %}{{ o }}{% endif %}", "[object Object]"),
    # Conditions
    "nothing is blank": ("{% if missing == blank and nothing == blank %}y{% endif %}", "y"),
    "false is blank": ("{% if no == blank %}y{% endif %}", "y"),
    "an empty list is empty": ("{% if empty_list == empty %}y{% endif %}", "y"),
    "false is not nil": ("{% if no == nil %}y{% else %}n{% endif %}", "n"),
    "a text and a number": ("{% if text < n or n < text %}y{% else %}n{% endif %}", "n"),
    "nothing is in no order": ("{% if missing <= 4 or missing > 4 %}y{% else %}n{% endif %}", "n"),
    "a number in a text": ("{% if '10' > 9 %}y{% endif %}", "y"),
    "texts by their characters": ("{% if 'b' > 'a' %}y{% endif %}", "y"),
    "contains": ("{% if list contains 3 and text contains 'i' %}y{% endif %}", "y"),
    "a number in an object": ("{% if o contains 1 %}y{% else %}n{% endif %}", "n"),
    "not": ("{% if not no and not missing %}y{% endif %}", "y"),
    "the last works first": ("{% if no and no or n %}y{% else %}n{% endif %}", "n"),
    "a filter in a condition": ("{% if text | size %}y{% endif %}", "y"),
    "a comparison is a value": ("{{ n == 4 }}{{ n and no }}", "truefalse"),
    # Tags
    "white space between hyphens": ("a {{- n -}} \n b", "a4b"),
    "raw": ("{% raw %}{{ n }} {% x %}{% endraw %}", "{{ n }} {% x %}"),
    "assign and capture": (
        "{% assign a = n | plus: 1 %}{% capture b %}{{ a }}!{% endcapture %}{{ b }}",
        "5!",
    ),
    "counting": ("{% increment n %}{% increment n %}{{ n }}{% decrement z %}", "456-1"),
    "cycle": ("{% cycle 'a', 'b' %}{% cycle 'a', 'b' %}{% cycle g: 'a', 'b' %}", "aba"),
    "comments": ("{% comment %}{{ n }}{% endcomment %}{% # note %}x", "x"),
    "liquid": ("{% liquid\n assign a = n\n if a > 3\n echo a\n endif %}", "4"),
    "elsif": ("{% if no %}a{% elsif n == 4 %}b{% else %}c{% endif %}", "b"),
    "unless": ("{% unless n %}a{% elsif text %}b{% endunless %}", "b"),
    # Dates
    "a day": ("{{ '2024-02-03' | date: '%d %B %y' }}", "03 February 24"),
    "an instant, in UTC": ("{{ at | date: '%Y-%m-%d %H:%M:%S.%L' }}", "2024-02-03 12:05:06.789"),
    "flags": ("{{ at | date: '%-d %_d %^a %j %q %:z' }}", "3  3 SAT 034 rd +00:00"),
    "the usual form": ("{{ at | date }}", "Saturday, February 3, 2024 at 12:05 pm +0000"),
    "Unix seconds": ("{{ 1706969106 | date: '%s %I %p' }}", "1706969106 02 PM"),
    "a written day": ("{{ 'Feb 3, 2024' | date: '%F %x' }}", "%F 2/3/2024"),
    "no date": ("{{ text | date: '%Y' }}{{ missing | date: '%Y' }}", "Hi"),
}  # fmt: skip

_REFUSED = {
    "an output is not closed": "{{ n",
    "a tag is not closed": "{% if n",
    "a block is not closed": "{% if n %}",
    "a tag has no name": "{% %}",
    "an unknown tag": "{% shout %}",
    "a disabled tag": "{% for i in list %}{% endfor %}",
    "an end without a beginning": "{% endif %}",
    "nothing to print": "{{ }}",
    "one equals sign": "{% if n = 4 %}{% endif %}",
    "a filter without a bar": "{{ n , 1 ! }}{{ n ! }}",
    "a filter with too many arguments": "{{ text | upcase: 1 }}",
    "a filter that is disabled": "{{ list | reverse }}",
    "a filter that is not supported": "{{ text | sha256 }}",
    "an endless range": "{{ (1..1000000000) | size }}",
    "brackets a thousand deep": "{{ " + "a[" * 450 + " }}",
}


@pytest.mark.parametrize(("template", "printed"), _PRINTED.values(), ids=_PRINTED.keys())
def test_a_template_prints(template, printed):
    assert render(template, _PAYLOAD) == printed


@pytest.mark.parametrize("template", _REFUSED.values(), ids=_REFUSED.keys())
def test_a_template_is_refused(template):
    with pytest.raises(DirectiveFailed, match="@liquid"):
        render(template, _PAYLOAD)


def test_a_range_may_be_long():
    assert render(f"{{{{ (1..{LONGEST_RANGE}) | size }}}}", {}) == str(LONGEST_RANGE)
