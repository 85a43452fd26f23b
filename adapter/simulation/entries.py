"""What is compared: single facts, each under the number of the rule that demands it.

Oracle and product are told in the same words, so that equality is the whole comparison. No id of
ours is among them, for those differ from run to run.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from adapter.simulation.oracle.campaigns import OneDelivery, OneStart
from adapter.simulation.oracle.model import Oracle
from adapter.simulation.oracle.reading import is_junk
from adapter.simulation.oracle.segments import SEGMENTS, members
from adapter.simulation.oracle.state import DAY, OneEvent, OneLine, OnePerson

RULE_OF_REASON = {
    "identified": "K1", "awaiting_identify": "K2", "invite": "K3", "junk_id": "K6",
    "merged": "M2", "merged_in_window": "M3", "window_closed": "M4", "merging_off": "M8",
    "expired": "R1", "assigned": "M1", "anonymous_id_already_assigned": "M5",
    "anonymous_id_already_assigned_to_same_person": "M6", "reassigned_to_same_person": "M6",
    "person_created": "K5", "attributes_applied": "P4", "nothing_changed": "P4",
    "duplicate_conflict": "L1", "identifier_taken": "P3", "identifier_change_refused": "P3",
    "older_than_current": "P4", "people_merged": "P5", "no_subject": "K4",
    "anonymous_id_used_up": "R4", "unmerged": "M12", "person_deleted": "P6",
    "person_suppressed": "P6", "person_unsuppressed": "P6", "suppressed": "P6", "erased": "P6",
    "recipient_suppressed": "C5",
}  # fmt: skip
_RULE_OF_TYPE = {
    "anon_merge": "A1", "setting_change": "M8", "failed_event": "L3",
    "sent_webhook": "L5", "failed_webhook": "L5",
}  # fmt: skip
_RULE_OF_TRIGGER = {None: "C1", "triggers_off": "C8"}


Label = tuple[str | None, str | None]
DeliveryTold = tuple[str, str, Label | None, str | None, str, int]
"""Campaign, event, person, recipient, state and number of tries."""


class Fact(NamedTuple):
    """One thing that must be so.

    Attributes:
        rule: its number.
        about: what it is about.
        aspect: which side of it.
        value: how it is.
    """

    rule: str
    about: str
    aspect: str
    value: Any

    @property
    def key(self) -> tuple[str, str]:
        """Give by what it is found on the other side."""
        return self.about, self.aspect


def expected_facts(oracle: Oracle, now: int) -> Iterator[Fact]:
    """Tell what the oracle says is so at an instant."""
    alive = [event for event in oracle.events if oracle.alive(event, now)]
    yield Fact("T1", "the log", "order of events", [event_name(e) for e in alive])
    seen = {event_name(event) for event in alive}
    for event in oracle.events:
        if not oracle.alive(event, now) and event_name(event) not in seen:
            yield Fact("R1", f"event {event_name(event)}", "reason", None)
    for about, event in _named(alive):
        yield from _event_facts(about, event)
    yield from line_facts(map(_line_told, oracle.lines))
    for person in oracle.people.all:
        yield from _person_facts(person)
    yield Fact("K3", "invites", "people created", 0)
    yield from _id_facts(oracle, now)
    for (source, hour, fate), count in sorted(oracle.ledger.items()):
        yield Fact("L4", "ledger", f"{source} {hour} {fate}", count)
    since = oracle.rules.alive_after(now)
    kept = [entry.reason for entry in oracle.quarantine if entry.received_at > since]
    yield Fact("L3", "quarantine", "reasons", sorted(kept))


def expected_starts(oracle: Oracle, now: int) -> Iterator[Fact]:
    """Tell what the oracle says was started, and what has become of it."""
    started: defaultdict[int, list[OneStart]] = defaultdict(list)
    for start in oracle.starts.starts:
        started[id(start.event)].append(start)
    for about, event in _named(event for event in oracle.events if oracle.alive(event, now)):
        for start in started[id(event)]:
            rule = "C5" if start.person is None else "C4"
            label = None if start.person is None else start.person.label
            told = (start.reason, start.at, label)
            yield Fact(rule, about, f"start of {start.campaign}", told)
    recent = (each for each in oracle.starts.deliveries if is_recent(each.created_at, now))
    yield from delivery_facts(map(_delivery_told, recent))


def is_recent(created_at: int, now: int) -> bool:
    """Tell whether a delivery is sure to be kept still: those settled go after 90 days."""
    return created_at > now - 90 * DAY


def expected_segments(oracle: Oracle, now: int) -> Iterator[Fact]:
    """Tell who the oracle says is in which segment."""
    for segment in SEGMENTS:
        labels = [person.label for person in members(oracle, segment, now)]
        yield Fact("C6", f"segment {segment}", "members", sorted(labels, key=repr))


def delivery_facts(deliveries: Iterator[DeliveryTold]) -> Iterator[Fact]:
    """Count the deliveries that are alike."""
    for (campaign, *told), count in sorted(Counter(deliveries).items(), key=repr):
        yield Fact("L5", f"delivery of {campaign}", str(tuple(told)), count)


def _delivery_told(delivery: OneDelivery) -> DeliveryTold:
    event, person = delivery.event, delivery.person
    label = None if person is None else person.label
    name = event.message_id or event.name
    # An outbox names addresses in the case that counts; what is sent bears them as they came.
    recipient = None if event.recipient is None else event.recipient.casefold()
    return delivery.campaign, name, label, recipient, delivery.state, delivery.tries


def _named(events: Iterable[OneEvent]) -> Iterator[tuple[str, OneEvent]]:
    """Give events with what each is called in facts; those of one name are numbered."""
    numbers: Counter[str] = Counter()
    for event in events:
        name = event_name(event)
        numbers[name] += 1
        yield numbered(f"event {name}", numbers[name]), event


def numbered(about: str, number: int) -> str:
    """Tell things of one name apart."""
    return about if number == 1 else f"{about} ({number})"


def event_name(event: OneEvent) -> str:
    """Name an event by its sender's id, one without by what it says."""
    return event.message_id or f"{event.name} at {event.received_at}"


def line_facts(lines: Iterator[tuple[str, str, Any]]) -> Iterator[Fact]:
    """Count the lines of the log that say the same, since nothing else tells them apart."""
    for (kind, reason, told), count in sorted(Counter(lines).items(), key=repr):
        rule = _RULE_OF_TYPE.get(kind) or RULE_OF_REASON.get(reason, "L4")
        if reason == "duplicate_conflict":
            rule = "L1"
        yield Fact(rule, f"line {kind} {reason}", str(told), count)


def _event_facts(about: str, event: OneEvent) -> Iterator[Fact]:
    rule = RULE_OF_REASON[event.reason]
    owner = None if event.owner is None else event.owner.label
    yield Fact(rule, about, "reason", event.reason)
    yield Fact("R3" if event.owner else "A2", about, "view", event.view)
    yield Fact("M10" if event.was_anonymous else rule, about, "owner", owner)
    yield Fact("T2" if "received_at_refused" in event.notes else "T1", about, "received at",
               event.received_at)  # fmt: skip
    yield Fact("T4" if "timestamp_unreadable" in event.notes else "T3", about, "occurred at",
               event.occurred_at)  # fmt: skip
    yield Fact("T2" if "received_at_refused" in event.notes else "K2", about, "notes",
               sorted(event.notes))  # fmt: skip
    yield Fact("M9", about, "was anonymous", event.was_anonymous)
    yield Fact("M9" if event.was_anonymous else "K2", about, "anonymous id", event.anonymous_id)
    yield Fact("M9" if event.was_anonymous else "K1", about, "processed at", event.processed_at)
    yield Fact("C5" if event.recipient else "K3", about, "recipient", event.recipient)
    trigger_rule = _RULE_OF_TRIGGER.get(event.trigger, "C2" if event.was_anonymous else "C3")
    if event.owner is not None and event.owner.former:
        trigger_rule = "C7"
    yield Fact(trigger_rule, about, "trigger", event.trigger)


def _line_told(line: OneLine) -> tuple[str, str, Any]:
    label = None if line.person is None else line.person.label
    told = (label, line.anonymous_id, line.received_at, line.message_id, line.numbers)
    return line.type, line.reason, told


def _person_facts(person: OnePerson) -> Iterator[Fact]:
    for kind, text in person.names.items():
        about = f"person {text}"
        yield Fact("P1" if kind == "email" else "P2", about, f"found by {kind}", person.label)
        for key, (value, at) in person.attributes.items():
            rule = "M7" if key == "anonymous_id" else "P4"
            yield Fact(rule, about, f"attribute {key}", (value, at))


def _id_facts(oracle: Oracle, now: int) -> Iterator[Fact]:
    for anonymous_id in sorted({e.anonymous_id for e in oracle.events if e.anonymous_id}):
        about = f"anonymous id {anonymous_id}"
        assigned = oracle.assigned.get(anonymous_id)
        pending = oracle.pending.get(anonymous_id)
        rule = "K6" if is_junk(anonymous_id) else "M1"
        if assigned is not None and assigned.at <= oracle.rules.alive_after(now):
            rule = "R4"
        value = None if assigned is None else (assigned.person.label, assigned.at)
        yield Fact(rule, about, "assigned", value)
        value = None if pending is None else (pending.person.label, pending.at)
        yield Fact("M8", about, "pending", value)
