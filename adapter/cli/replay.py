"""``adapter replay``: recorded payloads through the doors again."""

from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click
import requests

from adapter.bootstrap import Services, open_current_store, scratch_store
from adapter.cli.context import services_of, settings_of, shared_options
from adapter.cli.output import json_option, print_json, print_pairs, progress
from adapter.clock import Instant
from adapter.doors.signatures import SIGNATURE_HEADER, sign
from adapter.errors import OperatorError
from adapter.jsonvalue import JSONObject, loads
from adapter.model.workspaces import Source
from adapter.ports import Store
from adapter.services.rederiving.rederiving import Rederiving
from adapter.services.replay import Send, Summary, in_process, read_recorded

_HTTP_TIMEOUT_SECONDS = 30
_SUCCESS = 200
_GROUP = 500
"""Messages of one transaction, where what is played is to last."""


@click.command()
@click.argument(
    "files",
    nargs=-1,
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE...",
)
@click.option(
    "--received-at",
    type=click.Choice(["message", "now"]),
    default="message",
    show_default=True,
    help="Whose time of receipt counts: the recording's or the present.",
)
@click.option("--no-triggers", is_flag=True, help="What is replayed triggers nothing (C8).")
@click.option("--source", "slug", default="default", show_default=True, help="Who sends it.")
@click.option(
    "--from-store",
    metavar="URL",
    help="Instead of FILEs: all that another database accepted, into this empty one.",
)
@click.option("--url", help="Send over HTTP to this server instead (it stamps its own time).")
@shared_options
@json_option
@click.pass_context
def replay(
    context: click.Context,
    *,
    files: tuple[Path, ...],
    received_at: str,
    slug: str,
    url: str | None,
    from_store: str | None,
    no_triggers: bool,
    as_json: bool,
) -> None:
    """Feed FILEs of recorded payloads (JSON, JSON lines, gz, stories) through the doors.

    Or, with --from-store, play what another database accepted, acts of its operators included.
    """
    if bool(files) == (from_store is not None):
        raise click.UsageError("give FILEs, or --from-store URL")
    services = services_of(context)
    if from_store is not None:
        origin = open_current_store(settings_of(context, database_url=from_store))
        with closing(origin):
            unread = _play(origin, services, as_json=as_json)
        context.exit(1 if unread else 0)
    source = services.tenants.source(slug)
    if no_triggers and url is not None:
        raise click.UsageError("--no-triggers works in process only: leave out --url")
    send = (
        into_services(services, source, triggers=not no_triggers)
        if url is None
        else _over_http(url, source)
    )
    recorded = [item for file in _expanded(files) for item in read_recorded(file)]
    summary = Summary()
    with progress("replaying", len(recorded), hidden=as_json) as bar:
        for item in recorded:
            summary.add(send(item.body, item.received_at if received_at == "message" else None))
            bar.update(1)
    shown = {
        "requests": summary.requests,
        "accepted": summary.accepted,
        "duplicates": summary.duplicates,
        "rejected": summary.rejected,
    }
    print_json(shown) if as_json else print_pairs("Replayed", shown)


def _play(origin: Store, services: Services, *, as_json: bool) -> bool:
    """Play all that another store accepted into an empty one; tell if some could not be."""
    if services.tenants.workspaces():
        raise OperatorError("this database holds workspaces already; name an empty one")
    rederiving = Rederiving(origin, scratch_store)
    unread = False
    for workspace in origin.workspaces():
        _, played = rederiving.derive(workspace, services.store, group=_GROUP, keeps=True)
        shown = {
            "workspace": workspace.name,
            "requests": played.requests,
            "records": played.records,
            "acts": played.acts,
            "unread": [asdict(each) for each in played.unplayed],
        }
        print_json(shown) if as_json else print_pairs("Replayed", shown)
        unread |= bool(played.unplayed)
    return unread


def into_services(services: Services, source: Source, *, triggers: bool = True) -> Send:
    """Send through the webhook's own parsing, mapping and rules, in this process."""
    retention = services.reading.retention(services.directory.workspace(source.workspace_id))
    return in_process(
        services.intake, source, clock=services.clock, retention=retention, triggers=triggers
    )


def _over_http(url: str, source: Source) -> Send:
    address = f"{url.rstrip('/')}/webhooks/segment/{source.slug}"
    session = requests.Session()
    if source.require_header is not None:
        name, _, value = source.require_header.partition(":")
        session.headers[name.strip()] = value.strip()

    def send(body: bytes, _received_at: Instant | None) -> JSONObject:
        answer = session.post(
            address,
            data=body,
            headers={
                SIGNATURE_HEADER: sign(body, source.shared_secrets[0]),
                "Content-Type": "application/json",
            },
            timeout=_HTTP_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        if answer.status_code != _SUCCESS:
            raise OperatorError(f"{address} answered {answer.status_code}: {answer.text[:500]}")
        parsed: JSONObject = loads(answer.content)
        return parsed

    return send


def _expanded(files: tuple[Path, ...]) -> list[Path]:
    """Take a directory for all the files in it."""
    expanded: list[Path] = []
    for file in files:
        expanded += sorted(file.rglob("*.json*")) if file.is_dir() else [file]
    return [file for file in expanded if not file.name.endswith(".schema.json")]
