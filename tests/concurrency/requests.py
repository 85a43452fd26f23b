"""What can happen at the same time: requests of all kinds, performed on whichever store."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from adapter.clock import HOUR, Instant, ManualClock
from adapter.errors import NotFound, TransientError
from adapter.ids import new_id
from adapter.model.messages import Message
from adapter.model.workspaces import Received, Workspace
from adapter.ports import Store
from adapter.rules.decide import decide
from adapter.rules.needs import needs_of
from adapter.rules.policy import policy_of
from adapter.services.ingest import Ingest
from adapter.services.tenants import Tenants
from adapter.services.unmerging import Unmerging
from adapter.sweepable import Expiring
from tests.concurrency.campaigns import IN_FORCE

_PATIENCE = 8
_SWEEP_WAITS = HOUR


@dataclass(frozen=True, slots=True)
class Batch:
    """Messages of one request, in their order."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Unmerge:
    """An operator takes a merge back (M12)."""

    at: Instant
    anonymous_id: str


@dataclass(frozen=True, slots=True)
class Change:
    """An operator changes a setting (M8)."""

    at: Instant
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """What has expired is purged (R2)."""

    at: Instant


Request = Batch | Unmerge | Change | Sweep


@dataclass(frozen=True, slots=True)
class Place:
    """Where requests go.

    Attributes:
        ingest: what commits for several at once; None: every batch has a transaction of its own.
    """

    store: Store
    workspace: Workspace
    ingest: Ingest | None = None


def perform(request: Request, place: Place) -> None:
    """Do what is requested; what failed in passing is requested again, as a client would."""
    match request:
        case Batch():
            _apply(request, place)
        case Unmerge():
            _patiently(lambda: _unmerge(request, place))
        case Change():
            _patiently(lambda: _change(request, place))
        case Sweep():
            _patiently(lambda: _sweep(request, place))


def _apply(batch: Batch, place: Place) -> None:
    """Decide and commit; the store must try again by itself."""
    messages = [_placed(message, place.workspace) for message in batch.messages]
    if place.ingest is not None:
        place.ingest.accept(_received(messages), messages)
        return

    def work(transaction):
        decision = decide(messages, transaction.facts(needs_of(messages, IN_FORCE)))
        transaction.commit(decision, [])

    place.store.write(work)


def _placed(message: Message, workspace: Workspace) -> Message:
    """A message of this workspace; its first source has the same number."""
    return replace(message, workspace_id=workspace.id, source_id=workspace.id)


def _received(messages: list[Message]) -> Received:
    first = messages[0]
    return Received(
        id=new_id(first.received_at),
        workspace_id=first.workspace_id,
        source_id=first.source_id,
        door="race",
        deflated=b"",
        received_at=first.received_at,
        records=len(messages),
    )


def _unmerge(request: Unmerge, place: Place) -> None:
    unmerging = Unmerging(place.store, ManualClock(request.at), lambda: IN_FORCE)
    try:
        unmerging.unmerge(place.workspace, request.anonymous_id)
    except NotFound:
        return


def _change(request: Change, place: Place) -> None:
    tenants = Tenants(place.store, ManualClock(request.at), in_force=lambda: IN_FORCE)
    tenants.change_settings(place.workspace, {request.name: request.text})


def _sweep(request: Sweep, place: Place) -> None:
    (workspace,) = (one for one in place.store.workspaces() if one.id == place.workspace.id)
    cutoff = Instant(policy_of(workspace.settings).alive_after(request.at) - _SWEEP_WAITS)
    for table in Expiring:
        place.store.sweep(table, place.workspace.id, cutoff)


def _patiently(act: Callable[[], None]) -> None:
    for attempt in range(1, _PATIENCE + 1):
        try:
            return act()
        except TransientError:
            if attempt == _PATIENCE:
                raise
    return None
