"""``adapter audit``: is everything that was received accounted for?"""

import click

from adapter.cli.context import services_of, shared_options
from adapter.cli.output import json_option, print_json, print_rows
from adapter.jsonvalue import JSONObject
from adapter.rules.decision import Fate
from adapter.services.auditing import audit_json

_COLUMNS = ("workspace", "received", *(fate.value for fate in Fate), "erased", "balances")
_HOUR_COLUMNS = ("source", "hour", "received", *(fate.value for fate in Fate), "difference")


@click.command()
@click.option("--workspace", "name", help="Only this one. [default: all]")
@shared_options
@json_option
@click.pass_context
def audit(context: click.Context, name: str | None, *, as_json: bool) -> None:
    """Balance the ledger: received = stored + duplicate + ignored + quarantined + refused.

    Exit 1 if it does not, naming source, hour and difference.
    """
    services = services_of(context)
    tenants = services.tenants
    slugs = {source.id: source.slug for source in tenants.sources()}
    workspaces = tenants.workspaces() if name is None else [tenants.workspace(name)]
    audits = [audit_json(each, slugs, services.auditing.accounts(each)) for each in workspaces]
    print_json(audits) if as_json else _tell(audits)
    if not all(each["balances"] for each in audits):
        context.exit(1)


def _tell(audits: list[JSONObject]) -> None:
    print_rows(audits, _COLUMNS)
    wrong = [hour for each in audits for hour in each["hours"] if not hour["balances"]]
    if wrong:
        click.echo("\nThese hours do not balance:")
        print_rows(wrong, (*_HOUR_COLUMNS, "bodies"))
