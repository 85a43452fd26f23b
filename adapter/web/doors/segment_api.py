"""Segment's HTTP Tracking API: ``POST /v1/track`` and its kin, long and short (contracts 2)."""

from collections.abc import Callable

import structlog

from adapter.bootstrap import Services
from adapter.doors.bodies import inflate, read_value
from adapter.doors.items import Batch
from adapter.doors.limits import BATCH_LIMIT, SINGLE_LIMIT
from adapter.doors.segment_api import Terms, TooManyEvents, read_batch, read_single
from adapter.errors import InvalidJson, NotFound, RequestError, Unauthorized
from adapter.ids import new_ids
from adapter.jsonvalue import JSONValue
from adapter.model.reasons import Reason
from adapter.services.intake import IntakeReport
from adapter.web.auth import write_key_sender
from adapter.web.door import Answer, Door, Request, Route, Work
from adapter.web.replies import Failure, Reply, segment_shape
from adapter.web.take_in import Sender, stamp_for, take_in

SHORT_FORMS = {
    "identify": "i",
    "track": "t",
    "page": "p",
    "screen": "s",
    "group": "g",
    "alias": "a",
}
"""Types of calls, with what browsers and phones call them in a path (contracts 2.1)."""

SUCCESS = Reply(200, {"success": True})

_POST = ("POST",)
_GET = ("GET",)

_log = structlog.get_logger()

Read = Callable[[JSONValue, int, Terms], Batch]
"""Makes items of a body's value, given its size in bytes."""


def _single(kind: str) -> Answer:
    """Take one call; the path tells its type."""
    return _taking(lambda value, _, terms: read_single(value, kind, terms), SINGLE_LIMIT)


def _taking(read: Read, limit: int) -> Answer:
    def answer(services: Services, request: Request) -> Work:
        body = inflate(request.body, request.headers.get("Content-Encoding"), limit)
        value, unreadable = _value_of(body, request)
        sender = _sender(services, request, value, unreadable)

        def items() -> Batch:
            if unreadable is not None:
                raise unreadable
            return read(value, len(body), terms_for(services, request, sender))

        try:
            _, told = yield from take_in(services, request, sender, body, items)
        except TooManyEvents:
            if _is_strict(request):
                raise
            return SUCCESS  # as Segment does; what was refused is kept (contracts 2.4)
        return _reply(request, told, single=limit == SINGLE_LIMIT)

    return answer


def terms_for(services: Services, request: Request, sender: Sender) -> Terms:
    """Tell how the calls of a request are read."""
    return Terms(
        stamp=stamp_for(services, request, sender.source),
        ids=new_ids(request.received_at),
        integration=services.settings.integration_name,
        strict=_is_strict(request),
    )


def _is_strict(request: Request) -> bool:
    return (request.headers.get("X-Strict-Mode") or "").strip().lower() in {"1", "true"}


def _value_of(body: bytes, request: Request) -> tuple[JSONValue, RequestError | None]:
    try:
        return read_value(body, request.headers.get("Content-Type")), None
    except RequestError as error:
        return None, error


def _sender(
    services: Services, request: Request, value: JSONValue, unreadable: RequestError | None
) -> Sender:
    """Check the write key; where a body is unreadable it may be in there, so tell that first."""
    try:
        return write_key_sender(services, request, value)
    except Unauthorized:
        if unreadable is not None:
            raise unreadable from None
        raise


def _reply(request: Request, told: IntakeReport, *, single: bool) -> Reply:
    """Tell what is wrong to those who ask; to all others it is a success (contracts 2.4)."""
    if not told.rejected:
        return SUCCESS
    first = told.rejected[0]
    count = len(told.rejected)
    _log.info("calls_rejected", door=request.door, count=count, code=str(first.code))
    if single and first.code == Reason.NOT_PUBLIC:
        return _shape(Failure(403, first.code, first.message))
    if not _is_strict(request):
        return SUCCESS
    items = [
        {"index": item.index, "code": str(item.code), "message": item.message}
        for item in told.rejected
    ]
    message = f"{count} refused, the first: {first.message}"
    body = {"success": False, "code": str(first.code), "message": message, "rejected": items}
    return Reply(400, body)


def _discard(_services: Services, _request: Request) -> Reply:
    """Take the client's own metrics, which nobody here reads."""
    return SUCCESS


def _project_settings(services: Services, request: Request) -> Reply:
    """Tell analytics.js, which asks before it sends, to send here."""
    key = request.params["key"]
    directory = services.directory
    if not directory.source_by_write_key(key) and not directory.workspace_by_site_id(key):
        raise NotFound("no source has this write key")
    headers = request.headers
    secure = headers.get("X-Forwarded-Proto") == "https" or services.settings.tls_cert
    destination = {
        "apiKey": key,
        "apiHost": f"{headers.get('Host') or 'localhost'}/v1",
        "protocol": "https" if secure else "http",
    }
    return Reply(200, {"integrations": {"Segment.io": destination}})


def _shape(failure: Failure) -> Reply:
    """Say no as Segment does: too large or no JSON is an invalid request (contracts 2.4)."""
    status = 400 if failure.status == 413 else failure.status  # noqa: PLR2004 - HTTP's own
    code = "invalid_request" if failure.code == InvalidJson.code else failure.code
    return segment_shape(Failure(status, code, failure.message, headers=failure.headers))


_BATCH = _taking(read_batch, BATCH_LIMIT)

SEGMENT_API = Door(
    name="segment_api",
    routes=(
        *(Route(_POST, f"/v1/{kind}", _single(kind)) for kind in SHORT_FORMS),
        *(Route(_POST, f"/v1/{short}", _single(kind)) for kind, short in SHORT_FORMS.items()),
        Route(_POST, "/v1/batch", _BATCH),
        Route(_POST, "/v1/b", _BATCH),
        Route(_POST, "/v1/import", _BATCH),
        Route(_POST, "/v1/m", _discard),
        Route(_GET, "/v1/projects/{key}/settings", _project_settings),
    ),
    shape=_shape,
    body_limit=lambda _: BATCH_LIMIT,
    browsers=True,
)
