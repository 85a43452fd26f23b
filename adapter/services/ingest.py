"""Group commit: requests that wait at the same time share one transaction (design 2).

One thread commits. It takes what is queued, applies it in one transaction, and wakes those who
wait with their outcomes, while the next group gathers. Callers woken together come back together,
so before it takes the next group it waits for as many as the last one had: a few milliseconds at
the most, and not at all while callers come alone.

Nobody waits longer than a sender does: another thread tells those who have waited that long to come
again, whatever the store is doing. What it was doing for them may still become durable; sent again,
it is recognised by its key (L1).
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic

from adapter.errors import Overloaded, StoreBusy, TransientError
from adapter.model.in_force import InForce
from adapter.model.messages import Message
from adapter.model.workspaces import Received
from adapter.ports import Store, Transaction
from adapter.rules.decide import decide
from adapter.rules.decision import Decision, Outcome
from adapter.rules.needs import needs_of

_LINGER_SECONDS = 0.008  # 64 callers need that long to come back
_PATIENCE_SECONDS = 7.0  # Segment waits ten seconds for an answer
_WATCH_SECONDS = 0.5
_CLOSE_SECONDS = 30.0

Observer = Callable[[int, Decision], None]
"""Told after each commit how many requests shared it, and what was decided."""


class Ticket:
    """A request on its way through the store.

    Args:
        received: its raw body.
        messages: what it became, in order.
        wake: called by the committing thread once outcomes or error stand, with all of a group
            that are to be woken by it.
    """

    __slots__ = ("error", "messages", "outcomes", "received", "since", "told", "wake")

    def __init__(self, received: Received, messages: Sequence[Message], wake: "Wake") -> None:
        self.received = received
        self.messages = messages
        self.wake = wake
        self.outcomes: Sequence[Outcome] = ()
        # Until a commit says otherwise nothing is durable, so nothing may be acknowledged.
        self.error: Exception | type[Exception] | None = StoreBusy
        self.since = 0.0
        self.told = False

    def result(self) -> Sequence[Outcome]:
        """Give one outcome per message; what they tell is durable (L2).

        Raises:
            TransientError: it may be sent again; if it was stored, it is a duplicate then.
        """
        if self.error is not None:
            raise self.error
        return self.outcomes


Wake = Callable[[Sequence[Ticket]], None]


class Ingest:
    """Applies messages to the store, durably before it answers (L2).

    Args:
        store: where to.
        group_limit: most messages in one transaction, unless one request alone has more.
        queue_limit: most messages that may wait; more is ``Overloaded``.
        observe: told of every commit.
        in_force: gives what the operator's files say.
        patience: seconds after which whoever still waits is told to come again.
    """

    def __init__(
        self,
        store: Store,
        *,
        group_limit: int = 2_000,
        queue_limit: int = 50_000,
        observe: Observer | None = None,
        in_force: Callable[[], InForce] = InForce,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._store = store
        self._in_force = in_force
        self._group_limit = group_limit
        self._queue_limit = queue_limit
        self._observe = observe
        self._patience = patience
        self._lock = threading.Lock()
        self._queue: deque[Ticket] = deque()
        self._waiting = 0
        self._expected = 1
        self._arrived = threading.Event()
        self._assembled = threading.Event()
        self._group: Sequence[Ticket] = ()
        self._thread: threading.Thread | None = None
        self._watched = False
        self._closing = False
        self._closed = threading.Event()

    def accept(self, received: Received, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Decide and commit the messages of one request, in their order, and wait for it.

        Raises:
            TransientError: it may be sent again; if it was stored, it is a duplicate then.
        """
        done = threading.Lock()
        done.acquire()
        ticket = Ticket(received, messages, lambda _: done.release())
        self.submit(ticket)
        done.acquire()
        return ticket.result()

    def submit(self, ticket: Ticket) -> None:
        """Queue a request; its ``wake`` is called when it is durable, or has failed.

        Raises:
            Overloaded: too much waits already.
        """
        size = len(ticket.messages)
        ticket.since = monotonic()
        with self._lock:
            if self._waiting and self._waiting + size > self._queue_limit:
                raise Overloaded(
                    f"{self._waiting} records wait for the store, the limit is {self._queue_limit}"
                )
            self._waiting += size
            self._queue.append(ticket)
            if len(self._queue) >= self._expected and not self._assembled.is_set():
                self._assembled.set()
            if not self._arrived.is_set():
                self._arrived.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="commit", daemon=True)
                self._thread.start()
            if not self._watched:
                self._watched = True
                threading.Thread(target=self._watch, name="patience", daemon=True).start()

    def close(self) -> None:
        """End the committing thread once the queue is empty; nothing may be submitted any more.

        A store that hangs is left to itself: whoever waited for it was told.
        """
        with self._lock:
            self._closing = True
            thread = self._thread
            self._arrived.set()
            self._assembled.set()
        if thread is not None:
            thread.join(_CLOSE_SECONDS)
        self._closed.set()

    def give_up(self, now: float) -> None:
        """Tell those who have waited too long to come again, and drop them from the queue.

        Args:
            now: in seconds of ``time.monotonic``.
        """
        since = now - self._patience
        with self._lock:
            overdue = [each for each in self._group if each.since < since and not each.told]
            while self._queue and self._queue[0].since < since:
                ticket = self._queue.popleft()
                self._waiting -= len(ticket.messages)
                overdue.append(ticket)
            for ticket in overdue:
                ticket.told = True
        _wake(overdue)

    def _watch(self) -> None:
        """Look after those who wait, until nobody does."""
        while not self._closed.wait(_WATCH_SECONDS):
            self.give_up(monotonic())
            with self._lock:
                if not self._queue and not self._group:
                    self._watched = False
                    return

    def _run(self) -> None:
        while True:
            self._arrived.wait()
            self._assembled.wait(_LINGER_SECONDS)
            group = self._take()
            if not group and self._closing:
                return
            self._commit(group)
            _wake(self._untold(group))

    def _take(self) -> list[Ticket]:
        """Take the head of the queue, and what fits into a group with it."""
        group: list[Ticket] = []
        size = 0
        with self._lock:
            while self._queue and (
                not group or size + len(self._queue[0].messages) <= self._group_limit
            ):
                ticket = self._queue.popleft()
                size += len(ticket.messages)
                group.append(ticket)
            self._waiting -= size
            self._group = group
            self._expected = max(1, len(group))
            if not self._queue and not self._closing:
                self._arrived.clear()
            if len(self._queue) < self._expected:
                self._assembled.clear()
        return group

    def _untold(self, group: Sequence[Ticket]) -> list[Ticket]:
        """Give those of a group who still wait; from here on nobody else tells them."""
        with self._lock:
            self._group = ()
            untold = [ticket for ticket in group if not ticket.told]
            for ticket in untold:
                ticket.told = True
        return untold

    def _commit(self, group: Sequence[Ticket]) -> None:
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

    def _commit_together(self, group: Sequence[Ticket]) -> None:
        messages = [message for ticket in group for message in ticket.messages]
        needs = needs_of(messages, self._in_force())

        def work(transaction: Transaction) -> Decision:
            decision = decide(messages, transaction.facts(needs))
            # Of duplicates too: they are counted, so it can be shown what they are (L4).
            transaction.commit(decision, [ticket.received for ticket in group])
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


def _wake(tickets: Sequence[Ticket]) -> None:
    """Wake who waits; those of one event loop together, for it costs as much as to wake one."""
    together: dict[Wake, list[Ticket]] = {}
    for ticket in tickets:
        together.setdefault(ticket.wake, []).append(ticket)
    for wake, woken in together.items():
        wake(woken)
