"""Customer.io's Track API v2: ``entity`` takes one operation, ``batch`` many (contracts 4, 8)."""

from collections.abc import Sequence

from adapter.bootstrap import Services
from adapter.doors.bodies import read_value
from adapter.doors.items import Batch, kept_of
from adapter.doors.limits import BATCH_LIMIT, SINGLE_LIMIT
from adapter.doors.track_v2 import parse_batch, parse_entity
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject
from adapter.model.reasons import Reason
from adapter.web.auth import workspace_sender
from adapter.web.door import Door, Request, Route, Work
from adapter.web.doors.track import NO_STORE, OK, Refusal, inflated, message_of, refusals_of, refuse
from adapter.web.replies import Failure, Reply
from adapter.web.take_in import take_in

_DEEPEST = 200
"""How deep a batch may nest and still have only its deep items refused (contracts 8.2)."""

_REASONS = {
    Reason.MISSING_FIELD: "required",
    Reason.NO_SUBJECT: "required",
    Reason.TOO_LONG: "too_large",
}
_WITH_META = frozenset({400, 401})
_CODES = {"invalid_request", "invalid_json", "invalid_encoding", "too_deep"}


def v2_shape(failure: Failure) -> Reply:
    """Say no as the API does: an error for each field (contracts 8.1).

    A body that is too large is a 400 here, as a bad field is.
    """
    status = 400 if failure.code == "too_large" else failure.status
    errors = [_error(problem) for problem in failure.problems] or [_error_of_body(failure)]
    body: JSONObject = {"errors": errors}
    if status in _WITH_META:
        # Customer.io's node client shows these, and nothing else.
        body["meta"] = {"errors": [f"{error['field']}: {error['message']}" for error in errors]}
    return Reply(status, body, {**NO_STORE, **failure.headers})


def _entity(services: Services, request: Request) -> Work:
    sender = workspace_sender(services, request.headers)
    body = inflated(request, SINGLE_LIMIT)

    def read() -> Batch:
        value = read_value(body, request.headers.get("Content-Type"))
        item = parse_entity(value, request.received_at)
        return Batch([item], single=True, strict=True, kept=kept_of([item]))

    taken = yield from take_in(services, request, sender, body, read)
    refuse(refusals_of(taken))
    return OK


def _batch(services: Services, request: Request) -> Work:
    sender = workspace_sender(services, request.headers)
    body = inflated(request, BATCH_LIMIT)

    def read() -> Batch:
        value = read_value(body, request.headers.get("Content-Type"), _DEEPEST)
        items = parse_batch(value, len(body), request.received_at)
        return Batch(items, single=False, strict=True, kept=kept_of(items))

    taken = yield from take_in(services, request, sender, body, read)
    return _partly(refusals_of(taken))


TRACK_V2 = Door(
    name="track_v2",
    routes=(
        Route(("POST",), "/api/v2/entity", _entity),
        Route(("POST",), "/api/v2/batch", _batch),
    ),
    prefixes=("/api/v2/",),
    shape=v2_shape,
    body_limit=lambda _: BATCH_LIMIT,
)


def _partly(refusals: Sequence[Refusal]) -> Reply:
    """Answer a batch: 207 names what was refused, and what it does not name was accepted."""
    if not refusals:
        return OK
    errors = [{"batch_index": record, **_error(problem)} for record, problem in refusals]
    return Reply(207, {"errors": errors}, NO_STORE)


def _error(problem: Problem) -> JSONObject:
    """Name the field with dots, and the body where it is the whole of it."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in problem.pointer.split("/")[1:]]
    reason = _REASONS.get(Reason(problem.code), "invalid")
    if reason == "too_large" and parts:
        reason = "invalid"
    return {"reason": reason, "field": ".".join(parts) or "body", "message": problem.message}


def _error_of_body(failure: Failure) -> JSONObject:
    reason = "invalid" if failure.code in _CODES else failure.code
    return {"reason": reason, "field": "body", "message": message_of(failure)}
