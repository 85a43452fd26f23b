"""The ``adapter`` command: one file per group of commands.

Modules that open databases or start servers are imported by the commands that need them, so that
``--help`` and the mapping tools stay fast.
"""

import errno
import importlib
import sys
from typing import Any

import click

from adapter import __version__
from adapter.errors import AdapterError, OperatorError

_COMMANDS = {
    "audit": ("adapter.cli.audit", "audit"),
    "bench": ("adapter.cli.bench.command", "bench"),
    "db": ("adapter.cli.db", "db"),
    "deliveries": ("adapter.cli.deliveries", "deliveries"),
    "erase": ("adapter.cli.erase", "erase"),
    "explain": ("adapter.cli.explain", "explain"),
    "fql": ("adapter.cli.fql", "fql"),
    "mappings": ("adapter.cli.mappings", "mappings"),
    "quarantine": ("adapter.cli.quarantine", "quarantine"),
    "replay": ("adapter.cli.replay", "replay"),
    "serve": ("adapter.cli.serve", "serve"),
    "sim": ("adapter.cli.sim", "sim"),
    "source": ("adapter.cli.tenants", "source"),
    "unmerge": ("adapter.cli.unmerge", "unmerge"),
    "worker": ("adapter.cli.worker", "worker"),
    "state": ("adapter.cli.state", "state"),
    "sweep": ("adapter.cli.sweep", "sweep"),
    "workspace": ("adapter.cli.tenants", "workspace"),
}

_MISUSE = 2


class _Commands(click.Group):
    """Finds commands by name and tells an operator's errors without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AdapterError as error:
            tell(error)
            ctx.exit(_MISUSE)
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # whoever read the output has gone; click ends quietly
            tell(OperatorError(f"{type(error).__name__}: {error}"))
            ctx.exit(_MISUSE)


@click.command(cls=_Commands, context_settings={"auto_envvar_prefix": "ADAPTER"})
@click.version_option(__version__)
def main() -> None:
    """A Segment-compatible destination for anonymous events that explains itself."""


def tell(error: AdapterError) -> None:
    """Print what is wrong, all of it, and the cure."""
    click.echo(f"adapter: {error.message}", err=True)
    for problem in error.problems:
        if problem.message not in error.message:
            click.echo(f"  {problem.code}: {problem.message}", err=True)
    if error.cure:
        click.echo(f"  cure: {error.cure}", err=True)
    sys.stderr.flush()
