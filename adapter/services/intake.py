"""From a parsed body to outcomes: map each call, decide, commit, and say what became of it."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from adapter.clock import Instant
from adapter.doors.envelopes import Envelope, ignored, refused_body, unapplicable
from adapter.doors.operations import message_of
from adapter.doors.segment import Batch, Call, Rejected
from adapter.doors.shapes import CALL_TYPES
from adapter.errors import OperatorError, Problem, RequestError
from adapter.ids import new_id, new_ids
from adapter.jsonvalue import JSONObject
from adapter.mapping.engine import Mapped
from adapter.model.messages import Message, Unapplicable
from adapter.model.reasons import Reason
from adapter.model.workspaces import Received, Source
from adapter.rules.decision import Fate, Outcome
from adapter.services.ingest import Ingest, Ticket

_FAST = 1


class CompiledMapping(Protocol):
    """A mapping file, compiled."""

    def apply(self, call: JSONObject) -> list[Mapped]:
        """Map a call; one result per subscription that takes it."""


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """An item that went to quarantine, as its sender is told."""

    index: int
    code: str
    message: str


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
        first_item_only: bool = False,
    ) -> IntakeReport:
        """Map, decide and commit the calls of one request, in their order; wait until durable.

        Args:
            source: the sender, authenticated.
            door: which way they came.
            body: the raw bytes, kept for replay.
            batch: what the door made of them.
            received_at: when the request was accepted (T1).
            first_item_only: the signature vouches for no more than that; the others are marked.

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
            first_item_only=first_item_only,
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
        first_item_only: bool = False,
    ) -> Prepared:
        """Map the calls of one request; :meth:`receive` without the commit."""
        received = _received(source, door, body, received_at)
        if first_item_only:
            batch = batch._replace(items=[_marked(item) for item in batch.items])
        return Prepared(received, list(self._messages(source, batch, received)))

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
        received = _received(source, door, body, received_at)
        envelope = Envelope(
            id=new_id(received_at),
            workspace_id=source.workspace_id,
            source_id=source.id,
            received_id=received.id,
            message_id=None,
            index=0,
            received_at=received_at,
            record=None,
        )
        return Prepared(received, [refused_body(envelope, error, body)])

    def commit(self, prepared: Prepared) -> Sequence[Outcome]:
        """Decide and commit, and wait until it is durable.

        Raises:
            TransientError: nothing was stored; the sender may try again.
        """
        if not prepared.messages:
            return ()
        return self._ingest.accept(prepared.received, prepared.messages)

    def submit(self, prepared: Prepared, wake: Callable[[Ticket], None]) -> None:
        """Decide and commit without waiting; ``wake`` is called from another thread when done.

        Raises:
            Overloaded: too much waits already.
        """
        self._ingest.submit(Ticket(prepared.received, prepared.messages, wake))

    def _messages(self, source: Source, batch: Batch, received: Received) -> Iterator[Message]:
        mapping = self._mappings.get(source.mapping)
        if mapping is None:
            known = ", ".join(sorted(self._mappings)) or "none"
            raise OperatorError(
                f"source {source.slug!r} uses the mapping {source.mapping!r}; there are: {known}"
            )
        ids = new_ids(received.received_at)
        for item in batch.items:
            if isinstance(item, Rejected):
                envelope = _envelope(source, received, item, next(ids))
                yield unapplicable(envelope, item.problems)
            else:
                yield from _mapped(source, received, item, mapping, ids, single=batch.single)


def _mapped(
    source: Source,
    received: Received,
    call: Call,
    mapping: CompiledMapping,
    ids: Iterator[str],
    *,
    single: bool,
) -> Iterator[Message]:
    results = mapping.apply(call.payload)
    if not results:
        yield _taken_by_none(_envelope(source, received, call, next(ids)), call, single=single)
    for part, result in enumerate(results):
        envelope = _envelope(source, received, call, next(ids), part)
        if result.operation is None:
            problems = [_as_unmappable(problem) for problem in result.problems]
            yield unapplicable(envelope, problems, timestamp=result.timestamp)
        else:
            yield _without_place(
                message_of(result.operation, envelope=envelope, timestamp=result.timestamp)
            )


def _taken_by_none(envelope: Envelope, call: Call, *, single: bool) -> Message:
    """An ordinary call that no subscription takes is ignored; a strange one is kept (L3, L4)."""
    if call.type in CALL_TYPES:
        return ignored(envelope, Reason.NO_SUBSCRIPTION, timestamp=call.timestamp)
    known = ", ".join(sorted(CALL_TYPES))
    text = f"type {call.type[:40]!r} is none of {known}, and no subscription takes it"
    problem = Problem(Reason.UNSUPPORTED_TYPE, text, "/type")
    return unapplicable(envelope, [problem], timestamp=call.timestamp, refused=single)


def _without_place(message: Message) -> Message:
    """Leave out where in a mapped operation it fails; nobody ever sees that operation."""
    return replace(message, pointer="") if isinstance(message, Unapplicable) else message


def _as_unmappable(problem: Problem) -> Problem:
    return Problem(Reason.UNMAPPABLE, problem.message, problem.pointer)


def _received(source: Source, door: str, body: bytes, received_at: Instant) -> Received:
    return Received(
        id=new_id(received_at),
        workspace_id=source.workspace_id,
        source_id=source.id,
        door=door,
        deflated=zlib.compress(body, _FAST),
        received_at=received_at,
    )


def _envelope(
    source: Source, received: Received, item: Call | Rejected, message: str, part: int = 0
) -> Envelope:
    return Envelope(
        id=message,
        workspace_id=source.workspace_id,
        source_id=source.id,
        received_id=received.id,
        message_id=item.message_id,
        index=item.index,
        part=part,
        received_at=item.received_at,
        notes=item.notes if isinstance(item, Call) else (),
        record=item.record,
    )


def _marked(item: Call | Rejected) -> Call | Rejected:
    """Mark an item that no signature vouches for."""
    if isinstance(item, Rejected) or item.index == 0:
        return item
    return replace(item, notes=(*item.notes, Reason.FIRST_ITEM_VERIFIED))


def report(prepared: Prepared, outcomes: Sequence[Outcome]) -> IntakeReport:
    """Sum up what became of the records of one request."""
    accepted = duplicates = 0
    rejected: list[RejectedItem] = []
    for message, outcome in zip(prepared.messages, outcomes, strict=True):
        if isinstance(message, Unapplicable) and outcome.fate is not Fate.DUPLICATE:
            rejected.append(RejectedItem(message.index, message.reason, message.text))
        elif message.part == 0:
            accepted += outcome.fate in {Fate.STORED, Fate.IGNORED}
            duplicates += outcome.fate is Fate.DUPLICATE
    return IntakeReport(accepted, duplicates, rejected, tuple(outcomes))
