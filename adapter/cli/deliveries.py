"""``adapter deliveries``: the outbox, its dead letters, and another try for them."""

import click

from adapter.bootstrap import Services
from adapter.cli.context import services_of, shared_options
from adapter.cli.output import json_option, print_json, print_pairs, print_rows
from adapter.jsonvalue import JSONObject
from adapter.model.deliveries import Delivery, DeliveryState
from adapter.model.workspaces import Workspace
from adapter.services.deliveries import delivery_json

_COLUMNS = ("id", "workspace", "endpoint", "state", "reason", "attempts", "event", "due_at")
_TRIES = ("number", "at", "milliseconds", "status", "outcome", "reason", "answer")
_LIMIT = 50

_workspace_option = click.option("--workspace", "name", help="Only this one. [default: all]")
_endpoint_option = click.option("--endpoint", help="Only what goes there: campaigns/NAME, say.")


@click.group()
def deliveries() -> None:
    """What was sent, is to be sent, and could not be: list, show, try again."""


@deliveries.command("list")
@_workspace_option
@_endpoint_option
@click.option(
    "--state",
    type=click.Choice([state.value for state in DeliveryState]),
    help="Only deliveries in this state; `dead` lists the dead letters.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=_LIMIT,
    show_default=True,
    help="At most this many of each workspace.",
)
@shared_options
@json_option
@click.pass_context
def list_deliveries(
    context: click.Context,
    name: str | None,
    endpoint: str | None,
    state: str | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    """List deliveries, newest first."""
    services = services_of(context)
    rows = [
        {"workspace": workspace.name, **delivery_json(each)}
        for workspace in services.tenants.chosen(name)
        for each in services.deliveries.every(
            workspace, state=state, endpoint=endpoint, limit=limit
        )
    ]
    print_json(rows) if as_json else print_rows(rows, _COLUMNS)


@deliveries.command()
@click.argument("delivery_id", metavar="ID")
@shared_options
@json_option
@click.pass_context
def show(context: click.Context, delivery_id: str, *, as_json: bool) -> None:
    """Show the delivery ID: its body, and every try with what came of it."""
    services = services_of(context)
    workspace, _ = services.deliveries.find(services.tenants.workspaces(), delivery_id)
    shown: JSONObject = {
        "workspace": workspace.name,
        **services.deliveries.show(workspace, delivery_id),
    }
    if as_json:
        print_json(shown)
        return
    tries = shown.pop("tries")
    print_pairs("Delivery", shown)
    print_rows(tries, _TRIES)


@deliveries.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--all", "retry_all", is_flag=True, help="All dead ones that --workspace and --endpoint name."
)
@_workspace_option
@_endpoint_option
@shared_options
@json_option
@click.pass_context
def retry(
    context: click.Context,
    ids: tuple[str, ...],
    name: str | None,
    endpoint: str | None,
    *,
    retry_all: bool,
    as_json: bool,
) -> None:
    """Have deliveries tried again, from now on, with all their tries; exit 1 if one cannot be."""
    if bool(ids) == retry_all:
        raise click.UsageError("give either the IDs of deliveries, or --all")
    services = services_of(context)
    workspaces = services.tenants.chosen(name)
    if retry_all:
        chosen = [
            each
            for workspace in workspaces
            for each in services.deliveries.every(
                workspace, state=DeliveryState.DEAD, endpoint=endpoint
            )
        ]
    else:
        chosen = [services.deliveries.find(workspaces, each)[1] for each in dict.fromkeys(ids)]
    services.deliveries.retry(chosen)
    rows = [_after(services, workspaces, each) for each in chosen]
    print_json(rows) if as_json else print_rows(rows, _COLUMNS)
    if any(row["state"] != DeliveryState.PENDING for row in rows):
        context.exit(1)


def _after(services: Services, workspaces: list[Workspace], delivery: Delivery) -> JSONObject:
    workspace, now = services.deliveries.find(workspaces, delivery.id)
    return {"workspace": workspace.name, **delivery_json(now)}
