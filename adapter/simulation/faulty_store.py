"""A store with troubles: it passes everything on, and fails a write when it is told to."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from adapter.errors import StoreBusy, TransientError
from adapter.model.workspaces import Received
from adapter.ports import Store, T, Transaction
from adapter.rules.decision import Decision
from adapter.simulation.plan import Fault
from adapter.store.failures import CommitUnknown


class FaultyStore:
    """Wraps a store.

    Args:
        store: does the work.
        rolls_back: what fails half-way leaves nothing in it; the store in memory cannot do that,
            and is let fail before it writes.

    Attributes:
        struck: whether the fault it was armed with has happened.
    """

    def __init__(self, store: Store, *, rolls_back: bool) -> None:
        self._store = store
        self._rolls_back = rolls_back
        self._fault = Fault.NONE
        self.struck = False

    def as_store(self) -> Store:
        """Give it as what it stands in for."""
        return cast("Store", self)

    def arm(self, fault: Fault) -> None:
        """Let the next write meet a fault, and only that."""
        self._fault, self.struck = fault, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Do a piece of work, or fail."""
        fault, self._fault = self._fault, Fault.NONE
        self.struck = fault is not Fault.NONE
        if fault is Fault.LOCK_TIMEOUT:
            raise StoreBusy
        if fault is Fault.LOST_RACE:
            return self._lose_once(work)
        if fault is Fault.ROLLED_BACK:
            late = self._rolls_back
            return self._store.write(
                lambda opened: work(_as_transaction(_Failing(opened, late=late)))
            )
        result = self._store.write(work)
        if fault is Fault.ANSWER_LOST:
            raise CommitUnknown
        return result

    def _lose_once(self, work: Callable[[Transaction], T]) -> T:
        """Fail the first attempt; a store that does not try again itself is told to."""
        attempts = 0

        def losing(opened: Transaction) -> T:
            nonlocal attempts
            attempts += 1
            return work(_as_transaction(_Losing(opened)) if attempts == 1 else opened)

        try:
            return self._store.write(losing)
        except StoreBusy:
            return self._store.write(losing)


class _Losing:
    """A transaction that has read, and loses its race when it would write."""

    def __init__(self, opened: Transaction) -> None:
        self._opened = opened

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opened, name)

    def commit(self, *_: object) -> None:
        raise StoreBusy


class _Failing:
    """A transaction that fails as it writes: after the last statement, or before the first."""

    def __init__(self, opened: Transaction, *, late: bool) -> None:
        self._opened = opened
        self._late = late

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opened, name)

    def commit(self, decision: Decision, received: Sequence[Received]) -> None:
        if self._late:
            self._opened.commit(decision, received)
        raise TransientError


def _as_transaction(opened: object) -> Transaction:
    return cast("Transaction", opened)
