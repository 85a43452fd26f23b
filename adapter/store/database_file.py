"""The bytes of a SQLite database: overwriting what lies free in them, and searching them (P6).

SQLite leaves what is deleted where it was, until the room is needed; and pages it has moved rows
within keep old copies. So whoever erases has freed room overwritten, gives free pages back, and
empties the log that changes go through (WAL).
"""

import zlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine

from adapter.rules.mentions import Mentions

_PAGES = 500
_CHECKPOINTS = 5
_CHUNK = 1 << 23
_OVERLAP = 1 << 16
_SHORTEST = 5
"""Fewer bytes occur by chance in a file of some size."""

_FLANK = 4
_Flanked = tuple[bytes, bytes, bytes]
"""What stands before a name, the name, and what stands after."""

_DEFLATED = b"\x78\x01"
_FED = 1 << 11


def overwrite_from_now(writer: Engine) -> None:
    """Have the one connection that writes zero all room that it frees, free pages too."""
    _run(writer, "PRAGMA secure_delete = ON")


def give_up_free_room(writer: Engine) -> None:
    """Give free pages back to the file system, and empty the log; undo ``overwrite_from_now``."""
    while _run(writer, "PRAGMA freelist_count") and _run(writer, "PRAGMA auto_vacuum"):
        _run(writer, f"PRAGMA incremental_vacuum({_PAGES})")
    _run(writer, "PRAGMA secure_delete = FAST")
    _empty_log(writer)


def rewrite_file(writer: Engine) -> None:
    """Write the file anew, so that nothing lies between its rows; nobody can write meanwhile."""
    _run(writer, "PRAGMA secure_delete = ON")
    try:
        _run(writer, "VACUUM")
    finally:
        _run(writer, "PRAGMA secure_delete = FAST")
    _empty_log(writer)


def files_of(connection: Connection) -> list[Path]:
    """Give the files that hold a database: its own and its log."""
    path = Path(str(connection.engine.url.database))
    return [path, *(log for log in [path.with_name(f"{path.name}-wal")] if log.exists())]


class FileSearch:
    """Looks for somebody's names in bytes, where no rows can be told.

    Args:
        mentions: whom to look for.
    """

    def __init__(self, mentions: Mentions) -> None:
        self._mentions = mentions
        forms = {form.encode("utf-8", "surrogatepass").lower() for form in mentions.forms}
        self._forms = sorted(form for form in forms if len(form) >= _SHORTEST)
        self.too_short = len(forms) - len(self._forms)
        self._living: set[_Flanked] = set()
        self._living_bodies: set[bytes] = set()
        self.bytes = 0

    def explain(self, text: str) -> None:
        """Remember how a text that is no hit flanks their names: ``u-12`` holds ``u-1``."""
        raw = text.encode("utf-8", "surrogatepass").lower()
        for form, at in self._found(raw):
            self._living.add(_flanked(raw, at, form, _FLANK, _FLANK))

    def explain_deflated(self, body: bytes) -> None:
        """Remember a body of another workspace that names somebody by the same name."""
        self._living_bodies.add(body[: _FLANK * _FLANK])

    def hits_in(self, path: Path) -> int:
        """Count how often a file names them, in plain or deflated, other than in living rows."""
        hits = 0
        with path.open("rb") as file:
            before = file.read(_OVERLAP)
            while before:
                chunk = file.read(_CHUNK)
                raw = before + chunk
                before = raw[-_OVERLAP:] if chunk else b""
                end = len(raw) - len(before)
                hits += self._hits(raw, end)
                self.bytes += end
        return hits

    def _hits(self, raw: bytes, end: int) -> int:
        """Count what begins before an end; what follows is there to complete it."""
        lowered = raw.lower()
        hits = sum(
            not self._is_explained(lowered, at, form)
            for form, at in self._found(lowered)
            if at < end
        )
        at = raw.find(_DEFLATED)
        while 0 <= at < end:
            hits += self._is_deflated_hit(raw, at)
            at = raw.find(_DEFLATED, at + 1)
        return hits

    def _found(self, lowered: bytes) -> Iterator[tuple[bytes, int]]:
        for form in self._forms:
            at = lowered.find(form)
            while at >= 0:
                yield form, at
                at = lowered.find(form, at + 1)

    def _is_explained(self, raw: bytes, at: int, form: bytes) -> bool:
        return any(
            _flanked(raw, at, form, before, after) in self._living
            for before in range(_FLANK + 1)
            for after in range(_FLANK + 1)
        )

    def _is_deflated_hit(self, raw: bytes, at: int) -> bool:
        body = _inflated(raw, at)
        if not any(form in body.lower() for form in self._forms):
            return False
        if raw[at : at + _FLANK * _FLANK] in self._living_bodies:
            return False
        return self._mentions.in_text(body.decode("utf-8", "replace"))


def _flanked(raw: bytes, at: int, form: bytes, before: int, after: int) -> _Flanked:
    end = at + len(form)
    return raw[max(0, at - before) : at], form, raw[end : end + after]


def _inflated(raw: bytes, at: int) -> bytes:
    """Inflate what begins like a body, as far as it goes; most that begins so is none."""
    inflating = zlib.decompressobj()
    body = b""
    try:
        while not inflating.eof and at < len(raw):
            body += inflating.decompress(raw[at : at + _FED])
            at += _FED
    except zlib.error:
        pass
    return body


def _empty_log(writer: Engine) -> None:
    """Put all changes into the file and cut the log to nothing, once nobody reads from it."""
    for _ in range(_CHECKPOINTS):
        if not _run(writer, "PRAGMA wal_checkpoint(TRUNCATE)"):
            return


def _run(writer: Engine, statement: str) -> int:
    """Run a statement that no transaction may hold, and give the first number it answers."""
    connection = writer.raw_connection()
    try:
        cursor = connection.cursor()
        rows = cursor.execute(statement).fetchall()
        cursor.close()
    finally:
        connection.close()
    return int(rows[0][0]) if rows else 0
