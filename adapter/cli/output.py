"""How commands print: JSON for programs, aligned text for people."""

import shutil
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from adapter.jsonvalue import JSONObject, JSONValue, dumps

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

_GAP = "  "
_NARROWEST = 8

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: JSONValue) -> None:
    """Print one JSON value on one line."""
    click.echo(dumps(value))


def print_pairs(title: str, pairs: Mapping[str, object]) -> None:
    """Print names and values, one a line."""
    click.echo(title)
    for line in _aligned([[name, text_of(value)] for name, value in pairs.items()]):
        click.echo(line)


def print_rows(rows: Sequence[JSONObject], columns: Sequence[str]) -> None:
    """Print a table with these columns."""
    heading = [column.replace("_", " ") for column in columns]
    cells = [[text_of(row.get(column)) for column in columns] for row in rows]
    for number, line in enumerate(_aligned([heading, *cells])):
        click.secho(line, bold=number == 0 or None)


def tell_doing(doing: str) -> None:
    """Say what is being done, where somebody watches."""
    if sys.stderr.isatty():
        click.echo(f"... {doing}", err=True)


def progress(doing: str, length: int, *, hidden: bool = False) -> "ProgressBar[int]":
    """Show how far the work is, where somebody watches; ``update`` moves it on."""
    hidden = hidden or not sys.stderr.isatty()
    return click.progressbar(length=length, label=doing, file=sys.stderr, hidden=hidden)


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Put cells below each other.

    Where somebody watches, cells wrap so that lines fit the terminal; in a file or pipe never.
    """
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    if sys.stdout.isatty():
        _narrow(widths, shutil.get_terminal_size().columns - len(_GAP) * (len(widths) + 1))
    for row in rows:
        cells = [
            wrap(text, width, drop_whitespace=False) if _width(text) > width else [text]
            for text, width in zip(row, widths, strict=True)
        ]
        for parts in zip_longest(*cells, fillvalue=""):
            padded = (
                part + " " * (width - _width(part))
                for part, width in zip(parts, widths, strict=True)
            )
            yield _GAP + _GAP.join(padded).rstrip()


def _narrow(widths: list[int], room: int) -> None:
    """Take from the widest columns what there is no room for."""
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1


def _width(text: str) -> int:
    """Count a text's columns in a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "FW")
        for each in text
    )


def text_of(value: object) -> str:
    """Write a value for people; what a terminal would obey, as control characters, is shown."""
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(map(text_of, value))
    return "".join(map(_shown, str(value)))


def _shown(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
