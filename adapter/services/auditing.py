"""The audit: does the ledger balance, and what is the oldest that is still kept (L4, R2)?"""

from adapter.clock import HOUR, Clock, iso
from adapter.jsonvalue import JSONObject
from adapter.model.workspaces import Workspace
from adapter.ports import Store
from adapter.rules.decision import Fate
from adapter.rules.ledger import Account, accounts_of
from adapter.rules.policy import policy_of

_NEVER = 2**62
"""An hour that never comes."""


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
