"""``adapter unmerge``: take back what an anonymous id's assignment merged (M12)."""

import click

from adapter.cli.context import services_of, shared_options
from adapter.cli.output import json_option, print_json, print_pairs


@click.command()
@click.option("--anonymous-id", required=True, help="Whose assignment is taken back.")
@click.option("--workspace", "name", default="default", show_default=True, help="Where it is.")
@shared_options
@json_option
@click.pass_context
def unmerge(context: click.Context, anonymous_id: str, name: str, *, as_json: bool) -> None:
    """Make the events that merged by an anonymous id strangers' again; the id stays used up."""
    services = services_of(context)
    told = services.unmerging.unmerge(services.tenants.workspace(name), anonymous_id)
    print_json(told) if as_json else print_pairs("Unmerged", told)
