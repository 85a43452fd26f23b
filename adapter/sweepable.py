"""The port of the sweep: purging what has expired, a little at a time (R2)."""

from enum import StrEnum
from typing import Protocol

from adapter.clock import BEGINNING, Instant


class Expiring(StrEnum):
    """Tables whose rows a sweep deletes once they have expired (R2), in the order it takes them."""

    ANONYMOUS_EVENTS = "anonymous_events"
    INVITE_EVENTS = "invite_events"
    QUARANTINE = "quarantine"
    RECEIVED = "received"
    MESSAGE_KEYS = "message_keys"
    ANONYMOUS_IDS = "anonymous_ids"
    ANONYMOUS_RELATIONSHIPS = "anonymous_relationships"
    DELIVERIES = "deliveries"


DATED = (
    Expiring.ANONYMOUS_EVENTS,
    Expiring.INVITE_EVENTS,
    Expiring.QUARANTINE,
    Expiring.RECEIVED,
)
"""Tables whose rows expire by when they were received, and by that alone."""


class Sweepable(Protocol):
    """The part of a store that is swept."""

    def sweep(
        self,
        table: Expiring,
        workspace_id: int,
        cutoff: Instant,
        *,
        since: Instant = BEGINNING,
        limit: int = 5_000,
    ) -> int:
        """Delete rows of a workspace in one short transaction, and tell how many (R2).

        What goes: anonymous and invite events, quarantine and raw bodies received by the cutoff;
        and, a day older, message keys of what became nobody's (L1) and anonymous ids that nobody
        claims (R4); deliveries that were settled by the cutoff, with their tries. Where whole days
        are dropped, rows may outstay the cutoff by 20 h.

        Args:
            table: which.
            workspace_id: the tenant.
            cutoff: what was received by then, this instant included.
            since: message keys as old as this were judged by an earlier sweep.
            limit: at most this many rows.
        """

    def make_days(self, now: Instant) -> None:
        """Make today and the next days before a row needs them, where there are days."""

    def drop_days(self, until: Instant) -> int:
        """Drop the days that ended by an instant, of all workspaces, where there are days."""

    def oldest(self, table: Expiring, workspace_id: int) -> Instant | None:
        """Tell when the oldest row left was received; of events, quarantine or raw bodies."""

    def give_back(self, pages: int = 500) -> bool:
        """Give unused pages back to the file system, if they are many; tell whether to go on."""
