"""Who sent it: Segment's signatures over raw bytes, and the static header (contracts 1.2).

Segment signs a single event whole, but of a batch only the first element, so a signature never
proves the rest of a batch. What was verified is therefore part of the answer.
"""

import hmac
import json
import re
from collections.abc import Sequence
from enum import StrEnum

from adapter.doors.bodies import is_form
from adapter.doors.credentials import Headers
from adapter.errors import NotConfigured, Unauthorized
from adapter.model.workspaces import Source

SIGNATURE_HEADER = "X-Signature"

_HEX_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_BLANKS = re.compile(r"[ \t\n\r]*")
_TEXT_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')
_WRAPPER = re.compile(r'\{[ \t\n\r]*"json"[ \t\n\r]*:[ \t\n\r]*')
# Values do not matter here, only where they end; texts spare the cost of very long numbers.
_SCANNER = json.JSONDecoder(parse_int=str, parse_float=str)


class Verified(StrEnum):
    """What the credentials of a request vouch for."""

    WHOLE_BODY = "whole_body"
    FIRST_ITEM = "first_item"
    HEADER_ONLY = "header_only"


class BatchSignature(StrEnum):
    """What a signature over the first element of a batch is worth (``Source.batch_signature``)."""

    REFUSE = "refuse"
    ACCEPT = "accept"
    REQUIRE_HEADER = "require-header"


def authenticate(source: Source, headers: Headers, body: bytes) -> Verified:
    """Check a request's credentials against its source.

    Args:
        source: whose secrets, required header and batch policy count.
        headers: of the request.
        body: as received, inflated.

    Returns:
        What is vouched for; ``HEADER_ONLY`` for an empty body, which Segment cannot sign, and for
        a form, whose signature covers JSON that is not there.

    Raises:
        NotConfigured: the source has no shared secret.
        Unauthorized: header or signature is missing or wrong, or covers too little.
    """
    if not source.shared_secrets:
        raise NotConfigured(f"source {source.slug!r} has no shared secret")
    if source.require_header is not None:
        _check_header(source.require_header, headers)
    signature = headers.get(SIGNATURE_HEADER)
    unsigned = not body and signature is None
    if source.require_header is not None and (
        unsigned or is_form(body, headers.get("Content-Type"))
    ):
        return Verified.HEADER_ONLY
    verified = verify(signature, body, source.shared_secrets)
    if verified is Verified.FIRST_ITEM:
        _check_batch_policy(source)
    return verified


def verify(signature: str | None, body: bytes, secrets: Sequence[str]) -> Verified:
    """Find out what a signature covers.

    Args:
        signature: 40 hex digits, of either case, perhaps with blanks around them.
        body: the bytes as received; JSON is not parsed, let alone written anew (X1).
        secrets: any of them may have signed.

    Raises:
        Unauthorized: it is missing, malformed, or covers nothing.
    """
    if signature is None:
        raise Unauthorized(f"{SIGNATURE_HEADER} is missing")
    claimed = signature.strip()
    if not _HEX_SHA1.fullmatch(claimed):
        raise Unauthorized(f"{SIGNATURE_HEADER} must be the 40 hex digits of an HMAC-SHA1")
    mac = bytes.fromhex(claimed)
    if _signs(mac, body, secrets):
        return Verified.WHOLE_BODY
    spans = _first_item_spans(body)
    if any(_signs(mac, body[start:end], secrets) for start, end in spans):
        return Verified.WHOLE_BODY if _is_alone(body, spans[0]) else Verified.FIRST_ITEM
    raise Unauthorized(f"{SIGNATURE_HEADER} does not match the body")


def sign(body: bytes, secret: str) -> str:
    """Sign as Segment does: the lower-case hex digits of HMAC-SHA1."""
    return hmac.digest(secret.encode(), body, "sha1").hex()


def _signs(mac: bytes, signed: bytes, secrets: Sequence[str]) -> bool:
    return any(
        hmac.compare_digest(mac, hmac.digest(secret.encode(), signed, "sha1")) for secret in secrets
    )


def _first_item_spans(body: bytes) -> list[tuple[int, int]]:
    """Give the byte spans that may be signed in an array: element 0, and its lone ``json`` value.

    Empty for anything but an array whose first element can be read.
    """
    # One character per byte, so offsets into the text are offsets into the body.
    text = body.decode("latin-1")
    start = _after_blanks(text, 0)
    if not text.startswith("[", start):
        return []
    start = _after_blanks(text, start + 1)
    end = _value_end(text, start)
    if end is None:
        return []
    spans = [(start, end)]
    wrapper = _WRAPPER.match(text, start)
    if wrapper is not None:
        value_end = _value_end(text, wrapper.end())
        # A second key could smuggle in another value, so the wrapper must close right here.
        if value_end is not None and _after_blanks(text, value_end) == end - 1:
            spans.append((wrapper.end(), value_end))
    return spans


def _is_alone(body: bytes, first_item: tuple[int, int]) -> bool:
    """Tell whether a batch has one element only, so that nothing in it is unsigned."""
    return body[first_item[1] :].strip() == b"]"


def _value_end(text: str, start: int) -> int | None:
    try:
        _, end = _SCANNER.raw_decode(text, start)
    except ValueError:
        return None
    except RecursionError:
        # Too deep to be taken, but its sender is to hear that, not that the signature is wrong.
        return _brackets_end(text, start)
    return end


def _brackets_end(text: str, start: int) -> int | None:
    """Find where the value ends whose bracket opens at ``start``, by counting brackets."""
    depth = 0
    for found in _TEXT_OR_BRACKET.finditer(text, start):
        if found[0] in "[{":
            depth += 1
        elif found[0] in "]}":
            depth -= 1
            if depth == 0:
                return found.end()
    return None


def _after_blanks(text: str, start: int) -> int:
    blanks = _BLANKS.match(text, start)
    return start if blanks is None else blanks.end()


def _check_header(required: str, headers: Headers) -> None:
    name, _, value = required.partition(":")
    sent = headers.get(name.strip()) or ""
    expected = value.strip()
    if not hmac.compare_digest(sent.strip().encode(), expected.encode()):
        raise Unauthorized(f"the header {name.strip()} is missing or wrong")


def _check_batch_policy(source: Source) -> None:
    header = source.require_header
    default = BatchSignature.ACCEPT if header is None else BatchSignature.REQUIRE_HEADER
    policy = BatchSignature(source.batch_signature or default)
    if policy is BatchSignature.ACCEPT:
        return
    if policy is BatchSignature.REQUIRE_HEADER and header is not None:
        return
    raise Unauthorized(
        f"the signature covers only the first item of the batch, and source {source.slug!r} has "
        f"batch_signature {policy.value}: require a header as well, or switch batching off"
    )
