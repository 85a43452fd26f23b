"""The sweep: what has expired is purged within a day, a little at a time (R2)."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from adapter.clock import BEGINNING, DAY, HOUR, SECOND, Clock, Instant
from adapter.errors import TransientError
from adapter.jsonvalue import JSONObject
from adapter.model.workspaces import Workspace
from adapter.ports import Store
from adapter.rules.policy import policy_of
from adapter.sweepable import DATED, Expiring

_STEP = 5_000
_SETTLED_KEPT = 90 * DAY
"""Deliveries can be looked at for so long once they are settled; what started is known for ever."""

_GRACE = HOUR
"""Rows outlive their expiry by this: a request that saw them alive may still be under way."""


@dataclass(slots=True)
class Swept:
    """What a sweep did.

    Attributes:
        rows: deleted one by one, by table.
        days: dropped whole, rows uncounted.
        lag: by table, how long the oldest row left has been expired, in microseconds.
    """

    rows: dict[Expiring, int] = field(default_factory=lambda: dict.fromkeys(Expiring, 0))
    days: int = 0
    lag: dict[Expiring, int] = field(default_factory=lambda: dict.fromkeys(DATED, 0))


class Sweeping:
    """Purges what has expired. One sweep at a time.

    Args:
        store: where.
        clock: tells what has expired.
        pause: called between steps, so that ingest never waits for more than one.
    """

    def __init__(self, store: Store, clock: Clock, pause: Callable[[], object]) -> None:
        self._store = store
        self._clock = clock
        self._pause = pause
        # Message keys this old were judged by an earlier sweep of this process, by workspace.
        self._judged: dict[int, Instant] = {}

    def sweep(self, *, step: int = _STEP) -> Swept:
        """Purge all that has expired, in steps of so many rows at most.

        Raises:
            TransientError: a step could not be done; those before it are.
        """
        swept = Swept()
        now = self._clock.now()
        policies = {each.id: policy_of(each.settings) for each in self._store.workspaces()}
        cutoffs = {own: policy.alive_after(now) for own, policy in policies.items()}
        if cutoffs:
            # Somebody reads there: rows can still be deleted, and the day goes the next time.
            with suppress(TransientError):
                swept.days = self._store.drop_days(Instant(min(cutoffs.values()) - _GRACE))
        self.make_days()
        for workspace_id, cutoff in cutoffs.items():
            forgotten = Instant(policies[workspace_id].remembered_after(now) - _GRACE)
            untils = {
                Expiring.MESSAGE_KEYS: forgotten,
                Expiring.DELIVERIES: Instant(now - _SETTLED_KEPT),
            }
            for table in Expiring:
                until = untils.get(table, Instant(cutoff - _GRACE))
                self._sweep_table(table, workspace_id, until, step, swept)
            self._judged[workspace_id] = forgotten
            for table, lag in self._lags(workspace_id, cutoff):
                swept.lag[table] = max(swept.lag[table], lag)
        while self._store.give_back():
            self._pause()
        return swept

    def lag(self, workspace: Workspace) -> int:
        """Tell how long the oldest row of a workspace has been expired, in microseconds; or 0."""
        cutoff = policy_of(workspace.settings).alive_after(self._clock.now())
        return max((0, *(lag for _table, lag in self._lags(workspace.id, cutoff))))

    def _lags(self, workspace_id: int, cutoff: Instant) -> Iterator[tuple[Expiring, int]]:
        """Tell of each table how long its oldest row has been expired; below 0 if it is alive."""
        for table in DATED:
            oldest = self._store.oldest(table, workspace_id)
            if oldest is not None:
                yield table, cutoff - oldest

    def make_days(self) -> None:
        """Make the days to come; what cannot be made now is made when it is needed."""
        with suppress(TransientError):
            self._store.make_days(self._clock.now())

    def _sweep_table(
        self, table: Expiring, workspace_id: int, cutoff: Instant, step: int, swept: Swept
    ) -> None:
        since = self._judged.get(workspace_id, BEGINNING)
        deleted = step
        while deleted == step:
            deleted = self._store.sweep(table, workspace_id, cutoff, since=since, limit=step)
            swept.rows[table] += deleted
            self._pause()


def swept_json(swept: Swept) -> JSONObject:
    """Show what a sweep did."""
    return {
        "rows": {table.value: count for table, count in swept.rows.items()},
        "days": swept.days,
        "lag_seconds": {table.value: lag / SECOND for table, lag in swept.lag.items()},
    }
