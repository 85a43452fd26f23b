"""``adapter workspace`` and ``adapter source``: tenants, their credentials and settings."""

from typing import Any

import click

from adapter.cli.context import by_option, services_of, shared_options
from adapter.cli.output import json_option, print_json, print_pairs, print_rows
from adapter.clock import Instant, iso, parse_instant
from adapter.errors import OperatorError
from adapter.jsonvalue import JSONObject
from adapter.model.workspaces import ReceivedAt, Role, Source, Workspace
from adapter.services.names import blank_problems, name_problems, refuse
from adapter.services.tenant_json import source_json, workspace_json
from adapter.services.tenants import DEFAULT_MAPPING, NewWorkspace
from adapter.services.workspace_settings import effective

_POLICIES = ("refuse", "accept", "require-header")
_ROLES = click.Choice([role.value for role in Role], case_sensitive=False)
_CLOCKS = click.Choice([clock.value for clock in ReceivedAt], case_sensitive=False)


@click.group()
def workspace() -> None:
    """Make tenants, list them and change their settings."""


@workspace.command("create")
@click.argument("name")
@click.option("--site-id", help="Public id for the Track API and the snippet. [default: generated]")
@click.option("--api-key", help="Secret of the Track API. [default: generated]")
@click.option("--app-key", help="Opens console and read API. [default: generated]")
@click.option("--read-key", help="Opens them to read only. [default: generated]")
@click.option("--write-key", help="Write key of its first source. [default: generated]")
@click.option("--shared-secret", help="Secret that signs its webhooks. [default: generated]")
@click.option("--created-at", help="ISO-8601; before July 2021 merging starts off. [default: now]")
@shared_options
@json_option
@click.pass_context
def create_workspace(
    context: click.Context, /, name: str, created_at: str | None, *, as_json: bool, **given: Any
) -> None:
    """Make a workspace NAME and its first source; print the credentials, this once."""
    refuse([*name_problems(name), *blank_problems(given)])
    at = None if created_at is None else _instant(created_at)
    made = new_workspace_json(services_of(context).tenants.create(name, given, at))
    print_json(made) if as_json else print_pairs(f"Workspace {name}", made)


@workspace.command("set")
@click.argument("name")
@click.argument("settings", nargs=-1, required=True, metavar="KEY=VALUE...")
@click.option("--no-triggers", is_flag=True, help="What catches up triggers nothing (C8).")
@by_option
@shared_options
@json_option
@click.pass_context
def set_workspace(
    context: click.Context,
    name: str,
    settings: tuple[str, ...],
    by: str,
    *,
    no_triggers: bool,
    as_json: bool,
) -> None:
    """Change settings of workspace NAME; `merging=on` catches up with what was stored."""
    tenants = services_of(context).tenants
    changed = tenants.change_settings(
        tenants.workspace(name), _pairs(settings), by=by, triggers=not no_triggers
    )
    _print_workspace(changed, as_json=as_json)


@workspace.command("new-key")
@click.argument("name")
@click.option("--role", type=_ROLES, required=True, help="What it may do.")
@click.option("--key", help="The new key. [default: generated]")
@shared_options
@json_option
@click.pass_context
def new_key(
    context: click.Context, name: str, role: str, key: str | None, *, as_json: bool
) -> None:
    """Replace the app key of workspace NAME that may read, or write; print it, this once."""
    tenants = services_of(context).tenants
    made = tenants.change_app_key(tenants.workspace(name), Role(role), key)
    shown = {"workspace": name, "role": role, "app_key" if role == Role.WRITE else "read_key": made}
    print_json(shown) if as_json else print_pairs(f"Workspace {name}", shown)


@workspace.command("list")
@shared_options
@json_option
@click.pass_context
def list_workspaces(context: click.Context, *, as_json: bool) -> None:
    """List all workspaces."""
    rows = [workspace_json(known) for known in services_of(context).tenants.workspaces()]
    print_json(rows) if as_json else print_rows(rows, ("name", "site_id", "created_at"))


@workspace.command("show")
@click.argument("name")
@shared_options
@json_option
@click.pass_context
def show_workspace(context: click.Context, name: str, *, as_json: bool) -> None:
    """Show workspace NAME with all its settings."""
    _print_workspace(services_of(context).tenants.workspace(name), as_json=as_json)


@click.group()
def source() -> None:
    """Make the sources of a workspace, list and change them."""


@source.command("create")
@click.argument("slug")
@click.option("--workspace", "name", default="default", show_default=True, help="Whose it is.")
@click.option("--shared-secret", help="Secret that signs its webhooks. [default: generated]")
@click.option("--write-key", help="Key of the Segment HTTP API. [default: generated]")
@click.option(
    "--mapping",
    default=DEFAULT_MAPPING,
    show_default=True,
    help="Name of its file in the mappings directory.",
)
@shared_options
@json_option
@click.pass_context
def create_source(
    context: click.Context, /, slug: str, name: str, *, as_json: bool, **given: Any
) -> None:
    """Make a source SLUG; print its shared secret, this once."""
    tenants = services_of(context).tenants
    made = tenants.create_source(tenants.workspace(name), slug, **given)
    shown = {**source_json(made), "shared_secret": made.shared_secrets[0]}
    print_json(shown) if as_json else print_pairs(f"Source {slug}", shown)


@source.command("set")
@click.argument("slug")
@click.option("--shared-secret", multiple=True, help="Give all that may sign; several to rotate.")
@click.option("--write-key", help="Key of the Segment HTTP API.")
@click.option("--require-header", help="'Name: value' that every webhook must bear; '' for none.")
@click.option("--batch-signature", type=click.Choice(_POLICIES), help="What a batch's is worth.")
@click.option("--mapping", help="Name of its file in the mappings directory.")
@click.option("--received-at", type=_CLOCKS, help="Which clock (T2).")
@by_option
@shared_options
@json_option
@click.pass_context
def set_source(
    context: click.Context,
    /,
    slug: str,
    shared_secret: tuple[str, ...],
    *,
    require_header: str | None,
    received_at: str | None,
    by: str,
    as_json: bool,
    **plain: str | None,
) -> None:
    """Change source SLUG; what is not given stays."""
    tenants = services_of(context).tenants
    changes: dict[str, Any] = {key: value for key, value in plain.items() if value is not None}
    if shared_secret:
        changes["shared_secrets"] = shared_secret
    if require_header is not None:
        changes["require_header"] = _checked_header(require_header)
    if received_at is not None:
        changes["received_at"] = ReceivedAt(received_at)
    _print_source(tenants.change_source(tenants.source(slug), changes, by=by), as_json=as_json)


@source.command("list")
@shared_options
@json_option
@click.pass_context
def list_sources(context: click.Context, *, as_json: bool) -> None:
    """List all sources."""
    rows = [source_json(known) for known in services_of(context).tenants.sources()]
    columns = ("slug", "write_key", "mapping", "received_at", "batch_signature")
    print_json(rows) if as_json else print_rows(rows, columns)


def new_workspace_json(made: NewWorkspace) -> JSONObject:
    """Show a new workspace with the credentials that are shown only now."""
    return {
        "workspace": made.workspace.name,
        "site_id": made.credentials.site_id,
        "api_key": made.credentials.api_key,
        "app_key": made.credentials.app_key,
        "read_key": made.credentials.read_key,
        "source": made.source.slug,
        "write_key": made.credentials.write_key,
        "shared_secret": made.credentials.shared_secret,
        "webhook_path": f"/webhooks/segment/{made.source.slug}",
        "created_at": iso(made.workspace.created_at),
        "merging": effective(made.workspace.settings)["merging"],
    }


def _print_workspace(known: Workspace, *, as_json: bool) -> None:
    shown = workspace_json(known)
    if as_json:
        print_json(shown)
    else:
        settings = shown.pop("settings")
        print_pairs(f"Workspace {known.name}", {**shown, **settings})


def _print_source(known: Source, *, as_json: bool) -> None:
    shown = source_json(known)
    print_json(shown) if as_json else print_pairs(f"Source {known.slug}", shown)


def _instant(text: str) -> Instant:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise OperatorError(
            f"--created-at takes an ISO-8601 time such as 2026-03-01T10:00:00Z, not {text!r}"
        ) from error


def _pairs(settings: tuple[str, ...]) -> dict[str, str]:
    wrong = [text for text in settings if "=" not in text]
    if wrong:
        raise OperatorError(f"settings are KEY=VALUE, not {', '.join(map(repr, wrong))}")
    return dict(text.split("=", 1) for text in settings)


def _checked_header(text: str) -> str | None:
    if not text:
        return None
    name, colon, value = text.partition(":")
    if not (colon and name.strip() and value.strip()):
        raise OperatorError(f"--require-header takes 'Name: value', not {text!r}")
    return f"{name.strip()}: {value.strip()}"
