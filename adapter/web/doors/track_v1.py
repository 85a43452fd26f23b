"""Customer.io's Track API v1: each path and the call behind it (contracts 3, 8)."""

from collections.abc import Callable
from urllib.parse import parse_qsl

from adapter.bootstrap import Services
from adapter.doors import track_reports as reports, track_v1 as calls
from adapter.doors.items import Batch, Item, kept_of
from adapter.doors.limits import TRACK_V1_LIMIT
from adapter.doors.track_v1 import TrackCall, read_body
from adapter.errors import NotFound, Unauthorized
from adapter.web.auth import workspace_sender
from adapter.web.door import Answer, Door, Request, Route, Work
from adapter.web.doors.track import (
    NO_STORE,
    OK,
    inflated,
    message_of,
    refusals_in,
    refusals_of,
    refuse,
)
from adapter.web.replies import Failure, Reply
from adapter.web.take_in import Sender, take_in

Read = Callable[[TrackCall], list[Item]]

_NO_NAMES = frozenset({".", ".."})
"""A client or proxy may have made another path of these; neither names anybody."""

_STRANGERS = 0
"""No source has this id: all who bear no credential share one bucket."""

_VERBS = frozenset({"events", "devices", "suppress", "unsuppress"})


def v1_shape(failure: Failure) -> Reply:
    """Say no as the API does: one text, or a list of them (contracts 8.1)."""
    texts = [problem.message for problem in failure.problems] or [message_of(failure)]
    meta = {"error": texts[0]} if len(texts) == 1 else {"errors": texts}
    return Reply(failure.status, {"meta": meta}, {**NO_STORE, **failure.headers})


def _call(read: Read, *, may_be_empty: bool = False) -> Answer:
    """Answer a call that wants the workspace's credential."""

    def answer(services: Services, request: Request) -> Work:
        sender = workspace_sender(services, request.headers)
        body = inflated(request, TRACK_V1_LIMIT)

        def batch() -> Batch:
            call = _called(request, body, may_be_empty=may_be_empty)
            items = read(call)
            return Batch(items, single=True, strict=True, kept=kept_of(items))

        taken = yield from take_in(services, request, sender, body, batch)
        refuse(refusals_of(taken))
        return OK

    return answer


def _report(read: Read) -> Answer:
    """Answer a report on a delivery, which the contract takes without a credential (3.2).

    Whoever comes by without one could fill a workspace's log. So only what is said of a delivery
    of ours is written, each thing once; all else is looked at, answered alike and counted.
    """
    known = _call(read)

    def answer(services: Services, request: Request) -> Reply | Work:
        try:
            workspace_sender(services, request.headers)
        except Unauthorized:
            return _of_stranger(read, services, request)
        return known(services, request)

    return answer


def _of_stranger(read: Read, services: Services, request: Request) -> Work:
    services.throttle.take(request.door, _STRANGERS, request.received_at, public=True)
    body = inflated(request, TRACK_V1_LIMIT)
    items = [reports.as_strangers(item) for item in read(_called(request, body))]
    refuse(refusals_in(items))
    directory = services.directory
    owner = services.deliveries.owner(directory.workspaces(), reports.delivery_of(items[0]))
    if owner is None:
        services.metrics.reports_of_strangers.inc()
        return OK
    batch = Batch(items, single=True, strict=True, kept=kept_of(items))
    sender = Sender(directory.first_source(owner))
    yield from take_in(services, request, sender, body, lambda: batch)
    return OK


def _unencoded(services: Services, request: Request) -> Reply | Work:
    """Delete a person whose id came unencoded, as Segment sends it (contracts 3.3).

    Only where no part of the rest, after the first, could be a verb.
    """
    identifier = request.params["identifier"]
    _, *further = identifier.split("/")
    if not further or not _VERBS.isdisjoint(further):
        raise NotFound
    return _DELETE(services, request)


def _region(services: Services, request: Request) -> Reply:
    """Tell where the workspace is: here, whatever the client takes for regions."""
    sender = workspace_sender(services, request.headers)
    settings = services.settings
    host = request.headers.get("Host") or f"{settings.host}:{settings.port}"
    workspace_id = sender.source.workspace_id
    return Reply(200, {"url": host, "region": "us", "environment_id": workspace_id}, NO_STORE)


def _auth(services: Services, request: Request) -> Reply:
    """Answer the test of a credential, as Segment makes it."""
    workspace_sender(services, request.headers)
    return Reply(200, {"meta": {"message": "nice credentials."}}, NO_STORE)


def _called(request: Request, body: bytes, *, may_be_empty: bool = False) -> TrackCall:
    if not _NO_NAMES.isdisjoint(request.params.values()):
        raise NotFound
    content_type = request.headers.get("Content-Type")
    target = f"{request.path}?{request.query}" if request.query else request.path
    return TrackCall(
        request=f"{request.method} {target}",
        params=request.params,
        body=read_body(body, content_type, may_be_empty=may_be_empty),
        query=dict(parse_qsl(request.query, errors="replace", max_num_fields=None)),
        received_at=request.received_at,
    )


_PERSON = "/api/v1/customers/{identifier}"
_SEGMENT = "/api/v1/segments/{segment_id}"
_PUT, _POST, _GET = ("PUT",), ("POST",), ("GET",)
_DELETE = _call(calls.delete, may_be_empty=True)

TRACK_V1 = Door(
    name="track_v1",
    routes=(
        Route(_PUT, _PERSON, _call(calls.identify)),
        Route(("DELETE",), _PERSON, _DELETE),
        Route(("DELETE",), "/api/v1/customers/{identifier...}", _unencoded),
        Route(_POST, f"{_PERSON}/events", _call(calls.event)),
        Route(_POST, "/api/v1/events", _call(calls.anonymous_event)),
        Route(_PUT, f"{_PERSON}/devices", _call(calls.add_device)),
        Route(
            ("DELETE",),
            f"{_PERSON}/devices/{{token}}",
            _call(calls.delete_device, may_be_empty=True),
        ),
        Route(_POST, f"{_PERSON}/suppress", _call(calls.suppress, may_be_empty=True)),
        Route(_POST, f"{_PERSON}/unsuppress", _call(calls.unsuppress, may_be_empty=True)),
        Route(_POST, "/api/v1/merge_customers", _call(calls.merge_people)),
        Route(_GET, "/api/v1/accounts/region", _region),
        Route(_GET, "/auth", _auth),
        Route(_POST, "/api/v1/metrics", _report(reports.metric)),
        Route(_POST, "/api/v1/push/events", _report(reports.push_event)),
        # Customer.io's Ruby client leaves out the prefix.
        Route(_POST, "/push/events", _report(reports.push_event)),
        Route(_POST, "/api/v1/forms/{form_id}/submit", _call(reports.submit_form)),
        Route(_POST, "/unsubscribe/{delivery_id}", _report(reports.unsubscribe)),
        Route(_POST, f"{_SEGMENT}/add_customers", _call(reports.add_to_segment)),
        Route(_POST, f"{_SEGMENT}/remove_customers", _call(reports.remove_from_segment)),
    ),
    prefixes=("/api/v1/", "/push/", "/unsubscribe/", "/auth/"),
    shape=v1_shape,
    body_limit=lambda _: TRACK_V1_LIMIT,
)
