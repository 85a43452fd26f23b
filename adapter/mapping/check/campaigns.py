"""Checks a campaigns file, and runs its examples."""

from pathlib import Path
from typing import Any

from adapter.jsonvalue import JSONObject, dumps, loads
from adapter.mapping.campaigns import compile_campaigns
from adapter.mapping.findings import Finding, Severity
from adapter.mapping.positions import Document, ValuePath, read_document
from adapter.mapping.segments import segments_beside
from adapter.model.campaigns import Audience, Campaign
from adapter.model.messages import EventKind
from adapter.rules.asked import asked_of

_NO_PERSON: JSONObject = {"id": None, "email": None, "cio_id": None, "attributes": {}}


def check_campaigns(path: Path) -> list[Finding]:
    """Check a campaigns file: everything wrong with it, in the order of the file.

    An example names a ``campaign``, an ``event`` (``name``, ``kind``, ``data``), a ``person`` or a
    ``recipient``, the ``segments`` that the person is in, and what is delivered: ``expect``, null
    for nothing. Campaigns that are switched off are tried as well.
    """
    document = read_document(path)
    compiled = compile_campaigns(document, segments_beside(path))
    campaigns = {campaign.campaign: campaign for _, campaign in compiled}
    if not any(finding.severity is Severity.ERROR for finding in document.findings):
        content = document.value if isinstance(document.value, dict) else {}
        examples = content.get("examples", [])
        for index, example in enumerate(examples if isinstance(examples, list) else [None]):
            _check_example(document, ("examples", index), example, campaigns)
    return sorted(set(document.findings), key=lambda finding: (finding.line, finding.column))


def _check_example(
    document: Document, path: ValuePath, example: Any, campaigns: dict[str, Campaign]
) -> None:
    if not (isinstance(example, dict) and isinstance(example.get("event"), dict)):
        document.report(path, "M401", "an example needs a campaign, an event, and expect")
        return
    campaign = campaigns.get(str(example.get("campaign")))
    if campaign is None:
        message = f"there is no campaign {example.get('campaign')}"
        document.report((*path, "campaign"), "M401", message)
        return
    try:
        made = _made_of(campaign, example)
    except ValueError as error:
        document.report(path, "M402", f"the template cannot be filled: {error}")
        return
    if made != example.get("expect"):
        message = f"expected {dumps(example.get('expect'))}, and got {dumps(made)}"
        document.report((*path, "expect"), "M402", message, cure="change the one or the other")


def _made_of(campaign: Campaign, example: JSONObject) -> Any:
    """Give the body that an example leads to, None for nothing."""
    event, person = example["event"], example.get("person")
    audience = Audience.INVITES if example.get("recipient") else Audience.PEOPLE
    kind = event.get("kind", EventKind.EVENT.value)
    if (audience, kind, event.get("name")) != (campaign.audience, campaign.kind, campaign.name):
        return None
    context: JSONObject = {
        "campaign": campaign.campaign,
        "event": {
            "id": "example",
            "event_id": None,
            "timestamp": "2026-01-01T00:00:00.000000Z",
            "received_at": "2026-01-01T00:00:00.000000Z",
            "data": {},
            **event,
            "kind": kind,
        },
        "person": None if person is None else {**_NO_PERSON, **person},
        "recipient": example.get("recipient"),
    }
    if not (campaign.where(asked_of(context)) and campaign.suits(example.get("segments", []))):
        return None
    return loads(campaign.render(context))
