"""Waits on the event loop for commits that another thread makes."""

import asyncio
import contextlib
from collections.abc import Sequence

from adapter.rules.decision import Outcome
from adapter.services.ingest import Ticket
from adapter.services.intake import Intake, Prepared
from adapter.web.door import Work
from adapter.web.replies import Reply


class Committed:
    """Drives the work of doors on one event loop, holding no thread while the store works.

    The loop is told once of all whose requests shared a transaction.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[Ticket, asyncio.Future[None]] = {}

    async def drive(self, work: Work) -> Reply:
        """Drive a door's work to its reply."""
        try:
            prepared = next(work)
            while True:
                try:
                    outcomes = await self._outcomes(prepared)
                except Exception as error:  # noqa: BLE001 - the work knows what to answer
                    prepared = work.throw(error)
                else:
                    prepared = work.send(outcomes)
        except StopIteration as done:
            reply: Reply = done.value
            return reply

    async def _outcomes(self, prepared: Prepared) -> Sequence[Outcome]:
        """Have a request decided and committed; give its outcomes once they are durable."""
        self._loop = loop = asyncio.get_running_loop()
        ticket = self._intake.submit(prepared, self._wake)
        # Not too late: whoever wakes it does so on this loop, after this step.
        durable = self._waiting[ticket] = loop.create_future()
        await durable
        return ticket.result()

    def _wake(self, tickets: Sequence[Ticket]) -> None:
        """Tell the loop from the thread that commits."""
        if self._loop is not None:
            # A loop that has closed has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._settle, tickets)

    def _settle(self, tickets: Sequence[Ticket]) -> None:
        for ticket in tickets:
            durable = self._waiting.pop(ticket)
            if not durable.done():
                durable.set_result(None)
