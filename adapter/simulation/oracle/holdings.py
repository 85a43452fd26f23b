"""All that a workspace holds, as the oracle keeps it: plain lists, and a few ways to write them."""

from collections import Counter

from adapter.simulation.oracle.campaigns import Starts
from adapter.simulation.oracle.people import People
from adapter.simulation.oracle.reading import Name
from adapter.simulation.oracle.said import Said
from adapter.simulation.oracle.state import (
    Claimed,
    Kept,
    OneEvent,
    OneLine,
    OnePerson,
    Rules,
    Seen,
)


class Holdings:
    """What a workspace holds.

    Attributes:
        rules: its settings.
        events, lines: whatever was stored, expired or not, in order of acceptance.
        assigned, pending: who has which anonymous id (M1), or will have it (M8).
        used_up: anonymous ids that nobody may have any more (M12, R4).
        suppressed: identifiers that are refused, each with what it was suppressed by (P6).
        quarantine: the records in it, in order (L3).
        ledger: records by (source, hour, fate) (L4).
        starts: what events started (C4).
        seen: what is known of each message id (L1).
    """

    def __init__(self) -> None:
        self.rules = Rules()
        self.people = People()
        self.events: list[OneEvent] = []
        self.lines: list[OneLine] = []
        self.assigned: dict[str, Claimed] = {}
        self.pending: dict[str, Claimed] = {}
        self.used_up: set[str] = set()
        self.suppressed: dict[Name, object] = {}
        self.quarantine: list[Kept] = []
        self.ledger: Counter[tuple[str, int, str]] = Counter()
        self.starts = Starts()
        self.seen: dict[str, Seen] = {}

    def alive(self, event: OneEvent, now: int) -> bool:
        """R1: nobody's event lives while younger than retention; R3: a person's does not expire."""
        return event.owner is not None or event.received_at > self.rules.alive_after(now)

    def line(
        self,
        line_type: str,
        reason: str,
        received_at: int,
        said: Said | None,
        person: OnePerson | None = None,
        *,
        by: str | None = None,
    ) -> OneLine:
        """Log something; ``said`` if it stands for the record, ``by`` an anonymous id it names."""
        message_id = None if said is None else said.message_id
        line = OneLine(line_type, reason, received_at, message_id, person, by)
        self.lines.append(line)
        return line

    def work(self, now: int, *, well: bool) -> None:
        """L5: the worker sends what is due; what is over stands in the log."""
        for settled in self.starts.work(now, well=well):
            delivered = settled.reason == "delivered"
            line_type = "sent_webhook" if delivered else "failed_webhook"
            self.line(line_type, settled.reason, now, None, settled.delivery.person)

    def keep(self, reason: str, received_at: int, said: Said) -> None:
        """L3: put a record in quarantine."""
        line = self.line("failed_event", reason, received_at, said)
        self.quarantine.append(Kept(reason, received_at, said, line))

    def held_by(self, person: OnePerson) -> dict[str, int]:
        """Give the anonymous ids that somebody has or is to have, and since when."""
        since: dict[str, int] = {}
        for claims in (self.assigned, self.pending):
            for anonymous_id, claimed in claims.items():
                if claimed.person is person:
                    since[anonymous_id] = max(claimed.at, since.get(anonymous_id, 0))
        return since
