"""Bodies: raw bytes become one JSON value, within bounds of size and depth (contracts 8.2)."""

import zlib
from typing import Any

from adapter.doors.forms import FORM_TYPE, bracketed, read_form
from adapter.doors.limits import WEBHOOK_LIMIT
from adapter.errors import (
    BodyTooLarge,
    InvalidEncoding,
    InvalidJson,
    RequestError,
    TooDeep,
    UnsupportedEncoding,
)
from adapter.jsonvalue import MAX_DEPTH, is_too_deep, loads

_GZIP = 31  # window bits: 32 KB, with a gzip header and trailer
_FAST = 1
_DEFLATED = b"\x78\x01"
_STORED = _DEFLATED + b"\x01"  # one block, the last
_OF_ONE_EVENT = 2_048
_LARGEST_WINDOW = 15  # bits
_JSON_BEGINS = (b"{", b"[", b'"')


def inflate(body: bytes, encoding: str | None, limit: int = WEBHOOK_LIMIT) -> bytes:
    """Undo the Content-Encoding of a body, in memory bounded by ``limit`` (X7).

    Args:
        body: as received.
        encoding: the Content-Encoding header: absent, ``identity`` or ``gzip``.
        limit: most bytes, before and after inflating.

    Raises:
        BodyTooLarge: naming the limit.
        InvalidEncoding: it is no gzip, is cut off, or has something behind it.
        UnsupportedEncoding: it is encoded otherwise.
    """
    if len(body) > limit:
        raise BodyTooLarge(f"the body is larger than the limit of {limit} bytes")
    name = (encoding or "").strip().lower()
    if name in {"", "identity"}:
        return body
    if name not in {"gzip", "x-gzip"}:
        raise UnsupportedEncoding(f"the Content-Encoding {name!r} is not supported")
    return _gunzip(body, limit)


def deflate(body: bytes) -> bytes:
    """Deflate a body (zlib), to be kept.

    That of one event as a stored block: deflating it would save a third of its bytes, and cost as
    much as reading it. Another one with the smallest window that holds all of it: for the largest
    zlib clears a quarter of a megabyte first, and so drives out of the processor's cache whatever
    the next request needs. The header is that of the largest all the same, so that all kept bodies
    begin alike.
    """
    size = len(body)
    checksum = zlib.adler32(body).to_bytes(4)
    if size <= _OF_ONE_EVENT:
        lengths = size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little")
        return b"%b%b%b%b" % (_STORED, lengths, body, checksum)
    window = min(size.bit_length(), _LARGEST_WINDOW)
    return _DEFLATED + zlib.compress(body, _FAST, -window) + checksum


def read_json(body: bytes, depth: int = MAX_DEPTH) -> Any:
    """Read the one JSON value of a body.

    Args:
        body: raw bytes, inflated.
        depth: how deep it may nest.

    Raises:
        InvalidJson: with line and column; also for an empty body and invalid UTF-8.
        TooDeep: it nests deeper.
    """
    if not body.strip():
        raise InvalidJson("the body is empty")
    try:
        value = loads(body)
    except InvalidJson as error:
        # The reader's own depth limit lies far beyond ours.
        if "depth limit" in error.message:
            raise TooDeep(error.message) from error
        raise
    if _may_be_deep(body) and is_too_deep(value, depth):
        raise TooDeep(f"the body nests deeper than {depth}")
    return value


def is_form(body: bytes, content_type: str | None) -> bool:
    """Tell whether a body is a form: it says so, and is no JSON (X6)."""
    kind = (content_type or "").partition(";")[0].strip().lower()
    # `curl -d` calls everything a form; what begins like JSON is told what JSON lacks.
    if kind != FORM_TYPE or not body.strip() or body.lstrip()[:1] in _JSON_BEGINS:
        return False
    try:
        read_json(body)
    except InvalidJson:
        return True
    return False


def read_value(body: bytes, content_type: str | None, depth: int = MAX_DEPTH) -> Any:
    """Read the JSON value of a body, whatever its type says; or a form, if it is one (X6).

    Args:
        body: raw bytes, inflated.
        content_type: the header.
        depth: how deep JSON may nest.

    Raises:
        InvalidJson: it is neither.
        RequestError: it is a form beyond bounds.
    """
    if is_form(body, content_type):
        return read_form(_text_of(body), bracketed)
    return read_json(body, depth)


def _text_of(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise RequestError("the form is not UTF-8") from None


def _gunzip(body: bytes, limit: int) -> bytes:
    inflated = bytearray()
    rest = body
    while rest:  # a gzip file may have several members
        member = zlib.decompressobj(_GZIP)
        try:
            inflated += member.decompress(rest, limit + 1 - len(inflated))
        except zlib.error as error:
            raise InvalidEncoding(f"the body is no gzip: {error}") from error
        if len(inflated) > limit:
            raise BodyTooLarge(f"the body inflates to more than the limit of {limit} bytes")
        if not member.eof:
            raise InvalidEncoding("the gzip body is cut off")
        rest = member.unused_data
    return bytes(inflated)


def _may_be_deep(body: bytes) -> bool:
    """Tell, without looking at values, whether there are brackets enough to nest too deep."""
    return body.count(b"[") + body.count(b"{") > MAX_DEPTH
