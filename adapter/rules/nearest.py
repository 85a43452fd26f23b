"""The nearest miss: by how much something was missed, and what would have made the difference.

Told of what an event, a claim to an anonymous id or a trigger did not become. Nothing is decided
here; what was decided is held against the settings.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from adapter.clock import SECOND, Instant, iso
from adapter.jsonvalue import JSONObject
from adapter.model.reasons import Reason
from adapter.rules.facts import AnonymousIdFact
from adapter.rules.identifiers import is_junk_anonymous_id
from adapter.rules.merge import is_associated
from adapter.rules.policy import Policy, Reuse

_FOR_EVER = 2**63


class Missed(StrEnum):
    """What was missed."""

    MERGE = "merge"
    ASSIGNMENT = "assignment"
    TRIGGER = "trigger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """How near it was.

    Attributes:
        by: microseconds; None where time would have made no difference.
        settings: values of a workspace's settings, each of which alone would have.
        sentence: both, for people.
    """

    missed: Missed
    by: int | None
    settings: JSONObject
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An event, or an identify, as it stands in the log.

    Attributes:
        fact: the row of its anonymous id as it is now; None if it bears none.
        repeats: when the person who has the id was identified with it again (M6).
    """

    received_at: Instant
    occurred_at: Instant
    processed_at: Instant | None
    reason: Reason
    trigger: Reason | None
    anonymous_id: str = ""
    fact: AnonymousIdFact | None = None
    repeats: Sequence[Instant] = ()


def miss_of_event(seen: Seen, policy: Policy) -> Miss | None:
    """Tell how near an event was to merging, or to triggering; None if it missed neither."""
    if seen.trigger is Reason.OLDER_THAN_TRIGGER_WINDOW:
        return _too_old(seen, policy)
    told = _EVENTS.get(seen.reason)
    return None if told is None or seen.fact is None else told(seen, seen.fact, policy)


def miss_of_claim(seen: Seen, policy: Policy) -> Miss | None:
    """Tell how near an identify was to having its anonymous id assigned; None if it was."""
    told = _CLAIMS.get(seen.reason)
    return None if told is None or seen.fact is None else told(seen, seen.fact, policy)


def miss_of_expired(received_at: Instant, policy: Policy, now: Instant) -> Miss:
    """Tell how near an event that nobody claimed in time was to being there still (R1)."""
    if received_at <= policy.expired_until:
        sentence = "it expired under an earlier retention, before an identify came for it"
        return Miss(missed=Missed.MERGE, by=None, settings={}, sentence=sentence)
    late = now - received_at - policy.retention
    enough = (now - received_at) // SECOND + 1
    return Miss(
        missed=Missed.MERGE,
        by=late,
        settings={"retention_seconds": enough},
        sentence=f"it expired {_seconds(late)} s ago, and no identify had come for it; it would "
        f"still wait under `retention_seconds: {enough}`",
    )


def nearest(misses: Iterable[Miss | None]) -> Miss | None:
    """Give the nearest of several; of those that time has no part in, the first."""
    told = [miss for miss in misses if miss is not None]
    return min(told, key=lambda miss: _FOR_EVER if miss.by is None else miss.by, default=None)


def _window_closed(seen: Seen, fact: AnonymousIdFact, policy: Policy) -> Miss | None:
    """M4: came too late after the assignment."""
    if fact.assigned_at is None:
        return None
    late = seen.received_at - fact.assigned_at - policy.merge_window
    if late <= 0:
        sentence = "the merge window was shorter when it was received; it stays as it was decided"
        return Miss(missed=Missed.MERGE, by=0, settings={}, sentence=sentence)
    enough = -((fact.assigned_at - seen.received_at) // SECOND)
    settings: JSONObject = {"merge_window_seconds": enough}
    longer = f"`merge_window_seconds: {enough}`"
    if policy.reuse is Reuse.SAME_PERSON:
        would = f"under {longer}, and their next identify with the id will claim it"
    elif any(is_associated(seen.received_at, at, policy) for at in seen.repeats):
        settings["reuse"] = Reuse.SAME_PERSON.value
        would = f"under `reuse: same_person`, or {longer}"
    else:
        would = f"under {longer}; under `reuse: same_person` their next identify would claim it"
    sentence = f"received {_seconds(late)} s after the window closed; it would have merged {would}"
    return Miss(missed=Missed.MERGE, by=late, settings=settings, sentence=sentence)


def _no_identify_yet(seen: Seen, _fact: AnonymousIdFact, policy: Policy) -> Miss:
    """K2: an identify would still do."""
    until = iso(seen.received_at + policy.retention)
    sentence = f"no identify has come with its anonymous id; one before {until} will claim it"
    if not policy.merging:
        sentence += ", once merging is on"
    return Miss(missed=Missed.MERGE, by=None, settings={}, sentence=sentence)


def _merging_off(seen: Seen, fact: AnonymousIdFact, policy: Policy) -> Miss | None:
    """M8: held back by the switch, unless it came too late for the claim that waits."""
    since = fact.pending_at if fact.pending_at is not None else fact.assigned_at
    if since is None:
        return None
    late = seen.received_at - since - policy.merge_window
    if late > 0:
        sentence = (
            f"received {_seconds(late)} s after the window of the claim that waits for merging "
            "to be switched on; it would not merge then either"
        )
        return Miss(missed=Missed.MERGE, by=late, settings={}, sentence=sentence)
    sentence = "it would have merged under `merging: on`, and will when that is set"
    return Miss(missed=Missed.MERGE, by=None, settings={"merging": True}, sentence=sentence)


def _expired_before(seen: Seen, fact: AnonymousIdFact, policy: Policy) -> Miss | None:
    """R1: its source's clock says that it was too old when its id was assigned (T2)."""
    if fact.assigned_at is None:
        return None
    late = policy.alive_after(fact.assigned_at) - seen.received_at
    enough = (fact.assigned_at - seen.received_at) // SECOND + 1
    return Miss(
        missed=Missed.MERGE,
        by=late,
        settings={"retention_seconds": enough},
        sentence=f"its retention ended {_seconds(late)} s before its anonymous id was assigned; "
        f"it would have merged under `retention_seconds: {enough}`",
    )


def _junk(seen: Seen, _fact: AnonymousIdFact, policy: Policy) -> Miss:
    """K6: an id that strangers share."""
    words = policy.junk_ids
    others = {word for word in words if not _is_junk_by(word, seen.anonymous_id)}
    if is_junk_anonymous_id(seen.anonymous_id, frozenset(others)):
        sentence = "an id of zeros and dashes is never assigned, whatever `junk_ids` says"
        return Miss(missed=Missed.ASSIGNMENT, by=None, settings={}, sentence=sentence)
    return Miss(
        missed=Missed.ASSIGNMENT,
        by=None,
        settings={"junk_ids": sorted(others)},
        sentence=f"{seen.anonymous_id!r} stands in `junk_ids`; it could be assigned if it did not",
    )


def _is_junk_by(word: str, anonymous_id: str) -> bool:
    return is_junk_anonymous_id(anonymous_id, frozenset({word}))


def _anothers(seen: Seen, fact: AnonymousIdFact, _policy: Policy) -> Miss:
    """M5: somebody else was first."""
    since = fact.assigned_at if fact.assigned_at is not None else fact.pending_at
    after = None if since is None or since > seen.received_at else seen.received_at - since
    when = "after" if after is None else f"{_seconds(after)} s after"
    sentence = f"it came {when} another person's; an id is assigned once, whatever the settings"
    return Miss(missed=Missed.ASSIGNMENT, by=after, settings={}, sentence=sentence)


def _assigned_once(_seen: Seen, _fact: AnonymousIdFact, _policy: Policy) -> Miss:
    """M6: the person has it already."""
    return Miss(
        missed=Missed.ASSIGNMENT,
        by=None,
        settings={"reuse": Reuse.SAME_PERSON.value},
        sentence="the id would have been assigned anew under `reuse: same_person`",
    )


def _claim_waits(_seen: Seen, fact: AnonymousIdFact, _policy: Policy) -> Miss | None:
    """M8: kept until merging is on; once that is caught up with, nothing waits."""
    if fact.pending_at is None:
        return None
    return Miss(
        missed=Missed.ASSIGNMENT,
        by=None,
        settings={"merging": True},
        sentence="the id would have been assigned under `merging: on`, and will when that is set",
    )


def _too_old(seen: Seen, policy: Policy) -> Miss | None:
    """C2, C3: it had happened too long before it became somebody's."""
    if seen.processed_at is None:
        return None
    age = seen.processed_at - seen.occurred_at
    early = age - policy.trigger_window
    if early <= 0:
        sentence = "the trigger window was shorter when it became theirs; it starts nothing now"
        return Miss(missed=Missed.TRIGGER, by=0, settings={}, sentence=sentence)
    enough = -(-age // SECOND)
    return Miss(
        missed=Missed.TRIGGER,
        by=early,
        settings={"trigger_window_seconds": enough},
        sentence=f"occurred {_seconds(early)} s before the trigger window began; it could have "
        f"triggered under `trigger_window_seconds: {enough}`",
    )


def _seconds(microseconds: int) -> str:
    return f"{microseconds / SECOND:.6f}".rstrip("0").rstrip(".")


_Telling = Callable[[Seen, AnonymousIdFact, Policy], Miss | None]

_EVENTS: dict[Reason, _Telling] = {
    Reason.WINDOW_CLOSED: _window_closed,
    Reason.AWAITING_IDENTIFY: _no_identify_yet,
    Reason.MERGING_OFF: _merging_off,
    Reason.EXPIRED: _expired_before,
    Reason.JUNK_ID: _junk,
}
_CLAIMS: dict[Reason, _Telling] = {
    Reason.ANONYMOUS_ID_ALREADY_ASSIGNED: _anothers,
    Reason.ANONYMOUS_ID_ALREADY_ASSIGNED_TO_SAME_PERSON: _assigned_once,
    Reason.MERGING_OFF: _claim_waits,
    Reason.JUNK_ID: _junk,
}
