"""``adapter erase``: take somebody out of everything that is kept, and prove it (P6)."""

import click

from adapter.cli.context import services_of, shared_options
from adapter.cli.output import json_option, print_json, print_pairs, print_rows
from adapter.services.erasing import read_named, search_json


@click.command()
@click.option("--person", "people", multiple=True, help="Their id, e-mail address or cio_id.")
@click.option("--email", "emails", multiple=True, help="Their e-mail address.")
@click.option("--anonymous-id", "anonymous_ids", multiple=True, help="An anonymous id of theirs.")
@click.option("--workspace", "name", default="default", show_default=True, help="Where they are.")
@click.option("--prove", is_flag=True, help="Search all that is kept for them; exit 1 if found.")
@shared_options
@json_option
@click.pass_context
def erase(
    context: click.Context,
    people: tuple[str, ...],
    emails: tuple[str, ...],
    anonymous_ids: tuple[str, ...],
    name: str,
    *,
    prove: bool,
    as_json: bool,
) -> None:
    """Erase a person or a stranger from every table and raw body; keyed hashes are left.

    Options may be repeated: all that they name is one person's, and goes together.
    """
    services = services_of(context)
    workspace = services.tenants.workspace(name)
    named = read_named(workspace, people=people, emails=emails, anonymous_ids=anonymous_ids)
    erased = services.erasing.erase(workspace, named)
    told = dict(erased.counts)
    proof = search_json(services.erasing.prove(erased.traces)) if prove else None
    if as_json:
        print_json(told if proof is None else {**told, "proof": proof})
    else:
        print_pairs("Erased", told)
    if proof is None:
        return
    places = proof["places"]
    if not as_json:
        print_pairs("Searched", {key: each for key, each in proof.items() if key != "places"})
        if places:
            rows = [{"place": place, "hits": hits} for place, hits in places.items()]
            print_rows(rows, ("place", "hits"))
    if places:
        context.exit(1)
