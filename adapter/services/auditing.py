"""The audit: does the ledger balance, and what is the oldest that is still kept (L4, R2)?"""

from typing import NamedTuple

from adapter.clock import HOUR, SECOND, Clock, Instant, iso
from adapter.jsonvalue import JSONObject
from adapter.model.workspaces import Workspace
from adapter.ports import Store
from adapter.rules.decision import Fate
from adapter.rules.ledger import Account, accounts_of
from adapter.rules.policy import policy_of
from adapter.sweepable import DATED, Expiring

_NEVER = 2**62
"""An hour that never comes."""


class Retention(NamedTuple):
    """What has expired, and is not purged yet (R1, R2).

    Attributes:
        expired_by: what was received by then has expired, and is not seen any more.
        table: where the oldest row is that has expired and is left; None if there is none.
        oldest_expired: when that row was received.
    """

    expired_by: Instant
    table: Expiring | None
    oldest_expired: Instant | None


class Auditing:
    """Holds the ledger's two sides against each other, and against what is kept."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def accounts(self, workspace: Workspace) -> list[Account]:
        """Give the ledger of a workspace by source and hour, oldest first."""
        expired = policy_of(workspace.settings).alive_after(self._clock.now())
        books = self._store.books(workspace.id, expired)
        return accounts_of(
            books.doors,
            books.fates,
            books.kept,
            kept_since=expired // HOUR + 1,
            erased=books.erased,
        )

    def retention(self, workspace: Workspace) -> Retention:
        """Tell what has expired in a workspace, and what is left of that."""
        expired = policy_of(workspace.settings).alive_after(self._clock.now())
        oldest = {table: self._store.oldest(table, workspace.id) for table in DATED}
        left = {table: at for table, at in oldest.items() if at is not None and at <= expired}
        table = min(left, key=lambda each: left[each]) if left else None
        return Retention(expired, table, None if table is None else left[table])

    def imbalance(self) -> int:
        """Add up what does not balance in all workspaces, by the counters alone."""
        total = 0
        for workspace in self._store.workspaces():
            books = self._store.books(workspace.id, self._clock.now())
            accounts = accounts_of(books.doors, books.fates, {}, kept_since=_NEVER)
            total += sum(abs(account.difference) for account in accounts)
        return total


def audit_json(workspace: Workspace, slugs: dict[int, str], accounts: list[Account]) -> JSONObject:
    """Show the audit of a workspace: totals, and each hour that does not balance."""
    totals = {fate.value: sum(account.fates[fate] for account in accounts) for fate in Fate}
    return {
        "workspace": workspace.name,
        "balances": all(account.balances for account in accounts),
        "received": sum(account.received for account in accounts),
        **totals,
        "erased": sum(account.erased for account in accounts),
        "hours": [account_json(slugs, account) for account in accounts],
    }


def account_json(slugs: dict[int, str], account: Account) -> JSONObject:
    """Show a source's hour."""
    return {
        "source": slugs.get(account.source_id),
        "hour": iso(account.hour * HOUR),
        "received": account.received,
        **{fate.value: count for fate, count in account.fates.items()},
        "difference": account.difference,
        "bodies": account.kept,
        "erased": account.erased,
        "balances": account.balances,
    }


def retention_json(kept: Retention) -> JSONObject:
    """Show what has expired, and by how long the oldest row of that outlives it."""
    oldest = kept.oldest_expired
    return {
        "expired_by": iso(kept.expired_by),
        "table": None if kept.table is None else kept.table.value,
        "oldest_expired": None if oldest is None else iso(oldest),
        "lag_seconds": 0 if oldest is None else (kept.expired_by - oldest) / SECOND,
    }
