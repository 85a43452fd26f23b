"""Credentials as they come in headers: Basic and Bearer (contracts 2.2, 3.1)."""

import base64
import binascii
import re
from typing import NamedTuple, Protocol

from adapter.errors import Unauthorized

_STANDARD_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_BASE64 = re.compile(rb"[A-Za-z0-9_-]*")


class Headers(Protocol):
    """The headers of a request, found without regard to case."""

    def get(self, key: str, /) -> str | None:
        """Give a header's value, None if the request lacks it."""


class Basic(NamedTuple):
    """A user and a password; the password is "" where there is none, not even a colon."""

    user: str
    password: str


class Bearer(NamedTuple):
    """A token."""

    token: str


def read_authorization(headers: Headers) -> Basic | Bearer | None:
    """Read the Authorization header; None if the request bears none.

    Raises:
        Unauthorized: it is neither Basic nor Bearer, or its base64 holds no text.
    """
    header = (headers.get("Authorization") or "").strip()
    if not header:
        return None
    scheme, _, value = header.partition(" ")
    match scheme.lower():
        case "basic":
            return _basic(value.strip())
        case "bearer":
            return Bearer(value.strip())
        case _:
            raise Unauthorized("the Authorization header must be Basic or Bearer")


def decode_base64(text: str) -> bytes:
    """Decode base64 of either alphabet, its padding there or not (contracts 2.1, 3.1).

    Raises:
        ValueError: it is no base64.
    """
    encoded = text.encode("ascii").strip().rstrip(b"=").translate(_STANDARD_TO_URL_SAFE)
    # The decoder would skip what is no base64, and so read more than was written.
    if not _BASE64.fullmatch(encoded):
        raise ValueError("not base64")
    try:
        return base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4))
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _basic(value: str) -> Basic:
    try:
        text = decode_base64(value).decode()
    except ValueError:
        raise Unauthorized("the Basic Authorization header is no base64 of user:password") from None
    user, _, password = text.partition(":")
    return Basic(user, password)
