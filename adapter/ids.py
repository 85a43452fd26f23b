"""Ids of our own: UUIDv7 stamped by the injected clock, so that they sort by acceptance.

The bits that a UUIDv7 leaves free hold, from the left: the microseconds of the millisecond, a
count of this process's requests, so that those of one instant sort too, some randomness against
other processes, the number of the record in its request, and the number of what it causes.
"""

import hashlib
import itertools
import secrets
import zlib
from collections.abc import Iterator
from functools import lru_cache

from uuid_utils import uuid7

from adapter.clock import Instant

BUCKETS = 32
"""How many buckets rows are spread over (design 4). Fixed for ever."""

_COUNT_BITS = 24
_MILLISECONDS_AT = 80
_MICROSECONDS_AT = 66
_MICROSECONDS = (1 << 10) - 1
_COUNT_AT = 38
_STEP = 1 << 8
_MOST_CAUSED = 0xBF
_VARIANT_AT = 62
_VARIANT = 0b10 << _VARIANT_AT
_VERSION_7 = 7 << 76
_RANDOM_FROM = 1 << 22
_RANDOM = ((1 << 16) - 1) * _RANDOM_FROM
_STAMP = ((1 << 52) - 1) << 76 | 0b11 << 62
_MICROSECONDS_PER_MILLISECOND = 1_000
_MILLISECONDS_PER_HOUR = 3_600_000
_STAMP_DIGITS = 13  # of an id's text, a dash among them
_LONGEST_KEY = 64
_OWN_DIGITS = 10
_NODE_DIGITS = 12

_requests = itertools.count(secrets.randbelow(1 << _COUNT_BITS))


def new_ids(at: Instant) -> Iterator[str]:
    """Yield ever larger ids of one instant: the records of one request, in their order.

    The last byte stays zero, so that what a record causes can be numbered after it
    (:func:`derived_id`).
    """
    drawn = uuid7(nanoseconds=at * 1_000).int & (_STAMP | _RANDOM)
    count = next(_requests) % (1 << _COUNT_BITS)
    microseconds = at % _MICROSECONDS_PER_MILLISECOND
    return _counted_up(drawn | microseconds << _MICROSECONDS_AT | count << _COUNT_AT)


def following_ids(first: str) -> Iterator[str]:
    """Yield the ids after the first of :func:`new_ids`: those of a request's records.

    So the ids of all that a request becomes follow from its own, and replaying it gives them again.
    """
    return _counted_up(_number(first) + _STEP)


def request_id_of(own: str) -> str:
    """Give the id of the request that a record of ours came in: what its id follows."""
    return _uuid_text(_number(own) & ~(_RANDOM_FROM - 1))


def instant_of_id(own: str) -> Instant:
    """Give the instant that an id of ours bears: when its request was accepted."""
    number = _number(own)
    microseconds = number >> _MICROSECONDS_AT & _MICROSECONDS
    return Instant((number >> _MILLISECONDS_AT) * _MICROSECONDS_PER_MILLISECOND + microseconds)


def hour_of_id(own: str) -> int:
    """Give the hour, as Unix hours, of the instant that an id of ours bears."""
    return _hour_of(own[:_STAMP_DIGITS])


@lru_cache(maxsize=1_024)
def _hour_of(stamp: str) -> int:
    """Read the milliseconds that an id begins with; those of one batch share them."""
    return _number(stamp) // _MILLISECONDS_PER_HOUR


def count_anew() -> None:
    """Begin the count of requests again, for a simulation whose ids must sort alike each time.

    Only for a process that writes to no store that was written to before at the same instants.
    """
    global _requests  # noqa: PLW0603 - the one count there is
    _requests = itertools.count()


def canonical_id(own: str) -> str:
    """Give what of an id of ours does not depend on which process drew it: instant and number.

    So two stores that accepted the same records name them alike (M11).
    """
    return _uuid_text(_number(own) & ~(_RANDOM | ((1 << _COUNT_BITS) - 1) << _COUNT_AT))


def request_digits(own: str) -> str:
    """Give what all ids of one request begin with; theirs differ in the last digits alone."""
    return own[:-_OWN_DIGITS]


def earliest_id(at: int) -> str:
    """Give what sorts just before the ids of an instant's millisecond."""
    digits = f"{max(at, 0) // _MICROSECONDS_PER_MILLISECOND:012x}"
    return f"{digits[:8]}-{digits[8:]}"


def new_id(at: Instant) -> str:
    """Make one UUIDv7 of that instant."""
    return next(new_ids(at))


def derived_id(message_id: str, nth: int) -> str:
    """Give the id of the nth thing that a message causes; up to 191 sort right after it.

    Those beyond sort among what is of the same request.
    """
    return _numbered(message_id, nth, most=_MOST_CAUSED, word="caused")


def following_id(message_id: str, nth: int) -> str:
    """Give the id of the nth thing that follows from a message by the operator's files.

    They are numbered apart, after what the message causes by itself: that has the same ids
    whatever the files say (M11).
    """
    number = _MOST_CAUSED + nth
    return _numbered(message_id, number, most=_STEP - 1, word="follows")


def _numbered(message_id: str, number: int, *, most: int, word: str) -> str:
    if number <= most:
        return f"{message_id[:-2]}{number:02x}"
    rest = int.from_bytes(fingerprint(message_id, word, str(number))) & (1 << _COUNT_AT) - 1
    return _uuid_text(_number(message_id) >> _COUNT_AT << _COUNT_AT | rest)


def moment_id(at: Instant, *what: str) -> str:
    """Give the id of something that time alone brings about at an instant; no others have it.

    The last byte is zero, as in :func:`new_ids`.
    """
    milliseconds, microseconds = divmod(at, _MICROSECONDS_PER_MILLISECOND)
    rest = int.from_bytes(fingerprint(*what)) & (1 << _VARIANT_AT) - 1
    stamp = milliseconds << _MILLISECONDS_AT | _VERSION_7 | _VARIANT
    return _uuid_text((stamp | microseconds << _MICROSECONDS_AT | rest) >> 8 << 8)


def cio_id_of(message_id: str) -> str:
    """Derive the generated id of a person from the id of the message that creates it.

    Derived rather than drawn, so that the rules need no randomness (rule M11).
    """
    return message_id.replace("-", "")


def cio_object_id_of(object_type_id: str, object_id: str) -> str:
    """Derive the generated id of an object from its names, so that it needs no looking up."""
    return fingerprint("object", object_type_id, object_id).hex()


def bucket_of(workspace_id: int, key: str) -> int:
    """Tell the bucket of a key: crc32 of ``workspace:key`` modulo 32 (storage 5.1)."""
    return zlib.crc32(f"{workspace_id}:{key}".encode()) % BUCKETS


def fingerprint(*parts: str) -> bytes:
    """Hash texts to 16 bytes; the parts' borders count."""
    text = "".join([f"{len(part)}:{part}" for part in parts])
    if text.isascii():
        return hashlib.blake2b(text.encode(), digest_size=16).digest()
    # Of other texts the length in bytes is another.
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    whole = b"".join([b"%d:%b" % (len(part), part) for part in encoded])
    return hashlib.blake2b(whole, digest_size=16).digest()


def keyed_fingerprint(secret: str, *parts: str) -> str:
    """Hash texts to 32 hexadecimal digits that tell nothing to whoever lacks the secret (R4)."""
    return hashlib.blake2b(
        fingerprint(*parts), key=secret.encode()[:_LONGEST_KEY], digest_size=16
    ).hexdigest()


def _counted_up(number: int) -> Iterator[str]:
    """Yield ids from a number on; counting never reaches the digits before the last dash."""
    text = _uuid_text(number)
    head, last = text[:-_NODE_DIGITS], int(text[-_NODE_DIGITS:], 16)
    while True:
        yield f"{head}{last:012x}"
        last += _STEP


def _number(own: str) -> int:
    return int(own.replace("-", ""), 16)


def _uuid_text(number: int) -> str:
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
