"""What commands share: options, settings, and the services, opened when first needed."""

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from adapter.bootstrap import Services, open_services
from adapter.settings import Settings, read_settings

Command = TypeVar("Command", bound=Callable[..., Any])

_GIVEN = "adapter.given"
_SERVICES = "adapter.services"


def _remember(context: click.Context, option: click.Parameter, value: str | Path | None) -> None:
    if value is not None and option.name is not None:
        context.meta.setdefault(_GIVEN, {})[option.name] = value


_SHARED = (
    click.option(
        "--database-url",
        envvar="ADAPTER_DATABASE_URL",
        show_envvar=True,
        expose_value=False,
        callback=_remember,
        help="SQLAlchemy URL. [default: adapter.db in this directory]",
    ),
    click.option(
        "--rehearsal-clock",
        envvar="ADAPTER_REHEARSAL_CLOCK",
        show_envvar=True,
        expose_value=False,
        callback=_remember,
        type=click.Path(path_type=Path),
        help="File with one ISO-8601 instant: the product's only clock then.",
    ),
    click.option(
        "--mappings-dir",
        envvar="ADAPTER_MAPPINGS_DIR",
        show_envvar=True,
        expose_value=False,
        callback=_remember,
        type=click.Path(path_type=Path),
        help="Where the mapping files are. [default: ./mappings, else the shipped ones]",
    ),
)


def _who() -> str:
    """Name whoever the operating system says is at work; nobody where it does not know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


by_option = click.option(
    "--by",
    envvar="ADAPTER_BY",
    show_envvar=True,
    default=_who,
    show_default="who runs this",
    help="Who does it, for the log.",
)


def shared_options(command: Command) -> Command:
    """Give a command the options that choose store, clock and mappings."""
    for option in _SHARED:
        command = option(command)
    return command


def settings_of(context: click.Context, **given: Any) -> Settings:
    """Give the settings: the environment, with the command's own options over it."""
    options = {name: value for name, value in given.items() if value is not None}
    return read_settings(**{**context.meta.get(_GIVEN, {}), **options})


def services_of(context: click.Context, **given: Any) -> Services:
    """Open the store (created and migrated if need be) and what works on it; once per command."""
    root = context.find_root()
    services = context.meta.get(_SERVICES)
    if services is None:
        services = open_services(settings_of(context, **given))
        context.meta[_SERVICES] = services
        root.call_on_close(services.close)
    opened: Services = services
    return opened
