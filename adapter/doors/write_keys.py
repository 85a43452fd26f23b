"""The write key, wherever a client puts it (contracts 2.2)."""

from typing import Any
from urllib.parse import parse_qs

from adapter.doors.credentials import Basic, Headers, read_authorization
from adapter.errors import Unauthorized


def write_key_of(headers: Headers, value: Any, query: str = "") -> str:
    """Find the write key of a request: Basic user, body, first item of a batch, query.

    A bearer token is no write key; clients that send one put the key in the body as well.

    Args:
        headers: of the request.
        value: of the body, whatever it is.
        query: raw.

    Raises:
        Unauthorized: there is none, or two of them disagree: whose request it is, is not guessed.
    """
    basic = read_authorization(headers)
    claims = [
        basic.user if isinstance(basic, Basic) else None,
        _in(value),
        _in(_first_item(value)),
        next(iter(parse_qs(query).get("writeKey", ())), None) if query else None,
    ]
    keys = {claim for claim in claims if claim}
    if not keys:
        raise Unauthorized("the write key is missing: send it as the user of Basic Authorization")
    if len(keys) > 1:
        raise Unauthorized("the write keys in header, body and query are not the same")
    return keys.pop()


def _in(value: Any) -> str | None:
    key = value.get("writeKey") if isinstance(value, dict) else None
    return key if isinstance(key, str) else None


def _first_item(value: Any) -> Any:
    batch = value.get("batch") if isinstance(value, dict) else None
    return batch[0] if isinstance(batch, list) and batch else None
