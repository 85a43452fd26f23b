"""``adapter mappings``: mapping files checked, previewed, described, and tried on payloads."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from adapter.cli.diff import diff
from adapter.cli.output import json_option

if TYPE_CHECKING:
    from adapter.mapping.findings import Finding
    from adapter.mapping.preview import FieldPreview, Taken
    from adapter.mapping.trace import Trace

_FOUND = 1
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_PATH = click.Path(path_type=Path, exists=True)


@click.group()
def mappings() -> None:
    """Check, preview and try mapping files."""


mappings.add_command(diff)


@mappings.command()
@click.argument("files", nargs=-1, type=_FILE)
@click.option(
    "--calls",
    multiple=True,
    type=_PATH,
    help="File or directory of recorded calls: report fields that none of them fills.",
)
@json_option
def check(*, files: tuple[Path, ...], calls: tuple[Path, ...], as_json: bool) -> None:
    """Find mistakes and traps in mapping files; run their examples.

    Without FILES, all of the mappings directory. Exits with 1 if anything was found.
    """
    from adapter.cli.output import print_json
    from adapter.mapping.campaigns import CAMPAIGNS
    from adapter.mapping.check.campaigns import check_campaigns
    from adapter.mapping.check.run import check_file
    from adapter.mapping.check.segments import check_segments
    from adapter.mapping.destinations import DESTINATIONS, check_destinations
    from adapter.mapping.samples import read_samples
    from adapter.mapping.segments import SEGMENTS

    tried = [sample.call for sample in read_samples(calls)]
    checked = files or tuple(_mapping_files())
    others = {
        CAMPAIGNS: check_campaigns,
        DESTINATIONS: check_destinations,
        SEGMENTS: check_segments,
    }
    findings: list[Finding] = []
    for file in checked:
        other = others.get(file.stem)
        findings += other(file) if other else check_file(file, tried)
    if as_json:
        print_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            click.echo(str(finding))
        click.echo(f"{len(checked)} files checked, {len(findings)} findings", err=True)
    sys.exit(_FOUND if findings else 0)


@mappings.command()
@click.option(
    "--of",
    "file",
    type=click.Choice(["mapping", "campaigns", "segments", "destinations"]),
    default="mapping",
    show_default=True,
    help="Which of the operator's files.",
)
def schema(*, file: str) -> None:
    """Print the JSON Schema of the operator's files, for editors."""
    import json

    from adapter.mapping.file_schemas import SCHEMAS

    click.echo(json.dumps(SCHEMAS[file](), indent=2))


@mappings.command()
@click.argument("payloads", nargs=-1, required=True, type=_PATH)
@click.option("--mapping", type=_FILE, help="Mapping file. [default: segment.yaml]")
@json_option
def preview(*, payloads: tuple[Path, ...], mapping: Path | None, as_json: bool) -> None:
    """Show what becomes of the calls in PAYLOADS, field by field, and why.

    PAYLOADS are files of JSON or JSON lines, or directories of them; calls are found however deep
    inside they are.
    """
    from adapter.cli.output import print_json
    from adapter.mapping.files import load_mapping
    from adapter.mapping.preview import preview as previewed
    from adapter.mapping.samples import read_samples

    loaded = load_mapping(mapping or _mappings_dir() / "segment.yaml")
    for sample in read_samples(payloads):
        taken = previewed(loaded, sample.call)
        if as_json:
            results = [each.as_json() for each in taken]
            print_json({"source": sample.source, "call": sample.call, "taken": results})
        else:
            _print_preview(f"{sample.source}: {_title(sample.call)}", taken)


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


def _mapping_files() -> list[Path]:
    files = sorted(_mappings_dir().glob("*.yaml"))
    if not files:
        raise click.UsageError(f"no mapping files (*.yaml) in {_mappings_dir()}")
    return files


def _mappings_dir() -> Path:
    given, here = os.environ.get("ADAPTER_MAPPINGS_DIR"), Path("mappings")
    if given:
        return Path(given)
    if here.is_dir():
        return here
    from adapter.bootstrap import shipped

    return shipped("mappings")


def _title(call: dict[str, object]) -> str:
    return " ".join(str(call[key]) for key in ("type", "event", "name", "userId") if call.get(key))


def _print_preview(title: str, taken: Sequence["Taken"]) -> None:
    from adapter.jsonvalue import dumps

    click.secho(title, bold=True)
    if not taken:
        click.secho("  no subscription takes it: it is counted as ignored", fg="yellow")
    for each in taken:
        click.echo(f"  {click.style(each.subscription, fg='cyan')} {each.mapped.action}")
        for problem in each.mapped.problems:
            click.secho(f"    {problem.code}: {problem.message}", fg="red")
        if each.mapped.operation is not None:
            click.secho(f"    {dumps(each.mapped.operation)}", fg="green")
        for field in each.fields:
            _print_field(field)


def _print_field(field: "FieldPreview") -> None:
    from adapter.mapping.trace import shown

    if field.absent:
        click.secho(f"    {field.name}: nothing", fg="red" if field.required else None)
    else:
        click.echo(f"    {field.name}: {click.style(shown(field.value), fg='green')}")
    for line in _lines(field.trace):
        click.secho(f"      {line}", dim=True)


def _lines(trace: "Trace", depth: int = 0) -> Iterator[str]:
    yield f"{'  ' * depth}{trace.what}{f' ({trace.why})' if trace.why else ''}"
    for step in trace.steps:
        yield from _lines(step, depth + 1)
