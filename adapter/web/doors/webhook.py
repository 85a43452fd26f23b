"""The Segment webhook: ``POST /webhooks/segment/{source}`` (contracts 1, 8.2)."""

from collections.abc import Sequence
from functools import lru_cache

from adapter.bootstrap import Services
from adapter.doors.bodies import inflate
from adapter.doors.segment import parse
from adapter.doors.signatures import Verified, authenticate
from adapter.errors import NotFound
from adapter.model.reasons import Reason
from adapter.services.intake import IntakeReport, RejectedItem
from adapter.web.door import Door, Request, Route, Work
from adapter.web.replies import Reply, segment_shape
from adapter.web.take_in import Sender, stamp_for, take_in

METHODS = ("POST", "PUT", "PATCH")


def _answer(services: Services, request: Request) -> Work:
    slug = request.params["source"]
    source = services.directory.source_by_slug(slug)
    if source is None:
        raise NotFound(f"there is no source {slug!r}")
    encoding = request.headers.get("Content-Encoding")
    body = inflate(request.body, encoding, services.settings.webhook_body_limit)
    verified = authenticate(source, request.headers, body)
    if not body:
        return _success(0, 0, [])
    stamp = stamp_for(services, request, source)
    only_first = verified is Verified.FIRST_ITEM
    sender = Sender(source, first_item_only=only_first)
    content_type = request.headers.get("Content-Type")
    batch, told = yield from take_in(
        services, request, sender, body, lambda: parse(body, stamp, content_type)
    )
    if only_first:
        services.metrics.batches_first_item_verified.inc()
    if batch.single and _is_unsupported(told):
        return _unsupported(told.rejected[0])
    return _success(told.accepted, told.duplicates, told.rejected)


WEBHOOK = Door(
    name="segment_webhook",
    routes=(
        Route(METHODS, "/webhooks/segment/{source}", _answer),
        Route(METHODS, "/webhooks/segment/{source}/", _answer),
    ),
    prefixes=("/webhooks/",),
    shape=segment_shape,
    body_limit=lambda settings: settings.webhook_body_limit,
)


def _is_unsupported(told: IntakeReport) -> bool:
    return bool(told.rejected) and told.rejected[0].code == Reason.UNSUPPORTED_TYPE


def _unsupported(item: RejectedItem) -> Reply:
    return Reply(400, {"success": False, "code": item.code, "message": item.message})


def _success(accepted: int, duplicates: int, rejected: Sequence[RejectedItem]) -> Reply:
    return _rejecting(accepted, duplicates, rejected) if rejected else _whole(accepted, duplicates)


@lru_cache(maxsize=1_024)
def _whole(accepted: int, duplicates: int) -> Reply:
    """Write the usual answers once."""
    reply = _rejecting(accepted, duplicates, [])
    return reply._replace(body=reply.content())


def _rejecting(accepted: int, duplicates: int, rejected: Sequence[RejectedItem]) -> Reply:
    items = [
        {"index": item.index, "code": str(item.code), "message": item.message} for item in rejected
    ]
    return Reply(
        200, {"success": True, "accepted": accepted, "duplicates": duplicates, "rejected": items}
    )
