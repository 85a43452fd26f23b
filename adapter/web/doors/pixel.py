"""Doors for images in pages and mails: whatever comes of it, the answer is a GIF.

Segment's pixel (contracts 2.1) brings a call; the ``.gif`` addresses that Customer.io's snippet
asked for (contracts 5.3) are read leniently, for the public site id.
"""

import base64

from adapter.bootstrap import Services
from adapter.doors.bodies import read_json
from adapter.doors.credentials import decode_base64
from adapter.doors.forms import dotted, read_form
from adapter.doors.gif import read_gif
from adapter.doors.segment_api import read_single
from adapter.doors.write_keys import write_key_of
from adapter.errors import RequestError
from adapter.jsonvalue import JSONValue
from adapter.web.auth import public_sender, sender_by_key
from adapter.web.door import Answer, Door, Request, Route, Work
from adapter.web.doors.segment_api import SHORT_FORMS, terms_for
from adapter.web.replies import Failure, Reply
from adapter.web.take_in import take_in

_GIF = Reply(
    200,
    base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"),
    {"Cache-Control": "no-store"},
    "image/gif",
)
_GET = ("GET",)


def _shape(_: Failure) -> Reply:
    """Say nothing: a broken image helps nobody; the log has what went wrong."""
    return _GIF


def _pixel(kind: str) -> Answer:
    def answer(services: Services, request: Request) -> Work:
        if request.method == "HEAD":
            return _GIF
        value = _value_of(request.query)
        sender = sender_by_key(services, write_key_of(request.headers, value, request.query))
        terms = terms_for(services, request, sender)
        query = request.query.encode("latin-1")
        yield from take_in(
            services, request, sender, query, lambda: read_single(value, kind, terms)
        )
        return _GIF

    return answer


def _value_of(query: str) -> JSONValue:
    """Read ``?data=`` as base64 of JSON, or the query itself with dotted names.

    Raises:
        RequestError: it is neither.
    """
    fields = read_form(query, dotted)
    if "data" not in fields:
        return fields
    try:
        # A plus that was not percent-encoded has been read as a blank.
        body = decode_base64(str(fields["data"]).replace(" ", "+"))
    except ValueError:
        raise RequestError("data is no base64 of JSON") from None
    value: JSONValue = read_json(body)
    return value


def _gif(services: Services, request: Request) -> Work:
    if request.method == "HEAD":
        return _GIF
    fields = read_form(request.query, dotted)
    sender = public_sender(services, str(fields.get("site_id", "")))
    query = request.query.encode("latin-1")
    name = request.params["name"]
    yield from take_in(
        services, request, sender, query, lambda: read_gif(fields, name, request.received_at)
    )
    return _GIF


PIXEL = Door(
    name="segment_pixel",
    routes=tuple(Route(_GET, f"/v1/pixel/{kind}", _pixel(kind)) for kind in SHORT_FORMS),
    prefixes=("/v1/pixel/",),
    shape=_shape,
    body_limit=lambda _: 0,
)

GIF = Door(
    name="gif",
    routes=(Route(_GET, "/events/{name}", _gif),),
    prefixes=("/events/",),
    shape=_shape,
    body_limit=lambda _: 0,
)
