"""``adapter sim``: simulated months against an independent model of the rules."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from adapter.cli.output import json_option

if TYPE_CHECKING:
    from adapter.simulation.fleet import Tally

_STORES = ("mixed", "memory", "sqlite")


def _store(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value in _STORES or value.startswith(("sqlite:", "postgres")):
        return value
    known = ", ".join(_STORES)
    raise click.BadParameter(f"{value!r} is none of {known}, and no postgresql:// URL")


@click.command()
@click.argument(
    "scenarios",
    nargs=-1,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="[SCENARIO]...",
)
@click.option(
    "--days", type=click.IntRange(min=1), default=30, show_default=True, help="How long each is."
)
@click.option(
    "--seeds", type=click.IntRange(min=1), default=100, show_default=True, help="How many."
)
@click.option("--seed", type=click.IntRange(min=0), help="Run this one seed instead.")
@click.option(
    "--store",
    default="mixed",
    show_default=True,
    callback=_store,
    metavar="STORE",
    help="memory, sqlite, mixed (one in eight on SQLite), or postgresql://... with a throw-away "
    "database, which is filled.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="Processes. [default: one per core]")
@click.option(
    "--mappings-dir",
    envvar="ADAPTER_MAPPINGS_DIR",
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="Where the mapping files are. [default: the shipped ones]",
)
@click.option("--no-shrink", is_flag=True, help="Only say which seeds fail; much faster.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first seed that fails.")
@json_option
@click.pass_context
def sim(
    context: click.Context,
    scenarios: tuple[Path, ...],
    *,
    days: int,
    seeds: int,
    seed: int | None,
    store: str,
    jobs: int | None,
    mappings_dir: Path | None,
    no_shrink: bool,
    fail_fast: bool,
    as_json: bool,
) -> None:
    """Simulate months of traffic and faults, and check every rule against an independent model.

    The real doors and the real store run on a virtual clock. The same seed gives the same output to
    the byte. Exits with 1 if a rule was broken; the failing seed is shrunk and told as a story.

    With SCENARIO files (YAML or JSON) those are played instead, and their expectations checked.
    """
    from adapter.bootstrap import shipped
    from adapter.cli.output import print_json, progress
    from adapter.simulation.fleet import Tally, simulate

    mappings = mappings_dir or shipped("mappings")
    if scenarios:
        context.exit(_play(scenarios, mappings, as_json=as_json))
    chosen = range(seeds) if seed is None else range(seed, seed + 1)
    if store not in _STORES:
        _prepare(store)
    total = Tally()
    with progress("simulating", len(chosen), hidden=as_json) as bar:
        for part in simulate(
            chosen,
            days=days,
            store=store,
            mappings=mappings,
            jobs=jobs,
            shrinks=not no_shrink,
            stops=fail_fast,
        ):
            total.add(part)
            bar.update(part.seeds)
    if as_json:
        print_json(total.as_json())
    else:
        _print(total, days)
    context.exit(1 if total.failures else 0)


def _play(files: tuple[Path, ...], mappings: Path, *, as_json: bool) -> int:
    """Play scenarios, each in a store of its own; give the exit code."""
    from adapter.bootstrap import load_mappings
    from adapter.cli.output import print_json
    from adapter.services.stories import load_story
    from adapter.simulation.playing import Stage, differences
    from adapter.store.memory.store import MemoryStore

    compiled = load_mappings(mappings)
    results = []
    for file, story in [(file, load_story(file)) for file in files]:
        wrong = differences(story, Stage(story, MemoryStore(), compiled).play())
        results.append({"scenario": str(file), "story": story.sentence, "differences": wrong})
    if as_json:
        print_json(results)
    else:
        for result in results:
            click.echo(f"{'FAILED' if result['differences'] else 'ok'}  {result['scenario']}")
            for line in (result["story"], *result["differences"]):
                click.echo(f"  {line}")
    return 1 if any(result["differences"] for result in results) else 0


def _prepare(url: str) -> None:
    from adapter.store.schema import upgrade

    upgrade(url)


def _print(total: "Tally", days: int) -> None:
    from adapter.cli.output import print_rows

    shown = total.as_json()
    stores = ", ".join(f"{count} on {name}" for name, count in shown["stores"].items())
    click.echo(f"{shown['seeds']} seeds ({stores}), {shown['steps']} steps")
    click.echo(f"simulated {shown['simulated_days']} days")
    for name, title, told in (
        ("door", "requests", shown["requests"]),
        ("fault", "times", shown["faults"]),
        ("rule", "checks", shown["checks"]),
    ):
        click.echo()
        print_rows([{name: key, title: count} for key, count in told.items()], (name, title))
    click.echo(f"\n{sum(shown['checks'].values())} checks, {len(total.failures)} violations")
    for failure in total.failures:
        click.echo(f"\nseed {failure.seed} on {failure.store} breaks {failure.rule}:")
        for line in failure.story:
            click.echo(f"  {line}")
        again = f"adapter sim --days {days} --seed {failure.seed} --store {failure.store}"
        click.echo(f"  again: {again}")
