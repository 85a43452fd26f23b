"""``adapter mappings``: mapping files checked, previewed, described, and tried on payloads."""

import sys
from typing import cast

import click


@click.group()
def mappings() -> None:
    """Check, preview and try mapping files."""


@mappings.command("eval")
@click.option("--jsonl", is_flag=True, help="One question a line in, one answer a line out.")
def evaluate(*, jsonl: bool) -> None:
    r"""Answer on standard output what is asked on standard input.

    \b
    {"id", "mapping", "payload"} -> {"id", "ok": true, "output"}
                                 or {"id", "ok": false, "error"}
    """
    from adapter.mapping.protocol import MappingAnswers, Source, answer_lines

    if not jsonl:
        raise click.UsageError("there is only --jsonl")
    answer_lines(cast(Source, sys.stdin.buffer), sys.stdout.buffer, MappingAnswers())
