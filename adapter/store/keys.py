"""Message keys: what was accepted before (L1).

A key is the fingerprint of workspace and text. Those of one moment lie anywhere then, and on SQLite
each of them writes a page of the index. So there, if the text bears a number that counts up, a time
mostly, bits of that number come first: what is sent together lies together. They tell next to
nothing (R4). Keys of before have none; in workspaces that may have such both are looked for.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, FromClause, Row, select
from sqlalchemy.exc import DBAPIError

from adapter.clock import Instant
from adapter.errors import StoreBusy
from adapter.ids import bucket_of, fingerprint
from adapter.rules.decision import StoredKey
from adapter.rules.facts import SUPERSEDED, Home, KeyFact, MessageKey
from adapter.store.failures import is_duplicate
from adapter.store.sql import AnyOf, BulkWrite, GivenRows, Query, constant, is_postgres, lies_beside
from adapter.store.tables import message_keys

_LENGTH = 16
"""Bytes of a fingerprint."""

_NUMBER = re.compile(r"(?<![0-9])([0-9]{13})(?![0-9])|(?<![0-9A-Za-z])([0-9]{1,15})(?:#[0-9]+)?$")
"""Milliseconds since the epoch, or a count at the end, before the part of its record."""

_UUID_LENGTH = 36
_VERSION_AT = 14

_TOGETHER_BITS = 6
_SHOWN_BYTES = 2
_SHOWN = 0xFFFF
"""Sixty-four numbers in a row share the bits that are shown; every four million they recur."""

_UNIQUE = ("key", "bucket")
_CHANGING = ("content", "home", "record", "received_at")
_FACT = tuple(message_keys.c[name] for name in ("key", *_CHANGING))

_remember = BulkWrite(message_keys)

# Only a record without effect gives way. No row back: somebody was faster.
_replace = BulkWrite(
    message_keys,
    on_conflict=lambda insert: insert.on_conflict_do_update(
        index_elements=_UNIQUE,
        set_={name: insert.excluded[name] for name in _CHANGING},
        where=message_keys.c.home.in_([constant(home.value) for home in sorted(SUPERSEDED)]),
    ),
    returning=("key",),
)


def _of_given(given: FromClause) -> Query:
    same = (given.c.key == message_keys.c.key) & lies_beside(given, message_keys.c.bucket)
    return select(*_FACT).select_from(given).join(message_keys, same)


_known = GivenRows({name: message_keys.c[name].type for name in _UNIQUE}, _of_given)

# A JSON document cannot hold bytes that SQLite would read as such.
_known_on_sqlite = AnyOf(_FACT, message_keys.c.key)


def known_keys(
    connection: Connection, keys: Iterable[MessageKey], plain: Collection[int] | None = None
) -> dict[MessageKey, KeyFact]:
    """Look message keys up.

    Args:
        connection: to read from.
        keys: which.
        plain: the workspaces that may have keys without a number; by default any may.
    """
    if is_postgres(connection):
        asked = {_hash(*key): key for key in keys}
        rows = _known.run(connection, [(hashed, bucket_of(*key)) for hashed, key in asked.items()])
    else:
        asked = {_numbered(*key): key for key in keys}
        if plain is None or plain:
            asked |= {
                hashed[-_LENGTH:]: key
                for hashed, key in asked.items()
                if plain is None or key[0] in plain
            }
        # One with a number has superseded one without.
        rows = sorted(_known_on_sqlite.run(connection, list(asked)), key=lambda row: len(row.key))
    return {asked[row.key]: _fact(row) for row in rows}


def remember_keys(connection: Connection, keys: Sequence[StoredKey]) -> None:
    """Store message keys, in sorted order.

    Raises:
        StoreBusy: one was accepted by somebody else since the facts were read.
    """
    fresh: list[tuple[Any, ...]] = []
    replaced: list[tuple[Any, ...]] = []
    hash_of = _hash if is_postgres(connection) else _numbered
    for stored in _latest(keys):
        (replaced if stored.replaces else fresh).append(_row(stored, hash_of(*stored.key)))
    try:
        _remember.run(connection, sorted(fresh))
    except DBAPIError as error:
        if is_duplicate(error):
            raise StoreBusy from error
        raise
    written = _replace.run(connection, sorted(replaced))
    if is_postgres(connection) and len(written) < len(replaced):
        raise StoreBusy


def find_key(connection: Connection, key: MessageKey) -> KeyFact | None:
    """Look one message key up."""
    return known_keys(connection, [key]).get(key)


def find_record(connection: Connection, workspace_id: int, record: str) -> KeyFact | None:
    """Look up what was accepted as the record of an id of ours."""
    row = connection.execute(
        select(*_FACT).where(
            message_keys.c.record == record, message_keys.c.workspace_id == workspace_id
        )
    ).first()
    return None if row is None else _fact(row)


def _latest(keys: Iterable[StoredKey]) -> Iterable[StoredKey]:
    """Leave out what the same batch superseded: no statement writes a row twice."""
    latest: dict[MessageKey, StoredKey] = {}
    for stored in keys:
        earlier = latest.get(stored.key)
        is_new = earlier is not None and not earlier.replaces
        latest[stored.key] = replace(stored, replaces=False) if is_new else stored
    return latest.values()


@lru_cache(maxsize=8_192)
def _hash(workspace_id: int, text: str) -> bytes:
    """Hash a key; a batch needs each twice, for looking it up and for storing it."""
    return fingerprint(str(workspace_id), text)


@lru_cache(maxsize=8_192)
def _numbered(workspace_id: int, text: str) -> bytes:
    """Hash a key for SQLite, behind bits of the number that it bears."""
    hashed = fingerprint(str(workspace_id), text)
    number = _number_in(text)
    if number is None:
        return hashed
    return (number >> _TOGETHER_BITS & _SHOWN).to_bytes(_SHOWN_BYTES) + hashed


def _number_in(text: str) -> int | None:
    """Give the milliseconds that a text bears, or the count that it ends with."""
    if len(text) == _UUID_LENGTH and text[_VERSION_AT] == "7":
        try:
            return int(text[:8] + text[9:13], 16)
        except ValueError:
            return None
    found = _NUMBER.search(text)
    return None if found is None else int(found[found.lastindex or 0])


def _row(stored: StoredKey, hashed: bytes) -> tuple[Any, ...]:
    workspace_id, text = stored.key
    return (
        hashed,
        bucket_of(workspace_id, text),
        workspace_id,
        stored.content,
        str(stored.home),
        stored.record,
        stored.received_at,
    )


def _fact(row: Row[Any]) -> KeyFact:
    return KeyFact(row.content, Home(row.home), row.record, Instant(row.received_at))
