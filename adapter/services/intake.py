"""From a parsed body to outcomes: map each call, decide, commit, and say what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adapter.clock import Instant
from adapter.doors.bodies import deflate
from adapter.doors.items import Batch
from adapter.doors.rereading import Conditions, read_as, refused_as
from adapter.errors import RequestError
from adapter.ids import new_id
from adapter.model.messages import Message, Unapplicable
from adapter.model.workspaces import Received, Source
from adapter.rules.decision import Fate, Outcome
from adapter.services.composing import CompiledMapping, Composer, refusal
from adapter.services.ingest import Ingest, Ticket, Wake

_PLAIN = Conditions()


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """An item that went to quarantine, as its sender is told.

    Attributes:
        pointer: JSON pointer to the offending value, "" for the item itself.
    """

    index: int
    code: str
    message: str
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What became of the records of one request.

    Attributes:
        accepted: stored, or understood and without effect.
        duplicates: accepted before.
        rejected: in quarantine; refused ones are among them.
        outcomes: of every message, in order.
    """

    accepted: int
    duplicates: int
    rejected: list[RejectedItem]
    outcomes: tuple[Outcome, ...]


class Prepared(NamedTuple):
    """A request ready to be decided: its raw body, and the messages it became."""

    received: Received
    messages: Sequence[Message]


class Intake:
    """Takes what a door has parsed.

    Args:
        ingest: decides and commits.
        mappings: compiled mapping files by name.
    """

    def __init__(self, ingest: Ingest, mappings: Mapping[str, CompiledMapping]) -> None:
        self._ingest = ingest
        self._mappings = mappings

    def receive(
        self,
        source: Source,
        *,
        door: str,
        body: bytes,
        batch: Batch,
        received_at: Instant,
        conditions: Conditions = _PLAIN,
    ) -> IntakeReport:
        """Map, decide and commit the calls of one request, in their order; wait until durable.

        Args:
            source: the sender, authenticated.
            door: which way they came.
            body: the raw bytes, kept for replay.
            batch: what the door made of them.
            received_at: when the request was accepted (T1).
            conditions: what holds for all its items.

        Raises:
            OperatorError: the source's mapping file is missing.
            TransientError: nothing was stored; the sender may try again.
        """
        prepared = self.prepare(
            source,
            door=door,
            body=body,
            batch=batch,
            received_at=received_at,
            conditions=conditions,
        )
        return report(prepared, self.commit(prepared))

    def refuse(
        self,
        source: Source,
        *,
        door: str,
        body: bytes,
        error: RequestError,
        received_at: Instant,
    ) -> None:
        """Keep an authenticated body that its sender is told to give up, so nothing is lost (L3).

        Raises:
            TransientError: it could not be kept.
        """
        self.commit(
            self.prepare_refusal(source, door=door, body=body, error=error, received_at=received_at)
        )

    def prepare(
        self,
        source: Source,
        *,
        door: str,
        body: bytes,
        batch: Batch,
        received_at: Instant,
        conditions: Conditions = _PLAIN,
    ) -> Prepared:
        """Map the calls of one request; :meth:`receive` without the commit."""
        kept = body if batch.kept is None else batch.kept
        mapping = self._mappings.get(source.mapping)
        received = _received(
            source,
            door,
            kept,
            received_at,
            records=batch.records,
            mapping="" if mapping is None else mapping.digest,
            read_as=read_as(batch, received_at, conditions),
        )
        composer = Composer(source, received.id, self._mappings, public=conditions.public)
        return Prepared(received, composer.messages(conditions.applied(batch)))

    def prepare_refusal(
        self,
        source: Source,
        *,
        door: str,
        body: bytes,
        error: RequestError,
        received_at: Instant,
    ) -> Prepared:
        """Make what keeps a refused body; :meth:`refuse` without the commit."""
        received = _received(source, door, body, received_at, records=1, read_as=refused_as(error))
        return Prepared(received, [refusal(received, error, body)])

    def commit(self, prepared: Prepared) -> Sequence[Outcome]:
        """Decide and commit, and wait until it is durable.

        Raises:
            TransientError: nothing was stored; the sender may try again.
        """
        if not prepared.messages:
            return ()
        return self._ingest.accept(prepared.received, prepared.messages)

    def submit(self, prepared: Prepared, wake: Wake) -> Ticket:
        """Decide and commit without waiting; ``wake`` is called from another thread when done.

        Raises:
            Overloaded: too much waits already.
        """
        ticket = Ticket(prepared.received, prepared.messages, wake)
        self._ingest.submit(ticket)
        return ticket


def _received(
    source: Source,
    door: str,
    body: bytes,
    received_at: Instant,
    *,
    records: int,
    read_as: str,
    mapping: str = "",
) -> Received:
    return Received(
        id=new_id(received_at),
        workspace_id=source.workspace_id,
        source_id=source.id,
        door=door,
        deflated=deflate(body),
        received_at=received_at,
        records=records,
        mapping=mapping,
        read_as=read_as,
    )


def report(prepared: Prepared, outcomes: Sequence[Outcome]) -> IntakeReport:
    """Sum up what became of the records of one request."""
    accepted = duplicates = 0
    rejected: list[RejectedItem] = []
    for message, outcome in zip(prepared.messages, outcomes, strict=True):
        if isinstance(message, Unapplicable) and outcome.fate is not Fate.DUPLICATE:
            rejected.append(
                RejectedItem(message.index, message.reason, message.text, message.pointer)
            )
        elif message.part == 0:
            accepted += outcome.fate is Fate.STORED or outcome.fate is Fate.IGNORED
            duplicates += outcome.fate is Fate.DUPLICATE
    return IntakeReport(accepted, duplicates, rejected, tuple(outcomes))
