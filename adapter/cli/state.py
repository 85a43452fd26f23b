"""``adapter state``: what the store holds, as one hash."""

import hashlib

import click

from adapter.cli.context import services_of, shared_options
from adapter.cli.output import json_option, print_json
from adapter.clock import Instant, parse_instant
from adapter.services.digesting import digest_json


def _instant(_context: click.Context, _param: click.Parameter, value: str | None) -> Instant | None:
    if value is None:
        return None
    try:
        return parse_instant(value)
    except ValueError:
        raise click.BadParameter(f"{value!r} is no ISO-8601 instant") from None


@click.group()
def state() -> None:
    """The state as a function of what was accepted."""


@state.command()
@click.option("--workspace", "name", help="Only this one. [default: all]")
@click.option(
    "--as-of",
    callback=_instant,
    help="As it was then (ISO-8601): derived anew from what was accepted by that instant.",
)
@shared_options
@json_option
@click.pass_context
def digest(
    context: click.Context, name: str | None, as_of: Instant | None, *, as_json: bool
) -> None:
    """Print one hash over the state, equal on every database for the same accepted records."""
    services = services_of(context)
    workspaces = services.tenants.chosen(name)
    if as_of is None:
        digests = [services.digesting.digest(each) for each in workspaces]
    else:
        digests = [services.rederiving.digest(each, as_of) for each in workspaces]
    parts = [digest_json(each, found) for each, found in zip(workspaces, digests, strict=True)]
    whole = hashlib.sha256("".join(sorted(part["digest"] for part in parts)).encode()).hexdigest()
    print_json({"digest": whole, "workspaces": parts}) if as_json else click.echo(whole)
