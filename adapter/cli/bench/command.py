"""The command: measures in turns, prints ratios with their spread, and draws them."""

import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from adapter.cli.output import json_option, print_json, print_rows, tell_doing
from adapter.jsonvalue import JSONObject

_COLUMNS = ("what", "way", "per_second", "p50_ms", "p99_ms", "cpu_us")
_RATIOS = ("ratio", "spread", "wanted", "cpu_ratio")


@click.command()
@click.option("--seconds", default=1.5, show_default=True, help="Length of one round of load.")
@click.option("--rounds", default=3, show_default=True, help="Rounds of each pair, taking turns.")
@click.option("--callers", default=64, show_default=True, help="Connections with single events.")
@click.option("--senders", default=4, show_default=True, help="Connections with batches.")
@click.option(
    "--stored",
    default=100_000,
    show_default=True,
    help="Events stored before anything is measured; compared with a tenth of it, 10,000 at most.",
)
@click.option("--deliveries", default=2_000, show_default=True, help="Deliveries of a round.")
@click.option("--expired", default=30_000, show_default=True, help="Events that a sweep finds.")
@click.option(
    "--waiting",
    multiple=True,
    type=click.IntRange(min=1),
    default=(10, 1_000, 100_000),
    show_default=True,
    help="Events that a merge finds. May be repeated.",
)
@click.option(
    "--only",
    multiple=True,
    help="Measure this group alone: webhook, api, track, processes (on PostgreSQL), merge, stored, "
    "sweep or deliveries. May be repeated.",
)
@click.option(
    "--database-url",
    help="Of a PostgreSQL server; databases are made there and dropped. [default: SQLite files]",
)
@click.option("--picture", type=click.Path(path_type=Path), help="Draw the ratios (SVG) there.")
@json_option
def bench(
    *,
    seconds: float,
    rounds: int,
    callers: int,
    senders: int,
    stored: int,
    deliveries: int,
    expired: int,
    waiting: Sequence[int],
    only: Sequence[str],
    database_url: str | None,
    picture: Path | None,
    as_json: bool,
) -> None:
    """Measure the adapter beside its limits; about two minutes, no services needed."""
    from adapter.cli.bench.figures import compare
    from adapter.cli.bench.measures import GROUPS, Extent, measures, staged
    from adapter.clock import SystemClock
    from adapter.telemetry import set_up_logging

    unknown = [name for name in only if name not in GROUPS]
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)}: there are {', '.join(GROUPS)}")
    set_up_logging("text", "warning", SystemClock())
    extent = Extent(
        seconds=seconds,
        callers=callers,
        senders=senders,
        few=min(10_000, stored // 10),
        many=stored,
        expired=expired,
        waiting=waiting,
        deliveries=deliveries,
    )
    rows: list[JSONObject] = []
    with tempfile.TemporaryDirectory() as folder:
        _tell(f"storing {stored:,} events", as_json=as_json)
        with staged(Path(folder), database_url, extent) as stage:
            for measure in measures(stage):
                if only and measure.group not in only:
                    continue
                _tell(measure.what, as_json=as_json)
                rows.append(compare(measure, rounds).as_json())
            kind = "PostgreSQL" if stage.is_postgres else "SQLite with synchronous=FULL"
    conditions = (
        f"{kind}, {stored:,} events stored, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, medians and spread of {rounds} rounds"
    )
    show(rows, conditions, picture, as_json=as_json)


def show(
    rows: Sequence[JSONObject], conditions: str, picture: Path | None, *, as_json: bool
) -> None:
    """Print comparisons, and draw them if there is a file for it.

    Args:
        rows: as ``Comparison.as_json`` gives them.
        conditions: under which they were measured, one line.
        picture: the file.
        as_json: for programs.
    """
    from adapter.cli.bench import picture as drawing

    if picture is not None:
        picture.write_text(drawing.picture(rows, conditions), encoding="utf-8")
    if as_json:
        print_json({"conditions": conditions, "measures": list(rows)})
    else:
        click.echo(conditions)
        print_rows([line for row in rows for line in _lines(row)], _COLUMNS + _RATIOS)


def _lines(row: JSONObject) -> list[JSONObject]:
    """Show a comparison as two lines of a table."""
    limit, ours = row["limit"], row["ours"]
    spread = f"{row['lowest']:.2f} to {row['highest']:.2f}"
    return [
        {**limit, "what": f"{row['what']} ({row['unit']})", "way": limit["name"], "ratio": 1},
        {
            **ours,
            "what": "",
            "way": ours["name"],
            "ratio": f"{row['ratio']:.2f}",
            "spread": spread,
            "wanted": row["wanted"],
            "cpu_ratio": row["cpu_ratio"],
        },
    ]


def _tell(doing: str, *, as_json: bool) -> None:
    if not as_json:
        tell_doing(doing)
