"""``adapter db``: the schema and its migrations."""

import click

from adapter.cli.context import settings_of, shared_options
from adapter.cli.output import json_option, print_json


@click.group()
def db() -> None:
    """Create and migrate the database."""


@db.command("upgrade")
@shared_options
@click.pass_context
def upgrade_database(context: click.Context) -> None:
    """Bring the schema to this version; `serve` and the other commands do it by themselves."""
    from adapter.store.schema import upgrade

    upgrade(settings_of(context).database_url)


@db.command("current")
@shared_options
@json_option
@click.pass_context
def current_revision(context: click.Context, *, as_json: bool) -> None:
    """Show the schema's revision."""
    from adapter.store.schema import current

    revision = current(settings_of(context).database_url)
    print_json({"revision": revision}) if as_json else click.echo(revision or "empty")


@db.command("distribute")
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    default=32,
    show_default=True,
    help="Parts of each table. Rows have 32 buckets, so more parts would stay empty.",
)
@shared_options
@json_option
@click.pass_context
def distribute_database(context: click.Context, *, shards: int, as_json: bool) -> None:
    """Spread the tables over the nodes of a Citus cluster; done once, on its coordinator."""
    from adapter.store.schema import distribute

    tables = distribute(settings_of(context).database_url, shards=shards)
    print_json({"tables": tables}) if as_json else click.echo(f"{len(tables)} tables spread")
