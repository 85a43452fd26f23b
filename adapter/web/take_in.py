"""What all doors do with an authenticated body: read, prepare, have it committed, and count."""

from collections.abc import Callable, Generator, Sequence
from time import perf_counter
from typing import NamedTuple

from adapter.bootstrap import Services
from adapter.doors.items import Batch
from adapter.doors.rereading import Conditions
from adapter.doors.times import Stamp
from adapter.errors import RequestError
from adapter.model.workspaces import ReceivedAt, Source
from adapter.rules.decision import Outcome
from adapter.rules.policy import policy_of
from adapter.services.intake import IntakeReport, Prepared, report
from adapter.web.door import Request


class Sender(NamedTuple):
    """Whose request it is, once the credential was checked.

    Attributes:
        source: the ledger counts for it.
        public: everybody can read its credential; it may do public things only (contracts 5.3).
        first_item_only: no more than that of a batch is vouched for.
    """

    source: Source
    public: bool = False
    first_item_only: bool = False


class Taken(NamedTuple):
    """What became of a request.

    Attributes:
        batch: what was read.
        report: of its items, by their index.
    """

    batch: Batch
    report: IntakeReport


def take_in(
    services: Services, request: Request, sender: Sender, body: bytes, read: Callable[[], Batch]
) -> Generator[Prepared, Sequence[Outcome], Taken]:
    """Read a body and have it committed.

    Args:
        services: the use cases.
        request: that it came with.
        sender: who sent it, authenticated.
        body: inflated; kept, whatever becomes of it (L3).
        read: makes items of the body; what it refuses is kept all the same, as refused.

    Raises:
        RequestError: from ``read``.
        RateLimited: the sender comes too often.
        TransientError: nothing was stored; the sender may try again.
    """
    source = sender.source
    services.throttle.take(request.door, source.id, request.received_at, public=sender.public)
    started = perf_counter()
    try:
        batch = read()
    except RequestError as error:
        refused = yield services.intake.prepare_refusal(
            source,
            door=request.door,
            body=body,
            error=error,
            received_at=request.received_at,
        )
        services.metrics.count_outcomes(request.door, refused)
        raise
    prepared = services.intake.prepare(
        source,
        door=request.door,
        body=body,
        batch=batch,
        received_at=request.received_at,
        conditions=Conditions(first_item_only=sender.first_item_only, public=sender.public),
    )
    ready = perf_counter()
    outcomes = (yield prepared) if prepared.messages else ()
    services.metrics.observe_steps(prepare=ready - started, commit=perf_counter() - ready)
    told = report(prepared, outcomes)
    services.metrics.count_outcomes(request.door, told.outcomes)
    return Taken(batch, told)


def stamp_for(services: Services, request: Request, source: Source) -> Stamp:
    """Tell by whose clock the calls of a request are received (T1, T2)."""
    if source.received_at is ReceivedAt.ARRIVAL:
        return Stamp(request.received_at)
    workspace = services.directory.workspace(source.workspace_id)
    now = request.received_at
    return Stamp(now, source.received_at, now - policy_of(workspace.settings).alive_after(now))
