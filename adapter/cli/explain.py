"""``adapter explain``: why an event, an anonymous id or a person is as it is."""

from collections.abc import Sequence

import click

from adapter.cli.context import services_of, shared_options
from adapter.cli.output import json_option, print_json, print_rows, tell_doing, text_of
from adapter.errors import NotFound, OperatorError
from adapter.jsonvalue import JSONObject, dumps
from adapter.model.workspaces import Workspace
from adapter.services.explaining import Explaining
from adapter.services.rederiving.verifying import verdicts_json


@click.command()
@click.argument("event_id", required=False)
@click.option("--anonymous-id", help="Explain an anonymous id instead.")
@click.option("--person", help="Explain a person instead: id, e-mail or cio_...")
@click.option("--all", "everything", is_flag=True, help="Explain all decisions, counted.")
@click.option(
    "--verify",
    is_flag=True,
    help="With --all: decide all that was accepted again, and compare. Exit 1 if it disagrees.",
)
@click.option("--workspace", "name", help="Whose record it is. [default: whoever has it]")
@shared_options
@json_option
@click.pass_context
def explain(
    context: click.Context,
    event_id: str | None,
    anonymous_id: str | None,
    person: str | None,
    name: str | None,
    *,
    everything: bool,
    verify: bool,
    as_json: bool,
) -> None:
    """Say why: facts, rules and reasons of EVENT_ID (the sender's id or ours)."""
    asked = [given for given in (event_id, anonymous_id, person) if given is not None]
    if len(asked) + everything != 1:
        raise click.UsageError("give one of EVENT_ID, --anonymous-id, --person and --all")
    if verify and not everything:
        raise click.UsageError("--verify goes with --all")
    services = services_of(context)
    workspaces = services.tenants.chosen(name)
    if everything:
        judge = services.verifying.verify if verify else services.verifying.explain
        tell_doing("deciding again" if verify else "reading")
        found = [(workspace, judge(workspace)) for workspace in workspaces]
        shown = [verdicts_json(workspace, verdicts) for workspace, verdicts in found]
        print_json(shown) if as_json else _tell_all(shown)
        context.exit(0 if all(verdicts.are_well for _, verdicts in found) else 1)
    for workspace in workspaces:
        try:
            story = _story(services.explaining, workspace, event_id, anonymous_id, person)
        except NotFound:
            continue
        if as_json:
            print_json({"workspace": workspace.name, **story})
        else:
            _tell(story)
        return
    raise OperatorError(f"nothing is known of {asked[0]!r}")


def _tell_all(shown: Sequence[JSONObject]) -> None:
    """Tell counts, reasons, and examples of what is not as it should be."""
    for each in shown:
        verified, counts = each["verified"], f"{each['explained']:,} explained"
        counts += f", {each['unexplained']:,} unexplained"
        if verified is not None:
            counts += f", {each['disagree']:,} disagree"
        if each["erased"]:
            counts += f", {each['erased']:,} erased"
        click.echo(f"{each['workspace']}: {counts}")
        print_rows(each["reasons"], ("reason", "rule", "count"))
        wrong = [*each["examples"], *(verified["unread"] if verified else ())]
        for example in wrong:
            click.echo(dumps(example))


def _story(
    explaining: Explaining,
    workspace: Workspace,
    event_id: str | None,
    anonymous_id: str | None,
    person: str | None,
) -> JSONObject:
    if event_id is not None:
        return explaining.event(workspace, event_id)
    if anonymous_id is not None:
        return explaining.anonymous_id(workspace, anonymous_id)
    return explaining.person(workspace, person or "", None)


def _tell(story: JSONObject) -> None:
    """Tell a story to a person: reasons first, then facts, then what stands in the log."""
    for reason in story.get("reasons") or [story]:
        _tell_reason(reason)
    if story.get("trigger"):
        _tell_reason(story["trigger"])
    if story.get("nearest_miss"):
        click.echo(f"  nearest miss: {story['nearest_miss']['sentence']}")
    for name, value in (story.get("facts") or {}).items():
        click.echo(f"  {name}: {text_of(value)}")
    for line in story["activities"]:
        click.echo(f"  log: {line['type']} {line['name']} ({line['reason']})")


def _tell_reason(reason: JSONObject) -> None:
    if "reason" in reason:
        click.echo(f"{reason['reason']} [{reason['rule']}] {reason['sentence']}")
