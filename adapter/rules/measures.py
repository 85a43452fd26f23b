"""What is counted by the hour for those who look (``Measure``), so that nobody counts events.

Hours are those of acceptance, as the ledger's are.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from adapter.clock import HOUR
from adapter.ids import hour_of_id
from adapter.jsonvalue import loads
from adapter.model.activities import Activity, ActivityType
from adapter.rules.decision import Decision, Fate, Measure, MeasureKey

NO_SOURCE = 0
"""Stands for the source of what no source sends."""


class HourRow(NamedTuple):
    """What was counted in one hour, over all sources.

    Attributes:
        hour: as Unix hours.
        what: a fate or a measure; None: records received, as the doors counted them.
        endpoint: of deliveries; else "".
    """

    hour: int
    what: Fate | Measure | None
    endpoint: str
    counted: int


def measures_of(decision: Decision, lines: Iterable[Activity]) -> dict[MeasureKey, int]:
    """Count what a decision brought.

    Args:
        decision: all effects of a batch.
        lines: of the log, that the store wrote for its merges (A1).
    """
    counts: Counter[MeasureKey] = Counter()
    events = [waiting.event for waiting in decision.anonymous]
    events += [stored.event for stored in decision.identified if stored.was_anonymous]
    places = Counter([(each.workspace_id, each.source_id, hour_of_id(each.id)) for each in events])
    for (workspace_id, source_id, hour), count in places.items():
        counts[workspace_id, source_id, hour, Measure.ANONYMOUS, ""] = count
    for line in (*decision.activities, *lines):
        if line.type is ActivityType.ANON_MERGE:
            place = (line.workspace_id, NO_SOURCE, hour_of_id(line.id))
            counts[*place, Measure.MERGES, ""] += 1
            counts[*place, Measure.MERGED, ""] += loads(line.data)["count"]
    for delivery in decision.deliveries:
        hour = delivery.created_at // HOUR
        key = (delivery.workspace_id, NO_SOURCE, hour, Measure.QUEUED, delivery.endpoint)
        counts[key] += 1
    return dict(counts)
