"""The two sides of the ledger: what the doors counted, and what became of it (L4).

Both count records by workspace, source and the hour of acceptance, in the same transaction; but
neither knows the other, so that a record lost between them shows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from adapter.clock import HOUR
from adapter.ids import hour_of_id
from adapter.model.messages import Message
from adapter.model.workspaces import Received
from adapter.rules.decision import DoorKey, Fate, LedgerKey


def door_counts(received: Iterable[Received]) -> dict[DoorKey, int]:
    """Add up the records that doors counted in requests."""
    counts: Counter[DoorKey] = Counter()
    for each in received:
        if each.records:
            hour = each.received_at // HOUR
            counts[each.workspace_id, each.source_id, hour] += each.records
    return dict(counts)


def count_fate(message: Message, fate: Fate, ledger: dict[LedgerKey, int]) -> None:
    """Count what became of a record: of its first message, whichever others it has.

    The hour is that of acceptance, whichever clock stamps the record (T2).
    """
    if message.part:
        return
    key = (message.workspace_id, message.source_id, hour_of_id(message.id), fate)
    ledger[key] = ledger.get(key, 0) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A source's hour in the ledger.

    Attributes:
        hour: as Unix hours.
        received: as the doors counted.
        fates: what became of the records; all of them named.
        kept: records of the raw bodies that are kept; None where bodies have expired.
        erased: how many of those are no longer in them, for their people were erased (P6).
    """

    workspace_id: int
    source_id: int
    hour: int
    received: int
    fates: dict[Fate, int]
    kept: int | None
    erased: int = 0

    @property
    def difference(self) -> int:
        """Records received of which nobody knows what became; 0 if it balances."""
        return self.received - sum(self.fates.values())

    @property
    def missing(self) -> int:
        """Records received whose raw body should be kept and is not."""
        return 0 if self.kept is None else self.received - self.kept

    @property
    def balances(self) -> bool:
        """Tell whether received = stored + duplicate + ignored + quarantined + refused."""
        return self.difference == 0 and self.missing == 0


def accounts_of(
    doors: Mapping[DoorKey, int],
    fates: Mapping[LedgerKey, int],
    kept: Mapping[DoorKey, int],
    *,
    kept_since: int,
    erased: Mapping[DoorKey, int] = MappingProxyType({}),
) -> list[Account]:
    """Put both sides of the ledger side by side, hour by hour.

    Args:
        doors: what the doors counted.
        fates: what became of it.
        kept: records of the raw bodies that are kept.
        kept_since: the first hour, as Unix hours, of which no body has expired.
        erased: how many records were taken out of the raw bodies.
    """
    keys = doors.keys() | {key[:3] for key in fates} | {key for key in kept if key[2] >= kept_since}
    return [
        Account(
            workspace_id=key[0],
            source_id=key[1],
            hour=key[2],
            received=doors.get(key, 0),
            fates={fate: fates.get((*key, fate), 0) for fate in Fate},
            kept=kept.get(key, 0) if key[2] >= kept_since else None,
            erased=erased.get(key, 0),
        )
        for key in sorted(keys)
    ]
