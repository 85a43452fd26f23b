"""The Segment webhook over HTTP: receive, authenticate, parse, take in, answer (contracts 1, 8.2).

The work is a function of headers and bytes, so that whatever speaks HTTP may call it.
"""

from collections.abc import Generator, Sequence
from time import perf_counter

import structlog

from adapter.bootstrap import Services
from adapter.clock import Instant
from adapter.doors.bodies import inflate
from adapter.doors.segment import Stamp, parse
from adapter.doors.signatures import Headers, Verified, authenticate
from adapter.errors import NotFound, RequestError
from adapter.model.reasons import Reason
from adapter.model.workspaces import ReceivedAt, Source
from adapter.rules.decision import Outcome
from adapter.rules.policy import policy_of
from adapter.services.intake import IntakeReport, Prepared, RejectedItem, report
from adapter.web.replies import Reply, failure, reply_to

DOOR = "segment_webhook"
PREFIX = "/webhooks/segment/"
METHODS = ("POST", "PUT", "PATCH")

_log = structlog.get_logger()


Work = Generator[Prepared, Sequence[Outcome], Reply]
"""The work on one request: yields what is to be committed, is sent the outcomes, gives a reply.

Written once, it is driven by a thread that waits and by an event loop that does not.
"""


def answer_webhook(services: Services, slug: str, headers: Headers, body: bytes) -> Reply:
    """Take in the body of one request, waiting for the store; never raises."""
    work = take_in(services, slug, headers, body)
    try:
        prepared = next(work)
        while True:
            try:
                outcomes = services.intake.commit(prepared)
            except Exception as error:  # noqa: BLE001 - the work knows what to answer
                prepared = work.throw(error)
            else:
                prepared = work.send(outcomes)
    except StopIteration as done:
        reply: Reply = done.value
        return reply


def take_in(services: Services, slug: str, headers: Headers, body: bytes) -> Work:
    """Take in the body of one request; whatever happens, there is a reply.

    Args:
        services: the use cases.
        slug: of the source, from the path.
        headers: of the request.
        body: raw, as received (X1).
    """
    received_at = services.clock.now()
    try:
        reply = yield from _take_in(services, slug, headers, body, received_at)
    except Exception as error:  # noqa: BLE001 - whatever it is, its sender gets JSON (X3)
        reply = reply_to(error)
        _log.info("webhook_refused", source=slug, status=reply.status, code=reply.body["code"])
    services.metrics.count_request(DOOR, reply.status)
    return reply


def _take_in(
    services: Services, slug: str, headers: Headers, body: bytes, received_at: Instant
) -> Work:
    source = services.directory.source_by_slug(slug)
    if source is None:
        raise NotFound(f"there is no source {slug!r}")
    body = inflate(body, headers.get("Content-Encoding"), services.settings.webhook_body_limit)
    verified = authenticate(source, headers, body)
    if not body:
        return _accepted(0, 0, [])
    started = perf_counter()
    try:
        batch = parse(body, _stamp(services, source, received_at))
    except RequestError as error:
        # One that its sender is told to give up is kept all the same (L3).
        refused = yield services.intake.prepare_refusal(
            source, door=DOOR, body=body, error=error, received_at=received_at
        )
        services.metrics.count_outcomes(DOOR, refused)
        raise
    prepared = services.intake.prepare(
        source,
        door=DOOR,
        body=body,
        batch=batch,
        received_at=received_at,
        first_item_only=verified is Verified.FIRST_ITEM,
    )
    ready = perf_counter()
    outcomes = (yield prepared) if prepared.messages else ()
    services.metrics.observe_steps(prepare=ready - started, commit=perf_counter() - ready)
    told = report(prepared, outcomes)
    _count(services, verified, told)
    if batch.single and _is_unsupported(told):
        return failure(400, told.rejected[0].code, told.rejected[0].message)
    return _accepted(told.accepted, told.duplicates, told.rejected)


def _stamp(services: Services, source: Source, received_at: Instant) -> Stamp:
    if source.received_at is ReceivedAt.ARRIVAL:
        return Stamp(received_at)
    workspace = services.directory.workspace(source.workspace_id)
    return Stamp(received_at, source.received_at, policy_of(workspace.settings).retention)


def _count(services: Services, verified: Verified, told: IntakeReport) -> None:
    services.metrics.count_outcomes(DOOR, told.outcomes)
    if verified is Verified.FIRST_ITEM:
        services.metrics.batches_first_item_verified.inc()


def _is_unsupported(told: IntakeReport) -> bool:
    return bool(told.rejected) and told.rejected[0].code == Reason.UNSUPPORTED_TYPE


def _accepted(accepted: int, duplicates: int, rejected: Sequence[RejectedItem]) -> Reply:
    items = [
        {"index": item.index, "code": str(item.code), "message": item.message} for item in rejected
    ]
    return Reply(
        200, {"success": True, "accepted": accepted, "duplicates": duplicates, "rejected": items}
    )
