"""The front of the rules: a list of messages and the facts about them become one decision."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from typing import Any

from adapter.errors import InvalidJson
from adapter.ids import fingerprint
from adapter.jsonvalue import canonical, is_too_deep, loads
from adapter.model.activities import ActivityType
from adapter.model.messages import (
    AddDevice,
    AnonymousEvent,
    ChangeSegment,
    DeleteDevice,
    DeleteObject,
    DeletePerson,
    Event,
    IdentifiedEvent,
    Identify,
    IdentifyObject,
    Ignored,
    InviteEvent,
    MergePeople,
    Message,
    Relate,
    ReportDelivery,
    SubmitForm,
    SuppressPerson,
    Unapplicable,
    Unrelate,
    Unsubscribe,
    UnsuppressPerson,
)
from adapter.model.people import PersonRef
from adapter.model.reasons import Reason
from adapter.rules.decision import Decision, Fate, Outcome, StoredKey
from adapter.rules.departure import decide_delete, decide_suppress, decide_unsuppress
from adapter.rules.devices import decide_add_device, decide_delete_device
from adapter.rules.events import (
    decide_anonymous,
    decide_identified,
    decide_invite,
    log_arrivals,
)
from adapter.rules.facts import (
    SUPERSEDED,
    UNTOLD,
    Facts,
    Home,
    KeyFact,
)
from adapter.rules.following import follow_message, recount_outdated
from adapter.rules.forward import forward
from adapter.rules.identify import decide_identify
from adapter.rules.joining import decide_merge_people
from adapter.rules.ledger import count_fate
from adapter.rules.needs import key_of, subjects_of
from adapter.rules.objects import decide_delete_object, decide_identify_object
from adapter.rules.relations import decide_relate, decide_unrelate
from adapter.rules.reports import (
    decide_form,
    decide_report,
    decide_segment,
    decide_unsubscribe,
)
from adapter.rules.verdict import Verdict, ignored
from adapter.rules.working import Working, reasons_of

_TIMES = frozenset({"timestamp", "originalTimestamp", "sentAt", "receivedAt"})
_SAYS_NOTHING = frozenset({field.name for field in fields(Message)} | {"last_used"})


def decide(messages: Sequence[Message], facts: Facts) -> Decision:
    """Fold over the messages in order of acceptance; each finds the facts its forerunners left.

    Args:
        messages: of one or more requests, in order of acceptance.
        facts: as :func:`needs_of` asked for; changed while folding.
    """
    working = Working(facts)
    decision, sends_on = working.decision, bool(facts.in_force.destinations)
    if facts.histories:
        recount_outdated(messages[0], working)
    for message in messages:
        outcome = _decide_once(message, working).outcome
        decision.outcomes.append(outcome)
        follow_message(message, working)
        if sends_on:
            forward(message, outcome, working)
        count_fate(message, outcome.fate, decision.ledger)
    log_arrivals(working)
    if working.claimed:
        claimed = working.claimed
        decision.anonymous = [kept for kept in decision.anonymous if kept.event.id not in claimed]
    return decision


def content_of(message: Message) -> bytes:
    """Fingerprint what a message says, so that the same id with other content is noticed (L1).

    Times are left out: senders and doors correct and round them differently.
    """
    match message:
        case AnonymousEvent():  # the commonest by far
            subject = f"anonymous:{message.anonymous_id}"
            return fingerprint(message.kind, message.name, subject, message.data)
        case Event():
            parts = (message.kind.value, message.name, _subject_of(message), message.data)
        case Identify():
            claimed = message.anonymous_id or ""
            what = "update" if message.update_only else "identify"
            given = canonical(message.attributes)
            if message.relations or message.unrelated:
                both = (message.relations, message.unrelated)
                given += canonical([[asdict(one) for one in some] for some in both])
            parts = (what, _text(message.person), claimed, given)
        case MergePeople():
            parts = ("merge", _text(message.primary), _text(message.secondary), "")
        case DeletePerson() | SuppressPerson() | UnsuppressPerson():
            # Not of whom: anybody could try addresses until one gives the fingerprint (R4).
            parts = (type(message).__name__, "", "", "")
        case Unapplicable():
            parts = ("unapplicable", _without_times(message.raw), "", "")
        case Ignored():
            parts = ("ignored", "", "", "")
        case _:
            parts = (type(message).__name__, _own_fields(message), "", "")
    return fingerprint(*parts)


def _own_fields(message: Message) -> str:
    """Write what a message says beyond what all of them bear, times left out."""
    told = asdict(message).items()
    return canonical({name: value for name, value in told if name not in _SAYS_NOTHING})


def _without_times(raw: str) -> str:
    """Leave out of a record what differs each time it is sent, or received."""
    try:
        record = loads(raw)
    except InvalidJson:
        return raw
    if not isinstance(record, dict) or is_too_deep(record):
        return raw
    return canonical({name: each for name, each in record.items() if name not in _TIMES})


def _decide_once(message: Message, working: Working) -> Verdict:
    if isinstance(message, Unapplicable) and message.refused:
        return _refuse(message, working)
    key = key_of(message)
    content = content_of(message)
    known = working.facts.keys.get(key)
    if known is not None and not _supersedes(message, content, known):
        return _duplicate(message, content, known, working)
    refused = _refuse_suppressed(message, working) if working.facts.suppressed else None
    verdict = refused or _RULES[type(message)](message, working)
    if verdict.outcome.reasons[0] is Reason.SUPPRESSED:
        content = UNTOLD
    fact = KeyFact(content, verdict.home, message.id, message.received_at)
    working.facts.keys[key] = fact
    working.decision.keys.append(
        StoredKey(
            key,
            content,
            verdict.home,
            message.id,
            message.received_at,
            replaces=known is not None,
        )
    )
    return verdict


def _refuse_suppressed(message: Message, working: Working) -> Verdict | None:
    """Ignore what is sent for an identifier that is suppressed, and keep nothing of it (P6)."""
    if isinstance(message, UnsuppressPerson):
        return None
    subjects = {(message.workspace_id, ref) for ref in subjects_of(message)}
    if subjects.isdisjoint(working.facts.suppressed):
        return None
    working.decision.forgotten |= subjects
    return ignored(message, Reason.SUPPRESSED, working)


def _supersedes(message: Message, content: bytes, known: KeyFact) -> bool:
    """A record that had no effect may be sent again, mended, under the same id."""
    return known.home in SUPERSEDED and (
        known.content != content or not isinstance(message, Unapplicable | Ignored)
    )


def _duplicate(message: Message, content: bytes, known: KeyFact, working: Working) -> Verdict:
    if known.content in {content, UNTOLD}:
        return Verdict(Outcome(Fate.DUPLICATE, (Reason.DUPLICATE,)), known.home)
    working.log(
        message,
        ActivityType.FAILED_EVENT,
        Reason.DUPLICATE_CONFLICT,
        name=message.name if isinstance(message, Event) else "",
        anonymous_id=message.anonymous_id if isinstance(message, AnonymousEvent) else None,
        data={"message_id": message.message_id, "first": known.record},
    )
    return Verdict(Outcome(Fate.DUPLICATE, (Reason.DUPLICATE_CONFLICT,)), known.home)


def _quarantine(message: Unapplicable, working: Working) -> Verdict:
    working.decision.quarantined.append(message)
    _log_failed(message, working)
    reasons = reasons_of(message.reason, message)
    return Verdict(Outcome(Fate.QUARANTINED, reasons), Home.QUARANTINE)


def _refuse(message: Unapplicable, working: Working) -> Verdict:
    """Keep what was refused for the operator; its id stays free (contracts 6.10.7)."""
    working.decision.quarantined.append(message)
    _log_failed(message, working)
    return Verdict(Outcome(Fate.REFUSED, (message.reason,)), Home.QUARANTINE)


def _log_failed(message: Unapplicable, working: Working) -> None:
    working.log(
        message,
        ActivityType.FAILED_EVENT,
        message.reason,
        data={"pointer": message.pointer, "message": message.text},
        own=True,
    )


def _ignore(message: Ignored, working: Working) -> Verdict:
    return ignored(message, message.reason, working, message.anonymous_id)


def _subject_of(event: Event) -> str:
    match event:
        case IdentifiedEvent():
            return _text(event.person)
        case InviteEvent():
            return f"recipient:{event.recipient}"
        case _:
            return ""


def _text(ref: PersonRef) -> str:
    return f"{ref.kind.value}:{ref.value}"


_RULES: dict[type[Message], Callable[[Any, Working], Verdict]] = {
    AnonymousEvent: decide_anonymous,
    IdentifiedEvent: decide_identified,
    InviteEvent: decide_invite,
    Identify: decide_identify,
    MergePeople: decide_merge_people,
    AddDevice: decide_add_device,
    DeleteDevice: decide_delete_device,
    DeletePerson: decide_delete,
    SuppressPerson: decide_suppress,
    UnsuppressPerson: decide_unsuppress,
    ReportDelivery: decide_report,
    Unsubscribe: decide_unsubscribe,
    SubmitForm: decide_form,
    ChangeSegment: decide_segment,
    IdentifyObject: decide_identify_object,
    DeleteObject: decide_delete_object,
    Relate: decide_relate,
    Unrelate: decide_unrelate,
    Ignored: _ignore,
    Unapplicable: _quarantine,
}
"""Which rule decides which message."""
