"""What was accepted: requests and operators' acts, in the order of acceptance (M11)."""

from collections.abc import Iterator

from adapter.clock import BEGINNING, Instant
from adapter.doors.items import OPERATOR
from adapter.jsonvalue import JSONObject
from adapter.model.workspaces import Received, Workspace
from adapter.ports import Store
from adapter.services.acts import Act, told_of

_PAGE = 200
"""Bodies read at once; the largest has five megabytes inflated, and most have a thousandth."""


def accepted(
    store: Store, workspace: Workspace, *, until: Instant | None = None, door: str | None = None
) -> Iterator[Received]:
    """Give all that is kept of what was accepted, oldest first.

    Args:
        store: where it is kept.
        workspace: whose.
        until: only what was accepted by then; all by default.
        door: only what came this way; any by default.
    """
    beyond = 0
    while page := store.accepted(workspace.id, beyond=beyond, limit=_PAGE, door=door):
        beyond = page[-1].place
        yield from (each for each in page if until is None or each.received_at <= until)


def first_settings(store: Store, workspace: Workspace) -> JSONObject:
    """Give the settings that the first kept request found: as before the first kept change."""
    for act in accepted(store, workspace, door=OPERATOR):
        told = told_of(act)
        if told.get("act") == Act.SETTINGS:
            before: JSONObject = told["before"]
            return before
    return workspace.settings


def is_whole(store: Store, workspace: Workspace) -> bool:
    """Tell whether all that was ever accepted is still kept; bodies go with retention (R2)."""
    books = store.books(workspace.id, BEGINNING)
    return books.doors == books.kept
