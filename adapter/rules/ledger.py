"""The two sides of the ledger: what the doors counted, and what became of it (L4).

Both count records by workspace, source and the hour of acceptance, in the same transaction; but
neither knows the other, so that a record lost between them shows.
"""

from collections import Counter
from collections.abc import Iterable

from adapter.clock import HOUR
from adapter.ids import instant_of_id
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
    key = (message.workspace_id, message.source_id, instant_of_id(message.id) // HOUR, fate)
    ledger[key] = ledger.get(key, 0) + 1
