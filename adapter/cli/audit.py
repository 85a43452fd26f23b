"""``adapter audit``: is everything that was received accounted for?"""

import click

from adapter.bootstrap import Services
from adapter.cli.context import services_of, shared_options
from adapter.cli.output import json_option, print_json, print_rows
from adapter.jsonvalue import JSONObject
from adapter.model.workspaces import Workspace
from adapter.rules.decision import Fate
from adapter.services.auditing import audit_json, retention_json
from adapter.services.record_audit import Tally, found_json, tally_json

_COLUMNS = ("workspace", "received", *(fate.value for fate in Fate), "erased", "balances")
_RECORD = ("received_at", "source", "request", "index", "event_id", "fate", "home", "row", "reason")
_HOUR_COLUMNS = ("source", "hour", "received", *(fate.value for fate in Fate), "difference")


@click.command()
@click.option("--workspace", "name", help="Only this one. [default: all]")
@click.option(
    "--records",
    is_flag=True,
    help="Tell of every record that is kept which row it became, one a line, before the ledger.",
)
@shared_options
@json_option
@click.pass_context
def audit(context: click.Context, name: str | None, *, records: bool, as_json: bool) -> None:
    """Balance the ledger: received = stored + duplicate + ignored + quarantined + refused.

    Exit 1 if it does not, naming source, hour and difference; or if a record has no row.
    """
    services = services_of(context)
    tenants = services.tenants
    slugs = {source.id: source.slug for source in tenants.sources()}
    workspaces = tenants.chosen(name)
    tallies = [_tell_records(services, each, as_json=as_json) for each in workspaces if records]
    audits = []
    for place, workspace in enumerate(workspaces):
        accounts = services.auditing.accounts(workspace)
        audited = audit_json(workspace, slugs, accounts)
        audited["retention"] = retention_json(services.auditing.retention(workspace))
        if records:
            audited["records"] = tally_json(tallies[place], accounts)
            audited["balances"] &= audited["records"]["balances"]
        audits.append(audited)
    print_json(audits) if as_json else _tell(audits)
    if not all(each["balances"] for each in audits):
        context.exit(1)


def _tell_records(services: Services, workspace: Workspace, *, as_json: bool) -> Tally:
    """Tell which row each record became, as it is found."""
    tally = Tally()
    for found in services.record_audit.records(workspace, tally):
        told = found_json(workspace, found)
        text = " ".join("-" if told[name] in {None, ""} else str(told[name]) for name in _RECORD)
        print_json(told) if as_json else click.echo(text)
    return tally


def _tell(audits: list[JSONObject]) -> None:
    print_rows(audits, _COLUMNS)
    wrong = [hour for each in audits for hour in each["hours"] if not hour["balances"]]
    for each in audits:
        _tell_evidence(each)
    if wrong:
        click.echo("\nThese hours do not balance:")
        print_rows(wrong, (*_HOUR_COLUMNS, "bodies"))


def _tell_evidence(audited: JSONObject) -> None:
    kept = audited["retention"]
    click.echo(
        f"\n{audited['workspace']}: what was received by {kept['expired_by']} has expired; of that "
        f"the oldest row left: {kept['oldest_expired'] or 'none'} ({kept['table'] or '-'})"
    )
    records = audited.get("records")
    if records is not None:
        click.echo(
            f"{audited['workspace']}: {records['records']:,} records looked at, "
            f"{records['lost']:,} without a row, {records['erased']:,} erased"
        )
        for difference in (*records["differences"], *records["unread"].items()):
            click.echo(f"  {difference}")
