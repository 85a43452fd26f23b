"""``adapter fql``: subscriptions, tried on payloads."""

import sys
from typing import cast

import click


@click.group()
def fql() -> None:
    """Try subscriptions (FQL) on payloads."""


@fql.command("eval")
@click.option("--jsonl", is_flag=True, help="One question a line in, one answer a line out.")
def evaluate(*, jsonl: bool) -> None:
    r"""Answer on standard output what is asked on standard input.

    \b
    {"id", "fql", "payload"} -> {"id", "ok": true, "match"}
                             or {"id", "ok": false, "error"}
    """
    from adapter.mapping.protocol import FqlAnswers, Source, answer_lines

    if not jsonl:
        raise click.UsageError("there is only --jsonl")
    answer_lines(cast(Source, sys.stdin.buffer), sys.stdout.buffer, FqlAnswers())
