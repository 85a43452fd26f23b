"""One record's retry: what of it had no effect yet is decided and committed (L3, L4)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from adapter.clock import HOUR
from adapter.ids import instant_of_id
from adapter.model.in_force import InForce
from adapter.model.messages import Message, Unapplicable
from adapter.model.reasons import Reason
from adapter.model.workspaces import Received
from adapter.ports import QuarantineRow, Transaction
from adapter.rules.decide import content_of, decide
from adapter.rules.decision import Decision, Fate, Outcome, Release
from adapter.rules.facts import SUPERSEDED, Facts, MessageKey
from adapter.rules.needs import key_of, needs_of

_ID_STEP = 1 << 8
"""From the id of a record's part to that of the next (``ids.new_ids``)."""

_PARTS_LOOKED_FOR = 32

_NOTHING_LEFT = Outcome(Fate.IGNORED, (Reason.NO_SUBSCRIPTION,))
_HAD_EFFECT = Outcome(Fate.DUPLICATE, (Reason.DUPLICATE,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """What a retry did.

    Attributes:
        id, event_id: of the record: ours, and the sender's if it bears one.
        fate: what the record is now; None where it was not tried.
        reason: why; "" where it was not tried.
        text: what is still wrong, or why it was not tried; "" for nothing.
    """

    id: str
    event_id: str | None
    fate: Fate | None
    reason: str = ""
    text: str = ""

    @property
    def released(self) -> bool:
        """Tell whether the record has left the quarantine."""
        return self.fate in {Fate.STORED, Fate.IGNORED, Fate.DUPLICATE}


class Retry:
    """One record's retry inside its transaction.

    Args:
        row: the record as it is kept: one part of what its sender sent.
        messages: all parts of it, as the present mapping gives them.
        keep: makes what is kept of the retry, from what it is to tell of it.
        in_force: what the operator's files say.
    """

    def __init__(
        self,
        row: QuarantineRow,
        messages: Sequence[Message],
        keep: Callable[..., Received],
        in_force: InForce,
    ) -> None:
        self._keep = keep
        self._in_force = in_force
        self._row = row
        self._messages = messages
        self._own = next((m for m in messages if m.part == row.part), None)

    def run(self, transaction: Transaction) -> Retried:
        """Decide and commit."""
        if isinstance(self._own, Unapplicable):
            transaction.commit(self._back(self._own), [self._keep(fate=self._row_fate)])
            return self._told(self._row_fate, self._own.reason, self._own.text)
        earlier = {part: self._key(part) for part in range(self._parts)}
        needs = needs_of(self._messages, self._in_force)
        workspaces = frozenset({self._row.workspace_id})
        keys = needs.keys | frozenset(earlier.values())
        facts = transaction.facts(replace(needs, workspaces=workspaces, keys=keys))
        wanted = list(self._wanted(facts, earlier))
        decision = decide(wanted, facts)
        outcome = self._outcome(wanted, decision)
        decision.released.append(Release(workspace_id=self._row.workspace_id, id=self._row.id))
        if self._row.part == 0:
            self._move(decision, outcome.fate)
        known = None if self._own is None else facts.keys.get(key_of(self._own))
        told = {} if known is None else {"home": known.home, "became": known.record}
        transaction.commit(decision, [self._keep(fate=outcome.fate, **told)])
        return self._told(outcome.fate, outcome.reasons[0], "")

    def _wanted(self, facts: Facts, earlier: dict[int, MessageKey]) -> Iterator[Message]:
        """Give the messages that had no effect yet.

        Of the record's other parts nothing is run that was kept when it came; and where the
        mapping now numbers parts otherwise, nothing that another part said already.
        """
        known = {part: facts.keys[key] for part, key in earlier.items() if key in facts.keys}
        said = {
            fact.content
            for part, fact in known.items()
            if part != self._row.part and fact.home not in SUPERSEDED
        }
        for message in self._messages:
            is_new = message.part == self._row.part or message.part not in known
            if is_new and content_of(message) not in said:
                yield message

    def _outcome(self, wanted: Sequence[Message], decision: Decision) -> Outcome:
        """Tell what became of the part that was in quarantine."""
        for message, outcome in zip(wanted, decision.outcomes, strict=True):
            if message is self._own:
                return outcome
        return _NOTHING_LEFT if self._own is None else _HAD_EFFECT

    def _move(self, decision: Decision, fate: Fate) -> None:
        """Count the record where it is now, and no longer where it was: in the same hour (L4)."""
        row, ledger = self._row, decision.ledger
        place = (row.workspace_id, row.source_id, instant_of_id(row.id) // HOUR)
        ledger.clear()
        for each, change in ((self._row_fate, -1), (fate, +1)):
            key = (*place, each)
            ledger[key] = ledger.get(key, 0) + change

    def _back(self, message: Unapplicable) -> Decision:
        """Put the record back as it was, with its new reason."""
        row = self._row
        kept = replace(
            message, id=row.id, message_id=row.message_id, raw=row.raw, refused=row.refused
        )
        release = Release(workspace_id=row.workspace_id, id=row.id)
        return Decision(released=[release], quarantined=[kept])

    @property
    def _row_fate(self) -> Fate:
        return Fate.REFUSED if self._row.refused else Fate.QUARANTINED

    @property
    def _parts(self) -> int:
        """The mapping of that time may have made more parts than the present one does."""
        parts = (message.part + 1 for message in self._messages)
        return max(_PARTS_LOOKED_FOR, self._row.part + 1, *parts)

    def _key(self, part: int) -> MessageKey:
        """Give the key under which a part of the record was kept when it came (L1)."""
        text = self._row.message_id or _id_of_part(self._row, part)
        return (self._row.workspace_id, f"{text}#{part}" if part else text)

    def _told(self, fate: Fate, reason: Reason, text: str) -> Retried:
        return Retried(
            id=self._row.id, event_id=self._row.message_id, fate=fate, reason=reason, text=text
        )


def _id_of_part(row: QuarantineRow, part: int) -> str:
    return str(UUID(int=UUID(row.id).int + _ID_STEP * (part - row.part)))
