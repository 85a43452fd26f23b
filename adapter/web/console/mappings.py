"""``/mappings``: the mapping files as they run, what the linter says, and a panel to try them."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from flask import Blueprint, request
from werkzeug.wrappers import Response

from adapter.bootstrap import Services
from adapter.errors import NotFound
from adapter.mapping.findings import Finding
from adapter.model.workspaces import Workspace
from adapter.ports import ActivityRow
from adapter.services.activity_log import Filters
from adapter.services.trying import Trial
from adapter.web.console import access
from adapter.web.console.layout import Page, is_part, page

_MOST_PICKS = 12
_SAMPLE = {
    "type": "track",
    "messageId": "m-1",
    "anonymousId": "abc123",
    "event": "Order Completed",
    "timestamp": "2026-03-01T10:00:00Z",
    "properties": {"total": 42.5, "currency": "EUR"},
}


class Line(NamedTuple):
    """A line of a mapping file, with what the linter says of it."""

    number: int
    text: str
    findings: list[Finding]


def add(console: Blueprint, services: Services) -> None:
    """Add the pages of all mapping files."""

    @console.get("/mappings")
    def mappings() -> Page:
        return _page(services, _default(services))

    @console.get("/mappings/<name>")
    def mapping(name: str) -> Page:
        return _page(services, _known(services, name))

    @console.post("/mappings/<name>/try")
    def try_mapping(name: str) -> Response:
        known = _known(services, name)
        payload, changed = request.form.get("payload", ""), _changed(services, known)
        trial = services.trying.trial(known, payload, changed)
        if is_part():
            return page("mapping_trial.html", trial=trial)
        return _page(services, known, payload=payload, changed=changed, trial=trial)


def _page(
    services: Services,
    name: str,
    *,
    payload: str = "",
    changed: str = "",
    trial: Trial | None = None,
) -> Page:
    """Show a file and the panel; without a payload, one that came, or else a sample."""
    workspace = access.workspace()
    picks = _picks(services, workspace)
    payload = payload or _stored(services, workspace, picks)
    text = services.mappings[name].text
    findings = services.trying.findings(name)
    states = {**services.missing_mappings(), **services.mappings.states()}
    return page(
        "mappings.html",
        name=name,
        names=sorted(services.mappings),
        states=states,
        sources=[s for s in services.directory.sources_of(workspace) if s.mapping == name],
        findings=findings,
        lines=list(_lines(text, findings)),
        picks=picks,
        picked=request.args.get("pick", ""),
        payload=payload,
        changed=changed or text,
        comparing=bool(changed),
        trial=trial or services.trying.trial(name, payload),
    )


def _default(services: Services) -> str:
    return "segment" if "segment" in services.mappings else min(services.mappings)


def _known(services: Services, name: str) -> str:
    if name not in services.mappings:
        raise NotFound(f"there is no mapping {name[:100]!r}")
    return name


def _changed(services: Services, name: str) -> str:
    """Give the changed file that was sent; "" if it is the one that runs."""
    # Browsers end the lines of a form as they please.
    changed = request.form.get("changed", "").replace("\r\n", "\n")
    return "" if changed.strip() == services.mappings[name].text.strip() else changed


def _lines(text: str, findings: tuple[Finding, ...]) -> Iterator[Line]:
    for number, line in enumerate(text.splitlines(), start=1):
        yield Line(number, line, [each for each in findings if each.line == number])


def _picks(services: Services, workspace: Workspace) -> list[ActivityRow]:
    """Give the first line that came of each record whose payload can be had, the newest ahead."""
    sources = {source.slug: source for source in services.directory.sources_of(workspace)}
    rows = services.activity_log.page(workspace, Filters(), sources).rows
    records = {row.message: row for row in rows if row.message}  # the oldest of its lines stays
    return list(records.values())[:_MOST_PICKS]


def _stored(services: Services, workspace: Workspace, picks: list[ActivityRow]) -> str:
    """Give the payload that was picked, as it came; or a sample to begin with."""
    pick = request.args.get("pick", "")
    line = services.activity_log.line(workspace, pick) if pick else next(iter(picks), None)
    found = None if line is None else services.payloads.behind(workspace, line)
    value = _SAMPLE if found is None else found.record
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
