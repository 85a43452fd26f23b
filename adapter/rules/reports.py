"""What others report: on deliveries, forms and segments kept by hand (contracts 3.2)."""

from adapter.jsonvalue import JSONObject, dumps, loads
from adapter.model.activities import ActivityType
from adapter.model.messages import ChangeSegment, ReportDelivery, SubmitForm, Unsubscribe
from adapter.model.people import Person
from adapter.model.reasons import Reason
from adapter.rules.decision import Fate
from adapter.rules.identify import decide_identify
from adapter.rules.keyed import merge_keys
from adapter.rules.people import find_or_create
from adapter.rules.verdict import Verdict, ignored, stored
from adapter.rules.working import Working


def decide_report(message: ReportDelivery, working: Working) -> Verdict:
    """Note what became of a delivery."""
    data: JSONObject = {"delivery_id": message.delivery_id, **loads(message.data)}
    working.log(
        message,
        ActivityType.DELIVERY_REPORT,
        Reason.DELIVERY_REPORTED,
        name=message.metric,
        data=dumps(data),
        own=True,
    )
    return stored(message, Reason.DELIVERY_REPORTED)


def decide_unsubscribe(message: Unsubscribe, working: Working) -> Verdict:
    """Unsubscribe whom the delivery was about, if it is ours; else only note it."""
    person = _recipient(message, working)
    if person is None:
        return _noted(message, Reason.DELIVERY_UNKNOWN, None, working)
    given: JSONObject = {"unsubscribed": True}
    person.attributes, merged = merge_keys(person.attributes, given, message.occurred_at)
    reason = Reason.OLDER_THAN_CURRENT if merged.skipped else Reason.UNSUBSCRIBED
    return _noted(message, reason, person.person_id, working)


def _recipient(message: Unsubscribe, working: Working) -> Person | None:
    ref = working.facts.recipients.get((message.workspace_id, message.delivery_id))
    person_id = None if ref is None else working.holder(message.workspace_id, ref)
    if person_id is None:
        return None
    return working.edit(message.workspace_id, person_id, message.received_at)


def _noted(
    message: Unsubscribe, reason: Reason, person_id: str | None, working: Working
) -> Verdict:
    working.log(
        message,
        ActivityType.UNSUBSCRIBE,
        reason,
        person_id=person_id,
        data={"delivery_id": message.delivery_id},
        own=True,
    )
    return stored(message, reason)


def decide_form(message: SubmitForm, working: Working) -> Verdict:
    """Identify whoever the form names, and note the form in their log."""
    verdict = decide_identify(message, working)
    if verdict.outcome.fate is Fate.STORED:
        working.log(
            message,
            ActivityType.FORM_SUBMIT,
            Reason.FORM_SUBMITTED,
            name=message.form_id,
            person_id=working.holder(message.workspace_id, message.person),
            data={"form_id": message.form_id},
        )
    return verdict


def decide_segment(message: ChangeSegment, working: Working) -> Verdict:
    """Note who joins or leaves a segment kept by hand; somebody unknown may join (K5)."""
    person = _member(message, working)
    if person is None:
        return ignored(message, Reason.UNKNOWN_PERSON, working)
    reason = Reason.SEGMENT_JOINED if message.joins else Reason.SEGMENT_LEFT
    working.log(
        message,
        ActivityType.SEGMENT_CHANGE,
        reason,
        name=message.segment_id,
        person_id=person.person_id,
        data={"segment_id": message.segment_id},
        own=True,
    )
    return stored(message, reason)


def _member(message: ChangeSegment, working: Working) -> Person | None:
    if message.joins:
        return find_or_create(message, message.person, working)
    person_id = working.holder(message.workspace_id, message.person)
    return None if person_id is None else working.facts.people[message.workspace_id, person_id]
