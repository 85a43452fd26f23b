"""What the product says is so, in the words of ``entries``."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from adapter.clock import Instant
from adapter.jsonvalue import loads
from adapter.model.deliveries import Delivery
from adapter.model.people import IdentifierKind, Person, PersonRef
from adapter.model.reasons import Reason
from adapter.outbox import DeliveryQuery
from adapter.ports import ActivityQuery, ActivityRow
from adapter.rules.identifiers import read_identifier
from adapter.rules.policy import policy_of
from adapter.simulation.campaigns import in_force
from adapter.simulation.entries import (
    DeliveryTold,
    Fact,
    Label,
    delivery_facts,
    is_recent,
    line_facts,
    numbered,
)
from adapter.simulation.oracle.segments import SEGMENTS
from adapter.simulation.world import World

_EVENTS = frozenset({"event", "page", "screen"})
_NO_LINES = _EVENTS | {"segment_enter", "segment_leave"}
"""Of segments it is looked who is in them, not when that was noticed."""

_COUNTED = {"anon_merge": ("count", "oldest"), "anon_unmerge": ("count", "expired")}
"""What a line of the log counts, by its type."""

_ALL = 1_000_000
_NOBODY = "friend@example.org"


class Observer:
    """Asks one tenant's side of the product everything that it can be asked, at one moment.

    Args:
        world: the product.
        number: of the tenant.
    """

    def __init__(self, world: World, number: int) -> None:
        self._world = world
        self._workspace = world.tenants[number]
        self._store = world.store.as_store()
        self._now = world.clock.now()
        self._labels: dict[str, Label | None] = {}

    def facts(self, refs: Iterable[str], anonymous_ids: Iterable[str]) -> Iterator[Fact]:
        """Tell what is so now; the rule of a fact is the expectation's to name.

        Args:
            refs: bare identifiers that anybody was ever called by.
            anonymous_ids: those ever seen.
        """
        events, lines = self._log
        yield Fact("", "the log", "order of events", [_name(row) for row in events])
        numbers: Counter[str] = Counter()
        for row in events:
            numbers[_name(row)] += 1
            yield from _event_facts(row, numbers[_name(row)])
        yield from line_facts(_line_told(row) for row in lines)
        for ref in refs:
            yield from self._person_facts(ref)
        invited = self._store.find_person(self._workspace.id, read_identifier(_NOBODY))
        yield Fact("", "invites", "people created", 0 if invited is None else 1)
        for anonymous_id in anonymous_ids:
            yield from self._id_facts(anonymous_id)
        for ledger in self._store.ledger(self._workspace.id):
            if ledger.count:
                source = self._world.source_names[ledger.source_id]
                yield Fact("", "ledger", f"{source} {ledger.hour} {ledger.fate}", ledger.count)
        yield Fact("", "quarantine", "reasons", self._quarantine())

    def starts(self) -> Iterator[Fact]:
        """Tell what events started, and what has become of it (C4, L5)."""
        events, _ = self._log
        campaigns = [campaign for _, campaign in in_force().campaigns]
        starting = {(campaign.kind.value, campaign.name) for campaign in campaigns}
        numbers: Counter[str] = Counter()
        for row in events:
            numbers[_name(row)] += 1
            about = numbered(f"event {_name(row)}", numbers[_name(row)])
            if (row.type, row.name) not in starting:
                continue
            for trigger in self._store.outbox.triggers(self._workspace.id, row.id):
                label = None if trigger.person_id is None else self._label(trigger.person_id)
                told = (trigger.reason.value, trigger.at, label)
                yield Fact("", about, f"start of {trigger.campaign}", told)
        query = DeliveryQuery(workspace_id=self._workspace.id, limit=_ALL)
        deliveries = self._store.outbox.deliveries(query)
        recent = (each for each in deliveries if is_recent(each.created_at, self._now))
        yield from delivery_facts(map(self._delivery_told, recent))

    def segments(self) -> Iterator[Fact]:
        """Tell who is in which segment (C6)."""
        for segment in SEGMENTS:
            found = self._store.memberships.members(self._workspace.id, segment)
            labels = sorted(map(self._label, found), key=repr)
            yield Fact("", f"segment {segment}", "members", labels)

    def _delivery_told(self, delivery: Delivery) -> DeliveryTold:
        label = None if delivery.person_id is None else self._label(delivery.person_id)
        return (
            delivery.endpoint.removeprefix("campaigns/"),
            delivery.event_id or delivery.name,
            label,
            delivery.recipient,
            delivery.state.value,
            delivery.attempt,
        )

    def contents(self) -> dict[str, tuple[Any, ...]]:
        """Give what must never change of an event, by our id (M9)."""
        events, _ = self._log
        return {
            row.id: (row.event_id, row.type, row.name, row.data, row.occurred_at, row.received_at)
            for row in events
        }

    def ahead(self) -> list[str]:
        """List what bears a time of ours that the clock has not reached (T5)."""
        events, lines = self._log
        return [row.id for row in (*events, *lines) if self._is_ahead(row)]

    def _is_ahead(self, row: ActivityRow) -> bool:
        return row.received_at > self._now or (row.processed_at or 0) > self._now

    def unexplained(self) -> list[str]:
        """List events whose reason ``explain`` tells otherwise, or not at all (A3)."""
        events, _ = self._log
        return [
            row.id
            for row in events[-3:]
            if row.view == "identified"
            and self._world.services.explaining.event(self._workspace, row.id)["reason"]
            != row.reason
        ]

    @cached_property
    def _log(self) -> tuple[list[ActivityRow], list[ActivityRow]]:
        query = ActivityQuery(
            workspace_id=self._workspace.id,
            alive_after=self._expired,
            limit=_ALL,
        )
        rows = self._store.activities(query)[::-1]
        events = [row for row in rows if row.type in _EVENTS]
        return events, [row for row in rows if row.type not in _NO_LINES]

    def _quarantine(self) -> list[str]:
        rows = self._store.quarantine(self._workspace.id, after=self._expired, limit=_ALL)
        return sorted(row.reason for row in rows)

    @property
    def _expired(self) -> Instant:
        return policy_of(self._workspace.settings).alive_after(self._now)

    def _person_facts(self, ref: str) -> Iterator[Fact]:
        person = self._store.find_person(self._workspace.id, read_identifier(ref))
        if person is None:
            return
        for kind, text in person.identifiers.items():
            if text != ref:
                continue
            yield Fact("", f"person {ref}", f"found by {kind}", _label_of(person))
            for key, held in person.attributes.items():
                yield Fact("", f"person {ref}", f"attribute {key}", (held.value, held.at))

    def _id_facts(self, anonymous_id: str) -> Iterator[Fact]:
        about = f"anonymous id {anonymous_id}"
        fact = self._store.find_anonymous_id(self._workspace.id, anonymous_id)
        assigned = pending = None
        if fact is not None and fact.person_id is not None:
            assigned = (self._label(fact.person_id), fact.assigned_at)
        if fact is not None and fact.pending_person_id is not None:
            pending = (self._label(fact.pending_person_id), fact.pending_at)
        yield Fact("", about, "assigned", assigned)
        yield Fact("", about, "pending", pending)

    def _label(self, person_id: str) -> Label | None:
        if person_id not in self._labels:
            ref = PersonRef(IdentifierKind.CIO_ID, person_id)
            person = self._store.find_person(self._workspace.id, ref)
            self._labels[person_id] = None if person is None else _label_of(person)
        return self._labels[person_id]


def _name(row: ActivityRow) -> str:
    return row.event_id or f"{row.name} at {row.received_at}"


def _event_facts(row: ActivityRow, number: int) -> Iterator[Fact]:
    about = numbered(f"event {_name(row)}", number)
    owner = None if row.person_id is None else _row_label(row)
    yield Fact("", about, "reason", Reason(row.reason).value)
    yield Fact("", about, "view", row.view)
    yield Fact("", about, "owner", owner)
    yield Fact("", about, "received at", row.received_at)
    yield Fact("", about, "occurred at", row.occurred_at)
    yield Fact("", about, "notes", sorted(row.notes))
    yield Fact("", about, "was anonymous", row.was_anonymous)
    yield Fact("", about, "anonymous id", row.anonymous_id)
    yield Fact("", about, "processed at", row.processed_at)
    yield Fact("", about, "recipient", row.recipient)
    yield Fact("", about, "trigger", row.trigger)


def _line_told(row: ActivityRow) -> tuple[str, str, Any]:
    numbers: tuple[int, ...] = ()
    anonymous_id = row.anonymous_id
    if row.type in _COUNTED:
        data = loads(row.data)
        numbers = tuple(data[name] for name in _COUNTED[row.type])
        anonymous_id = data["anonymous_id"]
    label = None if row.person_id is None else _row_label(row)
    told = (label, anonymous_id, row.received_at, row.event_id, numbers)
    return row.type, row.reason, told


def _row_label(row: ActivityRow) -> Label:
    return row.identifiers.get("id"), row.identifiers.get("email")


def _label_of(person: Person) -> Label:
    names = person.identifiers
    return names.get(IdentifierKind.ID), names.get(IdentifierKind.EMAIL)
