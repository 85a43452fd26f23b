"""From a door's items to messages: calls are mapped, operations are native already."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from adapter.doors.envelopes import Envelope, ignored, refused_body, unapplicable
from adapter.doors.items import Batch, Call, Dropped, Erased, Item, Operation, Rejected, Told
from adapter.doors.native.reports import metric_operation
from adapter.doors.operations import message_of
from adapter.doors.shapes import CALL_TYPES
from adapter.errors import OperatorError, Problem, RequestError
from adapter.ids import following_ids
from adapter.jsonvalue import JSONObject, JSONValue
from adapter.mapping.actions.operation import METRICS
from adapter.mapping.engine import Mapped
from adapter.model.messages import Identify, InviteEvent, Message, Unapplicable
from adapter.model.reasons import Reason
from adapter.model.workspaces import Received, Source

_NOTED = (Call, Operation)
_PUBLIC = frozenset({"person event", "person page", "person screen", "person identify"})
"""What somebody may do whose credential everybody can read (contracts 5.3)."""


class CompiledMapping(Protocol):
    """A mapping file, compiled.

    Attributes:
        text: of the file.
        digest: stands for the text.
    """

    text: str
    digest: str

    def apply(self, call: JSONObject) -> list[Mapped]:
        """Map a call; one result per subscription that takes it."""


class Composer:
    """Makes the messages of one request.

    Args:
        source: whose it is.
        request: our id of it, which those of its messages follow.
        mappings: compiled mapping files by name.
        public: its credential is one that everybody can read; it may do public things only.
    """

    def __init__(
        self,
        source: Source,
        request: str,
        mappings: Mapping[str, CompiledMapping],
        *,
        public: bool = False,
    ) -> None:
        self._source = source
        self._request = request
        self._mappings = mappings
        self._public = public
        self._ids = following_ids(request)

    def messages(self, batch: Batch) -> list[Message]:
        """Make the messages of all items, in their order.

        Raises:
            OperatorError: there is a call, and the source's mapping file is missing.
        """
        made: list[Message] = []
        for item in batch.items:
            made.extend(self._of(item, single=batch.single))
        return list(_told(made)) if batch.strict else made

    def _of(self, item: Item, *, single: bool) -> Iterable[Message]:
        match item:
            case Call():
                return self._mapped(item, single=single)
            case Operation():
                envelope = self._envelope(item, item.part)
                return [self._message(item.record, envelope, item.timestamp)]
            case Rejected():
                return [unapplicable(self._envelope(item), item.problems)]
            case Erased():
                next(self._ids)  # as if one message had come of it, as mostly does
                return []
            case Dropped():
                return [ignored(self._envelope(item), item.reason, timestamp=item.timestamp)]

    def _mapped(self, call: Call, *, single: bool) -> Iterator[Message]:
        results = self._mapping().apply(call.payload)
        if not results:
            yield _taken_by_none(self._envelope(call), call, single=single)
        for part, result in enumerate(results):
            envelope = self._envelope(call, part)
            if result.operation is None:
                problems = [_as_unmappable(problem) for problem in result.problems]
                yield unapplicable(envelope, problems, timestamp=result.timestamp)
            else:
                operation = result.operation
                if result.path == METRICS:
                    operation = metric_operation(operation)
                message = self._message(operation, envelope, result.timestamp)
                if result.path == METRICS:
                    # Sent on as it would be sent there.
                    message = replace(message, native=result.operation)
                yield _without_place(message)

    def _message(self, operation: JSONObject, envelope: Envelope, timestamp: JSONValue) -> Message:
        message = message_of(operation, envelope=envelope, timestamp=timestamp)
        if self._public and not _is_public(operation, message):
            what = f"{operation.get('type')} {operation.get('action')}"
            text = f"a public site id may not do {what!r}, relate people to objects, or invite"
            return unapplicable(envelope, [Problem(Reason.NOT_PUBLIC, text)], refused=True)
        return message

    def _mapping(self) -> CompiledMapping:
        mapping = self._mappings.get(self._source.mapping)
        if mapping is None:
            known = ", ".join(sorted(self._mappings)) or "none"
            raise OperatorError(
                f"source {self._source.slug!r} uses the mapping {self._source.mapping!r}; "
                f"there are: {known}"
            )
        return mapping

    def _envelope(self, item: Told, part: int = 0) -> Envelope:
        return Envelope(
            id=next(self._ids),
            workspace_id=self._source.workspace_id,
            source_id=self._source.id,
            received_id=self._request,
            message_id=item.message_id,
            index=item.index,
            part=part,
            received_at=item.received_at,
            notes=item.notes if isinstance(item, _NOTED) else (),
            record=item.record,
        )


def refusal(received: Received, error: RequestError, body: bytes) -> Message:
    """Make the one message of a body that was refused whole (L4)."""
    envelope = Envelope(
        id=next(following_ids(received.id)),
        workspace_id=received.workspace_id,
        source_id=received.source_id,
        received_id=received.id,
        message_id=None,
        index=0,
        received_at=received.received_at,
        record=None,
    )
    return refused_body(envelope, error, body)


def _is_public(operation: JSONObject, message: Message) -> bool:
    """Tell whether an operation harms nobody, whoever sends it; an invite would send mail."""
    what = f"{operation.get('type')} {operation.get('action')}"
    if isinstance(message, Identify) and (message.relations or message.unrelated):
        return False
    return what in _PUBLIC and not isinstance(message, InviteEvent)


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


def _told(messages: Sequence[Message]) -> Iterator[Message]:
    """Refuse records whose sender is told so: nothing of them may have an effect (6.4.15).

    Of a record in several parts the first that cannot be applied stands for all. A junk id is not
    for its sender to mend: it is kept in quarantine, and that is no refusal (K7).
    """
    wrong: dict[int, Unapplicable] = {}
    for message in messages:
        if isinstance(message, Unapplicable):
            wrong.setdefault(message.index, message)
    for message in messages:
        found = wrong.get(message.index)
        if found is None:
            yield message
        elif found is message:
            yield replace(found, part=0, refused=found.reason is not Reason.JUNK_ID)
