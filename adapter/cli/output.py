"""How commands print: JSON for programs, a table for people."""

from collections.abc import Mapping, Sequence

import click
from rich.console import Console
from rich.table import Table

from adapter.jsonvalue import JSONObject, JSONValue, dumps

_UNWRAPPED = 10_000

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: JSONValue) -> None:
    """Print one JSON value on one line."""
    click.echo(dumps(value))


def console() -> Console:
    """Make a console that wraps at a terminal's width, and never in a file or pipe.

    Values are printed as they are: brackets and colons in them style nothing.
    """
    made = Console(markup=False, emoji=False)
    if not made.is_terminal:
        made.width = _UNWRAPPED
    return made


def print_pairs(title: str, pairs: Mapping[str, object]) -> None:
    """Print names and values, one a line."""
    table = Table(title=title, show_header=False, title_justify="left", box=None)
    for name, value in pairs.items():
        table.add_row(name, _text(value))
    console().print(table)


def print_rows(rows: Sequence[JSONObject], columns: Sequence[str]) -> None:
    """Print a table with these columns."""
    table = Table(box=None)
    for column in columns:
        table.add_column(column.replace("_", " "))
    for row in rows:
        table.add_row(*(_text(row.get(column)) for column in columns))
    console().print(table)


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
