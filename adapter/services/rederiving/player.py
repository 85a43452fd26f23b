"""Plays what was accepted into a store: each request is decided and committed, each act done."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from adapter.clock import HOUR, ManualClock
from adapter.doors.items import OPERATOR
from adapter.errors import AdapterError
from adapter.ids import request_digits
from adapter.model.in_force import InForce
from adapter.model.people import PersonRef
from adapter.model.workspaces import Received, Workspace
from adapter.ports import Store, Transaction
from adapter.rules.decide import decide
from adapter.rules.decision import Decision, Fate
from adapter.rules.erasure import is_erased
from adapter.rules.facts import DeliveryKey
from adapter.rules.needs import needs_of
from adapter.services.acts import Act, ActStamp, told_of
from adapter.services.composing import CompiledMapping
from adapter.services.quarantine import Quarantine
from adapter.services.rederiving.rereader import Recalled, Rereader, Unreadable
from adapter.services.rederiving.twin import Twin
from adapter.services.settings_changes import (
    SettingsChange,
    SourceChange,
    apply_change,
    note_change,
)
from adapter.services.unmerging import Unmerging

_NO_FILES = InForce()
"""Campaigns start nothing here, and nothing is sent on: what was sent was sent."""

Recipients = Callable[[str], PersonRef | None]
"""Tells whom a delivery is about, by its id; no request says."""


@dataclass(frozen=True, slots=True)
class Unplayed:
    """Something accepted that could not be played, and why."""

    id: str
    door: str
    why: str


@dataclass(slots=True)
class Played:
    """What was played, counted.

    Attributes:
        touched: by what the ids of requests begin of which somebody was erased; not all that came
            of them then can come of them again.
    """

    requests: int = 0
    records: int = 0
    acts: int = 0
    unplayed: list[Unplayed] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)


class Player:
    """Plays what one workspace accepted into its twin.

    Args:
        target: where the twin is; nothing else may write to it.
        twin: of the workspace.
        rereader: makes messages of what was accepted.
        recipients: tells whom deliveries are about.
        group: most messages in one transaction, unless one request alone has more.
        keeps: bodies and mapping files are kept in the target as well.
    """

    def __init__(
        self,
        target: Store,
        twin: Twin,
        rereader: Rereader,
        recipients: Recipients,
        *,
        group: int = 1,
        keeps: bool = False,
    ) -> None:
        self._target = target
        self._twin = twin
        self._rereader = rereader
        self._recipients = recipients
        self._group = group
        self._keeps = keeps
        self._kept_mappings: set[str] = set()
        self._waiting: list[tuple[Received, Recalled]] = []
        self._size = 0
        self.played = Played()

    def play(self, accepted: Iterable[Received]) -> Played:
        """Play all of it, in the order given."""
        for each in accepted:
            try:
                self._act(each) if each.door == OPERATOR else self._request(each)
            except Unreadable as error:
                self.played.unplayed.append(Unplayed(each.id, each.door, error.message))
        self._flush()
        return self.played

    def _request(self, kept: Received) -> None:
        source = self._twin.sources[kept.source_id]
        own = replace(kept, workspace_id=source.workspace_id, source_id=source.id)
        recalled = self._rereader.read(own, source)
        self.played.requests += 1
        self.played.records += kept.records
        if recalled.touched:
            self.played.touched.add(request_digits(kept.id))
        self._keep_mapping(kept.mapping)
        if self._size + len(recalled.messages) > self._group:
            self._flush()
        self._waiting.append((own, recalled))
        self._size += len(recalled.messages)

    def _keep_mapping(self, digest: str) -> None:
        text = self._rereader.find_mapping(digest) if self._keeps and digest else None
        if text is not None and digest not in self._kept_mappings:
            self._target.keep_mapping(digest, text)
            self._kept_mappings.add(digest)

    def _flush(self) -> None:
        if not self._waiting:
            return
        group, self._waiting, self._size = self._waiting, [], 0
        messages = [message for _, recalled in group for message in recalled.messages]
        bodies = [body for body, _ in group] if self._keeps else []
        needs = needs_of(messages, _NO_FILES)
        about = self._about(needs.deliveries)
        refs = {(key[0], ref) for key, ref in about.items()}
        needs = replace(needs, refs=needs.refs | refs)

        def work(transaction: Transaction) -> None:
            facts = transaction.facts(needs)
            facts.recipients = {**facts.recipients, **about}
            decision = decide(messages, facts)
            for body, recalled in group:
                _count_erased(body, recalled.erased, decision)
            transaction.commit(decision, bodies)

        self._target.write(work)

    def _about(self, deliveries: Iterable[DeliveryKey]) -> dict[DeliveryKey, PersonRef]:
        found = ((key, self._recipients(key[1])) for key in deliveries)
        return {key: ref for key, ref in found if ref is not None}

    def _act(self, kept: Received) -> None:
        self._flush()
        told = told_of(kept)
        if is_erased(told):
            return
        stamp = ActStamp.of(kept)
        clock, workspace = ManualClock(stamp.at), self._workspace()
        self.played.acts += 1
        self._keep_mapping(kept.mapping)
        try:
            match Act(told["act"]):
                case Act.SETTINGS:
                    change = SettingsChange(
                        workspace_id=workspace.id,
                        changes=told["changes"],
                        triggers=told["triggers"],
                    )
                    self._target.write(lambda tx: apply_change(tx, change, stamp, _NO_FILES))
                case Act.SOURCE:
                    noted = SourceChange(workspace.id, told["source"], told["changes"])
                    self._target.write(lambda tx: note_change(tx, noted, stamp))
                case Act.UNMERGE:
                    Unmerging(self._target, clock).unmerge(workspace, told["anonymous_id"], stamp)
                case Act.RETRY:
                    quarantine = Quarantine(self._target, clock, self._mappings(kept))
                    quarantine.retry(workspace, told["record"], stamp, told["request"])
        except AdapterError as error:
            raise Unreadable(f"{told['act']} cannot be done again: {error.message}") from error

    def _workspace(self) -> Workspace:
        """Give the twin with its settings as they are now."""
        known = self._target.workspaces()
        return next(each for each in known if each.id == self._twin.workspace.id)

    def _mappings(self, kept: Received) -> Mapping[str, CompiledMapping]:
        if not kept.mapping:
            return {}
        compiled = self._rereader.mapping(kept.mapping)
        return {source.mapping: compiled for source in self._twin.sources.values()}


def _count_erased(body: Received, erased: int, decision: Decision) -> None:
    """Count records that were erased as stored, for whatever else they were cannot be told (L4)."""
    if erased:
        key = (body.workspace_id, body.source_id, body.received_at // HOUR, Fate.STORED)
        decision.ledger[key] = decision.ledger.get(key, 0) + erased
