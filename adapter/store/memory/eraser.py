"""Taking somebody out of what others' rows say, in the memory store (P6)."""

import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from adapter.eraser import Cleaned, Cursor, Search, Span, Step, Telling
from adapter.ids import earliest_id
from adapter.model.workspaces import Received
from adapter.rules.erasure import erase_from_body, erase_from_reading, erase_from_row, names_them
from adapter.rules.facts import Holder
from adapter.rules.mentions import Mentions
from adapter.store.memory.entries import Entry, changed_row, entries, said_in
from adapter.store.memory.erasures import remove_record
from adapter.store.memory.outbox import MemoryOutbox
from adapter.store.memory.segments import outdate
from adapter.store.memory.tables import Tables

_RECORDS = frozenset({Telling.QUARANTINE, Telling.INVITE_EVENTS, Telling.DELIVERIES})
_COUNTED = frozenset({Telling.PEOPLE, Telling.PERSON_EVENTS})
_BY_CLOCK = frozenset(Telling) - {
    Telling.PEOPLE,
    Telling.OBJECTS,
    Telling.PERSON_RELATIONSHIPS,
    Telling.ANONYMOUS_RELATIONSHIPS,
    Telling.ATTEMPTS,
}
_MILLISECOND = 1_000
_FAST = 1


class MemoryEraser:
    """Implements ``eraser.Eraser`` with dictionaries; one step does a whole table.

    Args:
        lock: of the store; every method holds it.
        tables: of the store.
        outbox: of the store.
    """

    def __init__(self, lock: threading.RLock, tables: Tables, outbox: MemoryOutbox) -> None:
        self._lock = lock
        self._tables = tables
        self._outbox = outbox

    def clean(
        self,
        table: Telling,
        mentions: Mentions,
        span: Span,
        beyond: Cursor,  # noqa: ARG002 - there is but one step
        limit: int,  # noqa: ARG002
    ) -> Step:
        """Take them out of a table."""
        cleaned = Cleaned()
        with self._lock:
            for entry in list(self._entries(table, mentions)):
                if table in _BY_CLOCK and not _is_within(_id_of(entry.row), span):
                    continue
                if table is Telling.RECEIVED:
                    cleaned.add(_clean_body(entry, mentions))
                elif not _is_own(entry.holder, mentions):
                    cleaned.add(self._clean_row(table, entry, mentions))
        return Step(cleaned, None)

    def overwriting(self) -> AbstractContextManager[None]:
        """Nothing lies free in memory."""
        return nullcontext()

    def rewrite(self) -> None:
        """There is no file."""

    def search(self, mentions: Mentions) -> Search:
        """Look for somebody in every row."""
        hits: Counter[str] = Counter()
        with self._lock:
            looked_at = {table: list(self._entries(table, mentions)) for table in Telling}
            for table, found in looked_at.items():
                hits.update(f"{table}.{name}" for entry in found for name in _hits(entry, mentions))
            ids = (key[1] for key in self._tables.anonymous_ids if key[0] == _owner(mentions))
            hits.update("anonymous_ids.anonymous_id" for name in ids if mentions.is_name(name))
        return Search(
            hits=dict(sorted(hits.items())),
            tables=len(Telling),
            rows=sum(map(len, looked_at.values())),
            bodies=len(looked_at[Telling.RECEIVED]),
        )

    def _entries(self, table: Telling, mentions: Mentions) -> Iterator[Entry]:
        return entries(self._tables, self._outbox, table, _owner(mentions))

    def _clean_row(self, table: Telling, entry: Entry, mentions: Mentions) -> Cleaned:
        of_nobody = table in _RECORDS and entry.holder is None
        changed = erase_from_row(said_in(entry.row), mentions, of_nobody=of_nobody)
        if changed is None:
            entry.put(None)
            if table is not Telling.DELIVERIES:
                remove_record(self._tables, self._outbox, _owner(mentions), _id_of(entry.row))
            return Cleaned(rows=1)
        if not changed:
            return Cleaned()
        entry.put(changed_row(entry.row, changed))
        if table in _COUNTED:
            outdate(self._tables, (_owner(mentions), entry.row.person_id))
        return Cleaned(mentions=1)


def _owner(mentions: Mentions) -> int:
    return mentions.traces.workspace_id


def _hits(entry: Entry, mentions: Mentions) -> Iterator[str]:
    """Name the fields of a row that name somebody, or say that it is theirs."""
    if isinstance(entry.row, Received):
        if erase_from_body(zlib.decompress(entry.row.deflated), mentions, records=0) is not None:
            yield "body"
        return
    if entry.holder is not None and _is_own(entry.holder, mentions):
        yield "person_id" if entry.holder.is_person else "anonymous_id"
    for name, text in said_in(entry.row).items():
        if text is not None and names_them(name, text, mentions):
            yield name


def _is_own(holder: Holder | None, mentions: Mentions) -> bool:
    if holder is None:
        return False
    if holder.is_person:
        return holder.id in mentions.traces.people
    return mentions.is_name(holder.id)


def _id_of(row: Any) -> str:
    own: str = getattr(row, "event", row).id
    return own


def _is_within(own: str, span: Span) -> bool:
    return earliest_id(span.since) <= own < earliest_id(span.until + _MILLISECOND)


def _clean_body(entry: Entry, mentions: Mentions) -> Cleaned:
    row: Received = entry.row
    known = {place for request, place in mentions.traces.records if request == row.id}
    left = erase_from_body(
        zlib.decompress(row.deflated), mentions, known=known, records=row.records
    )
    if left is None:
        return Cleaned()
    left = erase_from_reading(left, row.read_as, mentions)
    body, erased = zlib.compress(left.body, _FAST), row.erased + left.erased
    entry.put(replace(row, deflated=body, erased=erased, read_as=left.read_as))
    return Cleaned(bodies=1, records=left.erased)
