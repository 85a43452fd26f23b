"""``adapter mappings diff``: what another mapping would have made of the same requests."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adapter.cli.output import json_option
from adapter.clock import Clock, Instant, parse_duration

if TYPE_CHECKING:
    from adapter.model.workspaces import Workspace
    from adapter.ports import Store
    from adapter.services.mapping_diff.result import Comparison, MappingDiff
    from adapter.services.mapping_diff.worlds import World
    from adapter.settings import Settings

_DIFFERENT = 1
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_PATH = click.Path(path_type=Path, exists=True)


def _duration(text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option(
    "--over",
    type=_duration,
    metavar="DURATION",
    default="30d",
    show_default=True,
    help="How far back from now.",
)
@click.option(
    "--fixtures",
    multiple=True,
    type=_PATH,
    help="Recorded payloads, stories or a directory of them, instead of the store; repeatable.",
)
@click.option("--workspace", "name", help="Whose requests. [default: all workspaces]")
@click.option(
    "--examples",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Of each kind, at most so many.",
)
@click.option(
    "--database-url",
    envvar="ADAPTER_DATABASE_URL",
    show_envvar=True,
    help="SQLAlchemy URL. [default: adapter.db in this directory]",
)
@click.option(
    "--rehearsal-clock",
    envvar="ADAPTER_REHEARSAL_CLOCK",
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="File with one ISO-8601 instant: the product's only clock then.",
)
@json_option
def diff(
    *,
    old: Path,
    new: Path,
    over: int,
    fixtures: tuple[Path, ...],
    name: str | None,
    examples: int,
    database_url: str | None,
    rehearsal_clock: Path | None,
    as_json: bool,
) -> None:
    """Show what would differ if NEW were in force instead of OLD.

    Both mapping files are tried on the requests that the store kept; nothing is written. Exits with
    1 if events, people, merges or triggers differ, with 2 on errors.
    """
    from adapter.bootstrap import clock_of
    from adapter.cli.output import tell_doing
    from adapter.mapping.files import load_mapping
    from adapter.services.mapping_diff.run import diff_mappings
    from adapter.settings import read_settings
    from adapter.store.memory.store import MemoryStore

    if fixtures and name is not None:
        raise click.UsageError("--workspace chooses from the store; --fixtures does without it")
    settings = read_settings(database_url=database_url, rehearsal_clock=rehearsal_clock)
    clock = clock_of(settings)
    mappings = {"old": load_mapping(old), "new": load_mapping(new)}
    tell_doing("trying both mappings")
    with _worlds(settings, clock, over=over, fixtures=fixtures, name=name) as worlds:
        found = diff_mappings(worlds, **mappings, make_store=MemoryStore, most=examples)
    _print(found, as_json=as_json)
    sys.exit(0 if found.is_empty() else _DIFFERENT)


@contextmanager
def _worlds(
    settings: "Settings", clock: Clock, *, over: int, fixtures: tuple[Path, ...], name: str | None
) -> Iterator[Iterable["World"]]:
    from adapter.bootstrap import open_current_store
    from adapter.services.mapping_diff.worlds import recorded_worlds, stored_worlds

    now = clock.now()
    if fixtures:
        yield recorded_worlds(fixtures, now=now)
        return
    store = open_current_store(settings)
    try:
        workspaces = _chosen(store, name)
        yield stored_worlds(store, workspaces, after=Instant(now - over), until=now)
    finally:
        store.close()


def _chosen(store: "Store", name: str | None) -> list["Workspace"]:
    from adapter.errors import OperatorError

    workspaces = store.workspaces()
    chosen = [each for each in workspaces if name in {None, each.name}]
    if name is not None and not chosen:
        known = ", ".join(each.name for each in workspaces) or "none yet"
        raise OperatorError(f"no workspace is named {name!r}; there are: {known}")
    return chosen


def _print(found: "MappingDiff", *, as_json: bool) -> None:
    from adapter.cli.output import print_json, print_rows

    if as_json:
        print_json(found.as_json())
        return
    click.echo(f"{found.requests} requests, {found.records} records")
    kinds = found.kinds.items()
    rows = [{"kind": kind, "old": c.old, "new": c.new, "differ": c.differ} for kind, c in kinds]
    print_rows(rows, ["kind", "old", "new", "differ"])
    for kind, comparison in kinds:
        _print_examples(kind, comparison)


def _print_examples(kind: str, comparison: "Comparison") -> None:
    from adapter.jsonvalue import dumps

    if not comparison.examples:
        return
    click.echo(f"\n{kind}: {len(comparison.examples)} of {comparison.differ}")
    for example in comparison.examples:
        click.echo(f"  {example.id}")
        for sign, colour, given in (("-", "red", example.old), ("+", "green", example.new)):
            lines = given if isinstance(given, list) else [given]
            for line in lines:
                text = "nothing" if line is None else dumps(line)
                click.secho(f"    {sign} {text}", fg=colour)
