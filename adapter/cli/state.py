"""``adapter state``: what the store holds, as one hash."""

import hashlib

import click

from adapter.cli.context import services_of, shared_options
from adapter.cli.output import json_option, print_json
from adapter.services.digesting import digest_json


@click.group()
def state() -> None:
    """The state as a function of what was accepted."""


@state.command()
@click.option("--workspace", "name", help="Only this one. [default: all]")
@shared_options
@json_option
@click.pass_context
def digest(context: click.Context, name: str | None, *, as_json: bool) -> None:
    """Print one hash over the state, equal on every database for the same accepted records."""
    services = services_of(context)
    tenants = services.tenants
    workspaces = tenants.workspaces() if name is None else [tenants.workspace(name)]
    parts = [digest_json(each, services.digesting.digest(each)) for each in workspaces]
    whole = hashlib.sha256("".join(sorted(part["digest"] for part in parts)).encode()).hexdigest()
    print_json({"digest": whole, "workspaces": parts}) if as_json else click.echo(whole)
