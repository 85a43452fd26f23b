"""Plots say what they show, hold no style, and draw what they are given."""

import re

import pytest

from adapter.clock import DAY, HOUR
from adapter.web.console.plots import Series, count, percent, plot, spark
from tests.build import at

BEGINS = [at(hours=hours) for hours in range(3)]


def heights(drawing, look):
    return [
        float(height)
        for height in re.findall(rf'<rect class="{look}"[^>]* height="([\d.]+)"', drawing)
    ]


def test_bars_stand_upon_each_other_to_scale():
    drawn = plot(
        "Records", [Series("good", [10, 5, 0], "a"), Series("bad", [0, 5, 0], "b")], BEGINS, HOUR
    )

    assert drawn.top == "10"
    assert heights(drawn.drawing, "a") == [60.0, 30.0]
    assert heights(drawn.drawing, "b") == [30.0]


def test_each_step_tells_its_numbers():
    drawn = plot("Records", [Series("good", [1000, None, 0], "a")], BEGINS, HOUR)

    told = re.findall("<title>([^<]+)</title>", drawn.drawing)
    assert told == ["1 Mar, 10:00: 1,000 good", "1 Mar, 11:00: nothing", "1 Mar, 12:00: nothing"]


def test_the_whole_is_told_in_words():
    drawn = plot("Records", [Series("good", [1, 7, 2], "a")], BEGINS, HOUR)

    assert (
        'role="img" aria-label="Records, 1 Mar, 10:00 to 1 Mar, 12:00. Most: 7, 1 Mar, 11:00."'
        in drawn.drawing
    )


def test_a_step_of_a_day_is_named_by_its_day():
    drawn = plot("Records", [Series("good", [1, 1], "a")], [at(), at(days=1)], DAY)

    assert (drawn.first, drawn.last) == ("1 Mar", "2 Mar")


def test_what_is_not_nothing_is_seen():
    drawn = plot("Records", [Series("good", [1, 1_000_000, 0], "a")], BEGINS, HOUR)

    assert heights(drawn.drawing, "a") == [0.8, 60.0]


def test_nothing_at_all_can_be_drawn():
    assert plot("Records", [Series("good", [0, 0, 0], "a")], BEGINS, HOUR).top == "1"


def test_a_share_is_told_in_percent():
    drawn = plot("Share", [Series("merge", [0.084, None, 1.3], "a")], BEGINS, HOUR, percent)

    assert drawn.top == "200%"
    assert "8.4% merge" in drawn.drawing
    assert "130% merge" in drawn.drawing


@pytest.mark.parametrize(
    ("write", "number", "text"),
    [(count, 12345, "12,345"), (percent, 0.5, "50%"), (percent, 0.004, "0.4%"), (percent, 0, "0%")],
)
def test_numbers_are_written_for_people(write, number, text):
    assert write(number) == text


def test_hostile_names_are_text():
    name = '"><script>alert(1)</script>'

    drawn = plot(name, [Series(name, [1, 2, 3], "a")], BEGINS, HOUR).drawing
    small = spark(name, [Series(name, [1, 2, 3], "a")])

    assert "<script>" not in drawn + small
    assert drawn.count("&lt;script&gt;") == 4


def test_no_style_stands_in_a_plot():
    drawn = plot("Records", [Series("good", [1, 2, 3], "a")], BEGINS, HOUR).drawing

    assert "style" not in drawn + spark("Records", [Series("good", [1, 2, 3], "a")])
