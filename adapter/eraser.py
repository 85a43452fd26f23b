"""The port of erasing: what others' rows say of somebody, and the proof that nothing is left."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from adapter.clock import Instant
from adapter.rules.mentions import Mentions

Cursor = tuple[str | int, ...]
"""Where in a table a step ended; () before its first row."""


class Telling(StrEnum):
    """Tables whose rows may tell of somebody who does not own them, in the order of the steps.

    An event may be moved from strangers to people meanwhile, so people's come later.
    """

    RECEIVED = "received"
    QUARANTINE = "quarantine"
    INVITE_EVENTS = "invite_events"
    ANONYMOUS_EVENTS = "anonymous_events"
    PERSON_EVENTS = "person_events"
    ACTIVITIES = "activities"
    PEOPLE = "people"
    OBJECTS = "objects"
    PERSON_RELATIONSHIPS = "person_relationships"
    ANONYMOUS_RELATIONSHIPS = "anonymous_relationships"
    DELIVERIES = "deliveries"
    ATTEMPTS = "attempts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which rows to look at, where they are named by the clock.

    Attributes:
        since: accepted at this instant or later.
        until: accepted by then.
    """

    since: Instant
    until: Instant


@dataclass(slots=True, kw_only=True)
class Cleaned:
    """What a step, or all of them, took out.

    Attributes:
        bodies: raw bodies that were rewritten.
        records: that are gone from them.
        rows: removed, because what they held was theirs.
        mentions: rows of others that no longer name them.
    """

    bodies: int = 0
    records: int = 0
    rows: int = 0
    mentions: int = 0

    def add(self, other: "Cleaned") -> None:
        """Add what another step took out."""
        self.bodies += other.bodies
        self.records += other.records
        self.rows += other.rows
        self.mentions += other.mentions


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did.

    Attributes:
        beyond: where the next one begins; None where there is nothing more.
    """

    cleaned: Cleaned
    beyond: Cursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was found of somebody.

    Attributes:
        hits: how often by place, such as ``activities.data``; empty if nothing is left.
        tables, rows: how many were looked at; of a table's rows those that may name them.
        bodies: raw bodies inflated.
        bytes: of the database file and its log.
        too_short: how many of their names are too short to be told from chance in bytes.
    """

    hits: dict[str, int] = field(default_factory=dict)
    tables: int = 0
    rows: int = 0
    bodies: int = 0
    bytes: int = 0
    too_short: int = 0


class Eraser(Protocol):
    """Takes somebody out of what others' rows say. Safe for use by many threads and processes."""

    def clean(
        self, table: Telling, mentions: Mentions, span: Span, beyond: Cursor, limit: int
    ) -> Step:
        """Take them out of some rows of a table, in one short transaction.

        Raw bodies lose their records, other rows their names; a row of nobody's that holds a record
        of theirs goes, with all that came of that record. Rows of their own are left alone: they go
        all at once, with the people themselves (``rules.erasure.erase``).

        Args:
            table: which.
            mentions: of whom.
            span: which rows, where they are named by the clock.
            beyond: where the last step ended.
            limit: at most this many rows.
        """

    def overwriting(self) -> AbstractContextManager[None]:
        """Leave no old bytes of what is deleted or changed inside; what lay free before goes too.

        On SQLite. On PostgreSQL the room of dead rows is freed to be written over.
        """

    def rewrite(self) -> None:
        """Write the whole file anew, without whatever lay between its rows; on SQLite."""

    def search(self, mentions: Mentions) -> Search:
        """Look for somebody everywhere: in each column of each table, in bodies, in the file."""
