"""Tables of commands: aligned, whole in a pipe, and as wide as the terminal where there is one."""

import sys

import pytest

from adapter.cli.output import print_pairs, print_rows

_ROWS = [
    {"event_name": "Order", "count": 1, "groups": ["a", "b"]},
    {"event_name": "a name of many words", "count": None, "groups": []},
]


@pytest.fixture
def terminal(monkeypatch):
    """Have the output go to a terminal of so many columns."""

    def of(columns):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", str(columns))

    return of


def printed(capsys):
    return capsys.readouterr().out.splitlines()


def test_columns_stand_below_each_other(capsys):
    print_rows(_ROWS, ["event_name", "count", "groups"])

    assert printed(capsys) == [
        "  event name            count  groups",
        "  Order                 1      a, b",
        "  a name of many words  -",
    ]


def test_a_table_without_rows_shows_its_columns(capsys):
    print_rows([], ["event_name", "count"])

    assert printed(capsys) == ["  event name  count"]


def test_pairs_stand_below_their_title(capsys):
    print_pairs("Replayed", {"requests": 12, "of whom": None})

    assert printed(capsys) == ["Replayed", "  requests  12", "  of whom   -"]


def test_a_pipe_never_wraps(capsys):
    print_pairs("Long", {"text": "word " * 200 + "end"})

    assert len(printed(capsys)[1]) > 1000


def test_a_terminal_gets_lines_that_fit(capsys, terminal):
    terminal(30)

    print_pairs("Long", {"text": "one two three four five six", "url": "#" * 50})

    lines = printed(capsys)
    assert max(map(len, lines)) <= 30
    assert "".join(lines).count("#") == 50
    assert "        five six" in lines


def test_wide_characters_take_two_columns(capsys):
    print_rows([{"a": "注文", "b": 1}, {"a": "abcd", "b": 2}], ["a", "b"])

    assert printed(capsys)[1:] == ["  注文  1", "  abcd  2"]


def test_what_a_terminal_would_obey_is_shown(capsys):
    print_rows([{"a": "x\x1b[2Jy\nz"}], ["a"])

    assert printed(capsys)[1:] == [r"  x\x1b[2Jy\nz"]


def test_brackets_style_nothing(capsys):
    print_pairs("Markup", {"name": "[bold]x[/] :smile:"})

    assert printed(capsys)[1] == "  name  [bold]x[/] :smile:"
