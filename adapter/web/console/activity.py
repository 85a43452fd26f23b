"""``/activities/<id>``: one line of the log with all that is known of it, and why it is so."""

from flask import Blueprint

from adapter.bootstrap import Services
from adapter.errors import NotFound
from adapter.jsonvalue import JSONObject, loads
from adapter.model.workspaces import Workspace
from adapter.ports import ActivityRow
from adapter.web.console import access
from adapter.web.console.layout import Page, is_part, page


def add(console: Blueprint, services: Services) -> None:
    """Add the page, which opens inside the log too."""

    @console.get("/activities/<line_id>")
    def activity(line_id: str) -> Page:
        workspace = access.workspace()
        line = services.activity_log.line(workspace, line_id)
        if line is None:
            raise NotFound("this line of the log is not there, or has expired")
        return page(
            "activity_entry.html" if is_part() else "activity.html",
            line=line,
            data=loads(line.data),
            why=_why(services, workspace, line),
            payload=services.payloads.behind(workspace, line),
            source=services.directory.source(line.source_id) if line.source_id else None,
        )


def _why(services: Services, workspace: Workspace, line: ActivityRow) -> JSONObject | None:
    """Explain the record that a line came of; None for what an operator did, or what is gone."""
    if not line.message:
        return None
    try:
        return services.explaining.event(workspace, line.message)
    except NotFound:
        return None
