"""``adapter quarantine``: what could not be applied, and another try once the mapping is mended."""

from collections.abc import Iterator

import click

from adapter.bootstrap import Services
from adapter.cli.context import by_option, services_of, shared_options
from adapter.cli.output import json_option, print_json, print_pairs, print_rows
from adapter.clock import iso
from adapter.jsonvalue import JSONObject
from adapter.model.reasons import Reason
from adapter.model.workspaces import Workspace
from adapter.ports import QuarantineRow
from adapter.services.acts import ActStamp
from adapter.services.quarantine import retried_json

_COLUMNS = ("id", "event_id", "workspace", "source", "received_at", "reason", "message")
_RETRIED = ("id", "event_id", "fate", "reason", "message")
_LIMIT = 50

_workspace_option = click.option("--workspace", "name", help="Only this one. [default: all]")
_reason_option = click.option(
    "--reason",
    type=click.Choice([reason.value for reason in Reason]),
    metavar="CODE",
    help="Only records with this reason code.",
)


@click.group()
def quarantine() -> None:
    """Records that could not be mapped or applied: list, show, run again."""


@quarantine.command("list")
@_workspace_option
@_reason_option
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
def list_records(
    context: click.Context, name: str | None, reason: str | None, limit: int, *, as_json: bool
) -> None:
    """List the records in quarantine, newest first."""
    services = services_of(context)
    rows = [
        _shown(services, workspace, row)
        for workspace in services.tenants.chosen(name)
        for row in services.quarantine.records(workspace, reason=reason, limit=limit)
    ]
    print_json(rows) if as_json else print_rows(rows, _COLUMNS)


@quarantine.command()
@click.argument("record", metavar="ID")
@shared_options
@json_option
@click.pass_context
def show(context: click.Context, record: str, *, as_json: bool) -> None:
    """Show the record ID: why it is in quarantine, and what its sender sent."""
    services = services_of(context)
    workspace, row = services.quarantine.find(services.tenants.workspaces(), record)
    shown = {**_shown(services, workspace, row), "index": row.index, "pointer": row.pointer}
    shown |= {"refused": row.refused, "raw": row.raw}
    print_json(shown) if as_json else print_pairs("In quarantine", shown)


@quarantine.command()
@click.argument("records", nargs=-1, metavar="[ID]...")
@click.option(
    "--all", "retry_all", is_flag=True, help="Retry all that --workspace and --reason name."
)
@_workspace_option
@_reason_option
@by_option
@shared_options
@json_option
@click.pass_context
def retry(
    context: click.Context,
    records: tuple[str, ...],
    *,
    name: str | None,
    reason: str | None,
    by: str,
    retry_all: bool,
    as_json: bool,
) -> None:
    """Run records again through the present mapping; exit 1 if any of them stays."""
    if bool(records) == retry_all:
        raise click.UsageError("give either the IDs of records, or --all")
    services = services_of(context)
    workspaces = services.tenants.chosen(name)
    chosen = (
        _all(services, workspaces, reason) if retry_all else _named(services, workspaces, records)
    )
    rows = []
    for workspace, record in chosen:
        stamp = ActStamp.now(services.clock, by)
        rows.append(retried_json(services.quarantine.retry(workspace, record, stamp)))
    print_json(rows) if as_json else print_rows(rows, _RETRIED)
    if not all(row["released"] for row in rows):
        context.exit(1)


def _all(
    services: Services, workspaces: list[Workspace], reason: str | None
) -> Iterator[tuple[Workspace, str]]:
    """Give all records in the order in which they came, as the rules would have met them."""
    for workspace in workspaces:
        ids = [row.id for row in services.quarantine.records(workspace, reason=reason)]
        yield from ((workspace, record) for record in reversed(ids))


def _named(
    services: Services, workspaces: list[Workspace], records: tuple[str, ...]
) -> list[tuple[Workspace, str]]:
    """Find the records named before any of them is run."""
    return [
        (services.quarantine.find(workspaces, record)[0], record)
        for record in dict.fromkeys(records)
    ]


def _shown(services: Services, workspace: Workspace, row: QuarantineRow) -> JSONObject:
    source = services.directory.source(row.source_id)
    return {
        "id": row.id,
        "event_id": row.message_id,
        "workspace": workspace.name,
        "source": None if source is None else source.slug,
        "received_at": iso(row.received_at),
        "reason": row.reason,
        "message": row.text,
    }
