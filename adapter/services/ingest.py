"""Group commit: requests that wait at the same time share one transaction (design 2).

There is no writer thread. A caller that finds no leader leads: it takes what is queued, itself
first, commits it in one transaction, and wakes the others with their outcomes. The next group is
led by the caller that has waited longest.

Callers woken together come back together. A leader that would run ahead with a group of one makes
all others wait for two commits, so it waits for as many as the last group had: a few milliseconds
at the most, and not at all while callers come alone.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence

from adapter.errors import Overloaded, StoreBusy, TransientError
from adapter.model.messages import Message
from adapter.model.workspaces import Received
from adapter.ports import Store, Transaction
from adapter.rules.decide import decide, needs_of
from adapter.rules.decision import Decision, Fate, Outcome

_LINGER_SECONDS = 0.005

Observer = Callable[[int, Decision], None]
"""Told after each commit how many requests shared it, and what was decided."""


class _Ticket:
    """A request in the queue: woken with its outcomes, with an error, or to lead."""

    __slots__ = ("_wake", "done", "error", "messages", "outcomes", "received")

    def __init__(self, received: Received, messages: Sequence[Message]) -> None:
        self.received = received
        self.messages = messages
        self.outcomes: Sequence[Outcome] = ()
        # Until a commit says otherwise nothing is durable, so nothing may be acknowledged.
        self.error: Exception | None = StoreBusy()
        self.done = False
        self._wake = threading.Lock()
        self._wake.acquire()

    def wait(self) -> None:
        self._wake.acquire()

    def wake(self) -> None:
        self._wake.release()


class Ingest:
    """Applies messages to the store, durably before it returns (L2).

    Args:
        store: where to.
        group_limit: most messages in one transaction, unless one request alone has more.
        queue_limit: most messages that may wait; more is ``Overloaded``.
        observe: told of every commit.
    """

    def __init__(
        self,
        store: Store,
        *,
        group_limit: int = 2_000,
        queue_limit: int = 50_000,
        observe: Observer | None = None,
    ) -> None:
        self._store = store
        self._group_limit = group_limit
        self._queue_limit = queue_limit
        self._observe = observe
        self._lock = threading.Lock()
        self._queue: deque[_Ticket] = deque()
        self._waiting = 0
        self._led = False
        self._expected = 1
        self._assembled = threading.Event()

    def accept(self, received: Received, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Decide and commit the messages of one request, in their order.

        Returns:
            One outcome per message; what they tell is durable.

        Raises:
            TransientError: nothing was stored; the same request may be sent again.
        """
        ticket = _Ticket(received, messages)
        if not self._enqueue(ticket):
            ticket.wait()
        if not ticket.done:
            self._lead()
        if ticket.error is not None:
            raise ticket.error
        return ticket.outcomes

    def _enqueue(self, ticket: _Ticket) -> bool:
        """Queue a ticket; True if its caller has to lead."""
        with self._lock:
            if self._waiting and self._waiting + len(ticket.messages) > self._queue_limit:
                raise Overloaded(
                    f"{self._waiting} records wait for the store, the limit is {self._queue_limit}"
                )
            self._waiting += len(ticket.messages)
            self._queue.append(ticket)
            leads = not self._led
            self._led = True
            if len(self._queue) >= self._expected:
                self._assembled.set()
        return leads

    def _lead(self) -> None:
        self._assembled.wait(_LINGER_SECONDS)
        group = self._take()
        try:
            self._commit(group)
        finally:
            self._hand_over()
            for ticket in group[1:]:
                ticket.wake()

    def _take(self) -> list[_Ticket]:
        """Take the head of the queue, the leader's own ticket, and what fits behind it."""
        group: list[_Ticket] = []
        size = 0
        with self._lock:
            while self._queue and (
                not group or size + len(self._queue[0].messages) <= self._group_limit
            ):
                ticket = self._queue.popleft()
                ticket.done = True
                size += len(ticket.messages)
                group.append(ticket)
            self._waiting -= size
            self._expected = len(group)
            if len(self._queue) < self._expected:
                self._assembled.clear()
        return group

    def _hand_over(self) -> None:
        with self._lock:
            if self._queue:
                self._queue[0].wake()
            else:
                self._led = False

    def _commit(self, group: Sequence[_Ticket]) -> None:
        try:
            self._commit_together(group)
        except Exception as error:  # noqa: BLE001 - whoever waits must be told, whatever it is
            if len(group) == 1 or isinstance(error, TransientError):
                for ticket in group:
                    ticket.error = error
                return
            # One bad request must harm no other: each is tried alone.
            for ticket in group:
                self._commit([ticket])

    def _commit_together(self, group: Sequence[_Ticket]) -> None:
        messages = [message for ticket in group for message in ticket.messages]
        needs = needs_of(messages)

        def work(transaction: Transaction) -> Decision:
            decision = decide(messages, transaction.facts(needs))
            transaction.commit(decision, _worth_keeping(group, decision.outcomes))
            return decision

        decision = self._store.write(work)
        start = 0
        for ticket in group:
            end = start + len(ticket.messages)
            ticket.outcomes = decision.outcomes[start:end]
            ticket.error = None
            start = end
        if self._observe is not None:
            self._observe(len(group), decision)


def _worth_keeping(group: Sequence[_Ticket], outcomes: Sequence[Outcome]) -> list[Received]:
    """Keep the raw body of every request that brought something new."""
    kept = []
    start = 0
    for ticket in group:
        end = start + len(ticket.messages)
        if any(outcome.fate is not Fate.DUPLICATE for outcome in outcomes[start:end]):
            kept.append(ticket.received)
        start = end
    return kept
