"""``adapter bench``: figures, their picture, and every measure once, in small."""

import xml.etree.ElementTree as ET
from itertools import cycle

import psycopg
import pytest
from click.testing import CliRunner

from adapter.cli import main
from adapter.cli.bench.figures import Figure, Measure, compare, figure_of
from adapter.cli.bench.picture import picture
from adapter.jsonvalue import loads

SVG = "{http://www.w3.org/2000/svg}"


def measure(limits, ours):
    def side(rates):
        turns = cycle(rates)
        return lambda: Figure(rate=next(turns), p50=1.0, p99=2.0, cpu=1_000_000 / next(turns))

    doubled = ([rate for rate in rates for _ in (0, 1)] for rates in (limits, ours))
    bare, own = map(side, doubled)
    return Measure(
        group="g",
        what="a < b",
        unit="events",
        limit=("limit", bare),
        ours=("ours", own),
        wanted=0.5,
    )


def test_the_ratio_is_the_median_of_the_rounds_own_ratios_and_has_their_spread():
    shown = compare(measure([100, 200, 1_000], [50, 180, 200]), rounds=3).as_json()

    assert (shown["lowest"], shown["ratio"], shown["highest"]) == (0.2, 0.5, 0.9)
    assert shown["limit"]["per_second"] == 200
    assert shown["ours"]["per_second"] == 180
    assert shown["cpu_ratio"] == 0.5


def test_a_round_is_summed_up_by_its_median_and_its_slowest_percent():
    figure = figure_of([place / 1_000 for place in range(1, 101)], 2.0, each=10, cpu=0.5)

    assert figure == Figure(rate=500, p50=51, p99=100, cpu=500)


def test_a_round_without_an_answer_says_so():
    with pytest.raises(RuntimeError, match="--seconds"):
        figure_of([], 1.0)


def test_the_picture_has_a_bar_for_each_measure_as_long_as_its_ratio():
    rows = [compare(measure([100], [ours]), rounds=1).as_json() for ours in (50, 100, 200)]

    drawn = ET.fromstring(picture(rows, "here & now"))

    widths = [float(bar.attrib["width"]) for bar in drawn.iter(f"{SVG}rect")]
    assert widths[1] == pytest.approx(2 * widths[0])
    assert widths[2] == pytest.approx(4 * widths[0])
    assert "here & now" in [text.text for text in drawn.iter(f"{SVG}text")]


def test_every_measure_runs(tmp_path):
    drawn = tmp_path / "ratios.svg"
    small = ["--seconds", "0.05", "--rounds", "1", "--callers", "4", "--senders", "1"]
    stored = ["--stored", "500", "--expired", "200", "--waiting", "10", "--waiting", "20"]
    small += ["--deliveries", "20"]

    done = CliRunner().invoke(main, ["bench", "--json", *small, *stored, "--picture", str(drawn)])

    assert done.exit_code == 0, done.output
    shown = loads(done.output)["measures"]
    assert len(shown) == 13
    assert all(each["ratio"] > 0 for each in shown)
    assert len(list(ET.parse(drawn).iter(f"{SVG}rect"))) == len(shown)


def test_it_measures_on_a_server_and_leaves_nothing_there(postgres_url):
    small = ["--only", "merge", "--only", "processes", "--waiting", "10", "--stored", "50"]
    quick = ["--rounds", "1", "--seconds", "0.05", "--callers", "4", "--senders", "2"]

    done = CliRunner().invoke(
        main, ["bench", "--json", *small, *quick, "--database-url", postgres_url]
    )

    assert done.exit_code == 0, done.output
    measures = loads(done.output)["measures"]
    names = [each["ours"]["name"] for each in measures]
    assert names == ["two on PostgreSQL", "two on PostgreSQL", "adapter"]
    assert all(each["ratio"] > 0 for each in measures)
    with psycopg.connect(postgres_url) as connection:
        made = "SELECT datname FROM pg_database WHERE datname LIKE 'adapter_bench_%'"
        assert connection.execute(made).fetchall() == []


def test_a_group_that_is_none_is_refused():
    done = CliRunner().invoke(main, ["bench", "--only", "speed"])

    assert done.exit_code == 2
    assert "webhook, api, track" in done.output
