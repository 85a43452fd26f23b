"""The oracle: one workspace, record by record, in order of acceptance."""

from collections.abc import Iterable
from dataclasses import dataclass

from adapter.simulation.oracle.holdings import Holdings
from adapter.simulation.oracle.leaving import ABOUT_PEOPLE, leave, refused_as_suppressed
from adapter.simulation.oracle.people import Update, addressed
from adapter.simulation.oracle.reading import (
    forwarded,
    is_junk,
    is_non_value,
    name_of,
    times_of,
)
from adapter.simulation.oracle.said import Said
from adapter.simulation.oracle.state import (
    HOUR,
    SECOND,
    Came,
    Claimed,
    OneEvent,
    OneLine,
    OnePerson,
    Seen,
)

_EVENTS = ("event", "page", "screen")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a request is taken in, besides its records.

    Attributes:
        triggers: off, what is sent triggers nothing (C8).
        forwards: the door does what Segment does before it forwards a call (contracts 2.6).
        tells: the sender is told what is wrong; the record is refused, and its id stays free.
    """

    triggers: bool = True
    forwards: bool = False
    tells: bool = False


PLAINLY = Manner()


class Oracle(Holdings):
    """What a workspace must hold, and how each record changes it."""

    def __init__(self) -> None:
        super().__init__()
        self._arrivals: dict[str, list[OneEvent]] = {}
        self._how = PLAINLY

    def request(
        self, now: int, source: str, clock: str, said: Iterable[Said], how: Manner = PLAINLY
    ) -> list[Came]:
        """Accept the records of one request, in array order (T1)."""
        self._arrivals = {}
        self._how = how
        came = []
        for each in said:
            record, noticed = forwarded(each, now) if how.forwards else (each, ())
            received_at, occurred_at, notes = times_of(
                record, now, clock, self.rules.alive_after(now)
            )
            notes = (*notes, *noticed, *(() if how.triggers else ("triggers_off",)))
            became = self._once(record, received_at, occurred_at, notes)
            self.ledger[source, now // HOUR, became.fate] += 1
            came.append(became)
        for anonymous_id, events in self._arrivals.items():
            first = events[0]
            self._log_merge(anonymous_id, events, first.received_at, "merged_in_window")
        self._how = PLAINLY
        return came

    def refuse(self, now: int, source: str, clock: str, said: Said) -> None:
        """L3: a lone record of no known type; its sender is told to give up, its id stays free."""
        received_at, _, _ = times_of(said, now, clock, self.rules.alive_after(now))
        self.keep(said.broken, received_at, said)
        self.ledger[source, now // HOUR, "refused"] += 1

    def change(self, now: int, name: str, value: object) -> None:
        """M8: an operator changes a setting; merging switched on catches up."""
        was_on, expired = self.rules.merging, self.rules.alive_after(now)
        if name == "retention" and isinstance(value, int) and value > self.rules.retention:
            self.rules.expired_until = expired  # R1: what has expired stays so
        setattr(self.rules, name, value)
        self.lines.append(OneLine("setting_change", "setting_changed", now))
        if self.rules.merging and not was_on:
            self._catch_up(now)

    # --- one record -------------------------------------------------------------------------

    def _once(self, said: Said, received_at: int, occurred_at: int, notes: tuple[str, ...]) -> Came:
        """L1: a repeat is stored once; what had no effect may be sent again, mended."""
        wrong = wrong_with(said)
        if wrong and self._how.tells and wrong != "junk_id":
            self.keep(wrong, received_at, said)
            return Came("refused", wrong)
        repeated = self._repeated(said, received_at, wrong)
        if repeated is not None:
            return repeated
        if wrong:
            self.keep(wrong, received_at, said)
            came = Came("quarantined", wrong)
        else:
            came = self._applied(said, received_at, occurred_at, notes)
        if said.message_id is not None:
            self.seen[said.message_id] = Seen(said.content(), came.fate == "stored")
        return came

    def _repeated(self, said: Said, received_at: int, wrong: str) -> Came | None:
        known = None if said.message_id is None else self.seen.get(said.message_id)
        if known is None:
            return None
        may_be_of_use_now = not (known.had_effect or wrong or _is_about_nobody(said))
        if known.content in {said.content(), None} and not may_be_of_use_now:
            return Came("duplicate", "duplicate")
        if not known.had_effect:
            return None
        by = None if wrong or said.person else said.anonymous_id or None
        self.line("failed_event", "duplicate_conflict", received_at, None, by=by)
        return Came("duplicate", "duplicate_conflict")

    def _applied(
        self, said: Said, received_at: int, occurred_at: int, notes: tuple[str, ...]
    ) -> Came:
        if refused_as_suppressed(self, said):
            self.line("ignored", "suppressed", received_at, said)
            return Came("ignored", "suppressed")
        if said.kind in ABOUT_PEOPLE:
            return leave(self, said, received_at)
        if said.kind == "identify":
            return self._identify(said, received_at, occurred_at)
        if said.kind == "alias":
            return self._alias(said, received_at)
        return self._event(said, received_at, occurred_at, notes)

    def _event(
        self, said: Said, received_at: int, occurred_at: int, notes: tuple[str, ...]
    ) -> Came:
        event = OneEvent(
            message_id=said.message_id,
            kind=said.kind,
            name=said.name,
            received_at=received_at,
            occurred_at=occurred_at,
            anonymous_id=said.anonymous_id or None,
            reason="",
            notes=notes,
            price=said.attributes.get("price", 0),
        )
        if said.person:
            if not self._identified(event, said):
                self.line("ignored", "unknown_cio_id", received_at, said)
                return Came("ignored", "unknown_cio_id")
        elif said.anonymous_id:
            if said.recipient:
                event.notes = ("recipient_ignored_has_anonymous_id", *notes)
            self._anonymous(event, said.anonymous_id)
        elif ("email", said.recipient.casefold()) in self.suppressed:
            self.line("ignored", "recipient_suppressed", received_at, said)
            return Came("ignored", "recipient_suppressed")
        else:
            event.reason, event.recipient = "invite", said.recipient
            self.starts.consider(event, received_at, None, self._may_trigger(event, received_at))
        self.events.append(event)
        return Came("stored", event.reason)

    def _identified(self, event: OneEvent, said: Said) -> bool:
        """K1, K5: a person's event; C3: it may trigger on arrival."""
        name = name_of(said.person)
        person = self.people.known_by(name)
        if person is None:
            if name[0] == "cio_id":
                return False
            person = self.people.create(name, name[1], event.occurred_at)
            self.line("profile_create", "person_created", event.received_at, None, person)
        event.reason = "identified"
        self._associate(event, person, event.received_at)
        return True

    def _anonymous(self, event: OneEvent, anonymous_id: str) -> None:
        """K6, M3, M4, M8: what becomes of a stranger's event as it arrives."""
        claimed = self.assigned.get(anonymous_id)
        if is_junk(anonymous_id):
            event.reason = "junk_id"
        elif anonymous_id in self.used_up:
            event.reason = "anonymous_id_used_up"
        elif claimed is None:
            event.reason = "merging_off" if anonymous_id in self.pending else "awaiting_identify"
        elif event.received_at > claimed.at + self.rules.window:
            event.reason = "window_closed"
        elif not self.rules.merging:
            event.reason = "merging_off"
        elif event.received_at <= self.rules.alive_after(claimed.at):
            event.reason = "expired"
        else:
            event.reason, event.was_anonymous = "merged_in_window", True
            self._associate(event, claimed.person, max(event.received_at, claimed.at))
            self._arrivals.setdefault(anonymous_id, []).append(event)

    def _associate(self, event: OneEvent, person: OnePerson, at: int) -> None:
        """A2: the event is the person's from now on; C2, C3, C8: may it trigger."""
        event.view, event.owner, event.processed_at = "identified", person, at
        event.trigger = self._may_trigger(event, at)
        if event.trigger == "may_trigger":
            self.starts.consider(event, at, person, event.trigger)

    def _may_trigger(self, event: OneEvent, at: int) -> str:
        if not self._how.triggers or "triggers_off" in event.notes:
            return "triggers_off"
        if at - event.occurred_at <= self.rules.trigger_window:
            return "may_trigger"
        return "older_than_trigger_window"

    # --- identify ---------------------------------------------------------------------------

    def _identify(self, said: Said, received_at: int, occurred_at: int) -> Came:
        claimed = said.anonymous_id or None
        if not said.person:
            self.line("ignored", "identify_without_person", received_at, said, by=claimed)
            return Came("ignored", "identify_without_person")
        name = name_of(said.person)
        person = addressed(self.people, said.person, said.attributes, occurred_at)
        is_new = person is None
        if person is None:
            if name[0] == "cio_id":
                self.line("ignored", "unknown_cio_id", received_at, said, by=claimed)
                return Came("ignored", "unknown_cio_id")
            person = self.people.create(name, name[1], occurred_at)
        update = Update(self.people, person, name, occurred_at, self.suppressed)
        update.apply(said.attributes)
        reason = "person_created" if is_new else "nothing_changed"
        if update.changed and not is_new:
            reason = "attributes_applied"
        if claimed is not None:
            reason = self._claim(claimed, person, received_at)
        line_type = "profile_create" if is_new else "attribute_change"
        self.line(line_type, reason, received_at, said, person, by=claimed)
        for why in update.refused.values():
            self.line("failed_attribute_change", why, received_at, None, person)
        if update.skipped:
            self.line("skipped_update", "older_than_current", received_at, None, person)
        return Came("stored", reason)

    def _claim(self, anonymous_id: str, person: OnePerson, at: int) -> str:
        """M1, M5, M6, M8, K6: first come, for good."""
        owner = self.assigned.get(anonymous_id) or self.pending.get(anonymous_id)
        refusal = ""
        if is_junk(anonymous_id):
            refusal = "junk_id"
        elif anonymous_id in self.used_up:
            refusal = "anonymous_id_used_up"
        elif owner is not None and owner.person is not person:
            refusal = "anonymous_id_already_assigned"
        if refusal:
            self.line("claim_refused", refusal, at, None, person, by=anonymous_id)
            return refusal
        if anonymous_id in self.assigned and self.rules.reuse == "never":
            return "anonymous_id_already_assigned_to_same_person"
        if not self.rules.merging:
            if owner is None or self.rules.reuse == "same_person":
                self.pending[anonymous_id] = Claimed(person, at)
                person.attributes["anonymous_id"] = (anonymous_id, at)
            return "merging_off"
        self._assign(anonymous_id, person, at)
        return "assigned" if owner is None else "reassigned_to_same_person"

    def _assign(self, anonymous_id: str, person: OnePerson, at: int) -> None:
        """M1, M2, M7: from now on the id is theirs, and what waits with it."""
        before = self.assigned.get(anonymous_id)
        since = at if before is None else max(at, before.at)
        self.pending.pop(anonymous_id, None)
        self.assigned[anonymous_id] = Claimed(person, since)
        person.attributes["anonymous_id"] = (anonymous_id, at)
        moved = self._move(anonymous_id, person, self.rules.alive_after(since), since, since)
        self._log_merge(anonymous_id, moved, at, "merged")

    def _catch_up(self, now: int) -> None:
        """M8: M1-M3 for what is stored, as if merging had been on all along."""
        for anonymous_id in sorted({*self.pending, *self.assigned}):
            claimed = self.pending.pop(anonymous_id, None) or self.assigned[anonymous_id]
            self.assigned[anonymous_id] = claimed
            if is_junk(anonymous_id):
                continue
            after = self.rules.alive_after(now)
            moved = self._move(anonymous_id, claimed.person, after, claimed.at, now)
            self._log_merge(anonymous_id, moved, now, "merged")

    def _move(
        self, anonymous_id: str, person: OnePerson, after: int, assigned_at: int, at: int
    ) -> list[OneEvent]:
        """M2, M9: the events that wait and are alive become the person's, otherwise as they are."""
        moved = []
        for event in self.events:
            waits = event.owner is None and event.anonymous_id == anonymous_id
            if waits and after < event.received_at <= assigned_at + self.rules.window:
                event.former, event.reason, event.was_anonymous = event.reason, "merged", True
                self._associate(event, person, at)
                moved.append(event)
        return moved

    def _log_merge(self, anonymous_id: str, moved: list[OneEvent], at: int, reason: str) -> None:
        """A1: a merge of n >= 1 events is one line."""
        if moved:
            line = self.line("anon_merge", reason, at, None, moved[0].owner, by=anonymous_id)
            oldest = min(event.occurred_at for event in moved)
            line.numbers = (len(moved), oldest // SECOND)

    # --- people -----------------------------------------------------------------------------

    def _alias(self, said: Said, received_at: int) -> Came:
        """P5, C7: two people become one; nothing triggers, nothing is claimed."""
        names = name_of(said.person), name_of(said.previous)
        primary, secondary = (self.people.known_by(name) for name in names)
        if names[0] == names[1] or (primary is not None and primary is secondary):
            reason = "same_person"
        elif primary is None:
            reason = "primary_unknown"
        elif secondary is None:
            reason = "secondary_unknown"
        else:
            self.line("profile_merge", "people_merged", received_at, said, primary)
            self._join(primary, secondary)
            return Came("stored", "people_merged")
        self.line("ignored", reason, received_at, said)
        return Came("ignored", reason)

    def _join(self, primary: OnePerson, secondary: OnePerson) -> None:
        self.people.join(primary, secondary)
        self.starts.join(primary, secondary)
        for event in self.events:
            if event.owner is secondary:
                event.owner = primary
        for line in self.lines:
            if line.person is secondary:
                line.person = primary
        for claimed in (*self.assigned.values(), *self.pending.values()):
            if claimed.person is secondary:
                claimed.person = primary


def _is_about_nobody(said: Said) -> bool:
    """An identify without a person has no effect, however often it is sent (K2)."""
    return said.kind == "identify" and not said.person


def wrong_with(said: Said) -> str:
    """K4, K7, L3: why a record cannot be mapped or applied; "" if it can."""
    if said.broken:
        return said.broken
    if any(is_non_value(bare) for bare in (said.person, said.previous) if bare):
        return "junk_id"
    if said.kind in _EVENTS and not (said.person or said.anonymous_id or said.recipient):
        return "no_subject"
    if said.kind == "identify" and not (said.person or said.anonymous_id):
        return "no_subject"
    return ""
