"""Why: the one closed list of reason codes (rule A3), each with its rule and one sentence."""

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    """Why a record was decided as it was. The values are stored, logged and shown."""

    # events
    IDENTIFIED = "identified"
    AWAITING_IDENTIFY = "awaiting_identify"
    MERGED = "merged"
    MERGED_IN_WINDOW = "merged_in_window"
    WINDOW_CLOSED = "window_closed"
    EXPIRED = "expired"
    INVITE = "invite"
    RECIPIENT_IGNORED_HAS_ANONYMOUS_ID = "recipient_ignored_has_anonymous_id"
    RECIPIENT_SUPPRESSED = "recipient_suppressed"
    JUNK_ID = "junk_id"
    MERGING_OFF = "merging_off"
    # times
    TIMESTAMP_UNREADABLE = "timestamp_unreadable"
    RECEIVED_AT_REFUSED = "received_at_refused"
    SENT_AT_IGNORED = "sent_at_ignored"
    # triggers
    MAY_TRIGGER = "may_trigger"
    OLDER_THAN_TRIGGER_WINDOW = "older_than_trigger_window"
    TRIGGERS_OFF = "triggers_off"
    # identifies
    ASSIGNED = "assigned"
    REASSIGNED_TO_SAME_PERSON = "reassigned_to_same_person"
    ANONYMOUS_ID_ALREADY_ASSIGNED = "anonymous_id_already_assigned"
    ANONYMOUS_ID_ALREADY_ASSIGNED_TO_SAME_PERSON = "anonymous_id_already_assigned_to_same_person"
    ANONYMOUS_ID_USED_UP = "anonymous_id_used_up"
    UNMERGED = "unmerged"
    IDENTIFY_WITHOUT_PERSON = "identify_without_person"
    PERSON_CREATED = "person_created"
    ATTRIBUTES_APPLIED = "attributes_applied"
    NOTHING_CHANGED = "nothing_changed"
    IDENTIFIER_TAKEN = "identifier_taken"
    IDENTIFIER_CHANGE_REFUSED = "identifier_change_refused"
    OLDER_THAN_CURRENT = "older_than_current"
    UNKNOWN_CIO_ID = "unknown_cio_id"
    NOBODY_TO_UPDATE = "nobody_to_update"
    # people
    PEOPLE_MERGED = "people_merged"
    SAME_PERSON = "same_person"
    PRIMARY_UNKNOWN = "primary_unknown"
    SECONDARY_UNKNOWN = "secondary_unknown"
    DEVICE_ADDED = "device_added"
    DEVICE_UPDATED = "device_updated"
    DEVICE_DELETED = "device_deleted"
    DEVICE_DROPPED = "device_dropped"
    DEVICE_UNKNOWN = "device_unknown"
    PERSON_DELETED = "person_deleted"
    NOBODY_TO_DELETE = "nobody_to_delete"
    DELETED_WITH_PERSON = "deleted_with_person"
    PERSON_SUPPRESSED = "person_suppressed"
    PERSON_UNSUPPRESSED = "person_unsuppressed"
    SUPPRESSED = "suppressed"
    NOT_SUPPRESSED = "not_suppressed"
    ERASED = "erased"
    RELATED = "related"
    RELATED_TO_STRANGER = "related_to_stranger"
    RELATED_BY_ASSIGNMENT = "related_by_assignment"
    UNRELATED = "unrelated"
    NOT_RELATED = "not_related"
    OBJECT_CREATED = "object_created"
    OBJECT_DELETED = "object_deleted"
    UNKNOWN_OBJECT = "unknown_object"
    # reports
    DELIVERY_REPORTED = "delivery_reported"
    DELIVERY_UNKNOWN = "delivery_unknown"
    UNSUBSCRIBED = "unsubscribed"
    FORM_SUBMITTED = "form_submitted"
    SEGMENT_JOINED = "segment_joined"
    SEGMENT_LEFT = "segment_left"
    SEGMENT_CONDITIONS_MET = "segment_conditions_met"
    SEGMENT_CONDITIONS_UNMET = "segment_conditions_unmet"
    SEGMENT_PERIOD_PASSED = "segment_period_passed"
    SEGMENT_REDEFINED = "segment_redefined"
    UNKNOWN_PERSON = "unknown_person"
    # settings
    SETTING_CHANGED = "setting_changed"
    # bookkeeping
    FIRST_ITEM_VERIFIED = "first_item_verified"
    DUPLICATE = "duplicate"
    DUPLICATE_CONFLICT = "duplicate_conflict"
    NO_SUBSCRIPTION = "no_subscription"
    INTEGRATION_OFF = "integration_off"
    # quarantine and refusal
    NO_SUBJECT = "no_subject"
    UNMAPPABLE = "unmappable"
    UNSUPPORTED_TYPE = "unsupported_type"
    UNSUPPORTED_OPERATION = "unsupported_operation"
    MISSING_FIELD = "missing_field"
    INVALID_FIELD = "invalid_field"
    TOO_LONG = "too_long"
    TOO_DEEP = "too_deep"
    INVALID_BODY = "invalid_body"
    NOT_PUBLIC = "not_public"
    # campaigns
    TRIGGERED = "triggered"
    ALREADY_TRIGGERED = "already_triggered"
    CONDITION_NOT_MET = "condition_not_met"
    SEGMENTS_DO_NOT_SUIT = "segments_do_not_suit"
    STARTED_BEFORE = "started_before"
    STARTED_WITHIN_PERIOD = "started_within_period"
    TEMPLATE_FAILED = "template_failed"
    # deliveries
    DELIVERED = "delivered"
    NOT_CONNECTED = "not_connected"
    TIMED_OUT = "timed_out"
    FAILED_STATUS = "failed_status"
    REDIRECTED = "redirected"
    ENDPOINT_GONE = "endpoint_gone"
    REFUSED_BY_ENDPOINT = "refused_by_endpoint"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    ATTEMPTS_USED_UP = "attempts_used_up"
    DELIVERY_EXPIRED = "delivery_expired"
    WITHDRAWN = "withdrawn"


class Explanation(NamedTuple):
    """The rule of semantics.md that decided, and a sentence for people."""

    rule: str
    sentence: str


EXPLANATIONS: dict[Reason, Explanation] = {
    Reason.IDENTIFIED: Explanation("K1", "It names a person, so it is that person's event."),
    Reason.AWAITING_IDENTIFY: Explanation(
        "K2", "No person is known by its anonymous id yet; it waits for an identify."
    ),
    Reason.MERGED: Explanation(
        "M2", "A person was identified with its anonymous id while it was alive; it became theirs."
    ),
    Reason.MERGED_IN_WINDOW: Explanation(
        "M3", "It was received within the merge window after the assignment of its anonymous id."
    ),
    Reason.WINDOW_CLOSED: Explanation(
        "M4", "It was received after the merge window of its anonymous id had closed."
    ),
    Reason.EXPIRED: Explanation("R1", "Its retention ended before it became anybody's."),
    Reason.INVITE: Explanation(
        "K3", "It names neither a person nor an anonymous id, but an e-mail address to invite."
    ),
    Reason.RECIPIENT_IGNORED_HAS_ANONYMOUS_ID: Explanation(
        "K2", "It bears an anonymous id, so its recipient is plain data and it is no invite."
    ),
    Reason.RECIPIENT_SUPPRESSED: Explanation(
        "C5", "Its recipient is suppressed or unsubscribed, and gets nothing."
    ),
    Reason.JUNK_ID: Explanation(
        "K6", "The id is a placeholder that many strangers share; it never joins anybody."
    ),
    Reason.MERGING_OFF: Explanation(
        "M8", "Merging is switched off; the assignment is kept until it is switched on."
    ),
    Reason.TIMESTAMP_UNREADABLE: Explanation(
        "T4", "Its own time cannot be read, so the time of receipt stands in."
    ),
    Reason.RECEIVED_AT_REFUSED: Explanation(
        "T2", "Its receivedAt lies in the future or before retention, so the clock stands in."
    ),
    Reason.SENT_AT_IGNORED: Explanation(
        "T3", "Its sentAt cannot be read or is 30 days off, so its time was not corrected by it."
    ),
    Reason.MAY_TRIGGER: Explanation(
        "C2", "It occurred inside the trigger window before it became the person's."
    ),
    Reason.OLDER_THAN_TRIGGER_WINDOW: Explanation(
        "C2", "It occurred too long before it became the person's to trigger anything."
    ),
    Reason.TRIGGERS_OFF: Explanation("C8", "It was replayed, or caught up with, without triggers."),
    Reason.ASSIGNED: Explanation("M1", "The anonymous id had never been assigned; now it is."),
    Reason.REASSIGNED_TO_SAME_PERSON: Explanation(
        "M6", "The workspace lets the same person be assigned the id anew."
    ),
    Reason.ANONYMOUS_ID_ALREADY_ASSIGNED: Explanation(
        "M5", "The anonymous id is another person's; an id is assigned once and never reused."
    ),
    Reason.ANONYMOUS_ID_ALREADY_ASSIGNED_TO_SAME_PERSON: Explanation(
        "M6", "The anonymous id is this person's already; nothing reopens."
    ),
    Reason.ANONYMOUS_ID_USED_UP: Explanation(
        "R4", "The anonymous id was a person's once, and belongs to nobody ever after."
    ),
    Reason.UNMERGED: Explanation(
        "M12", "An operator took the merge back; its events are strangers' again."
    ),
    Reason.IDENTIFY_WITHOUT_PERSON: Explanation(
        "K2", "The identify names no person, so there is nobody to update or to assign to."
    ),
    Reason.PERSON_CREATED: Explanation("K5", "Nobody was known by this identifier."),
    Reason.ATTRIBUTES_APPLIED: Explanation("P4", "Attributes were merged key by key."),
    Reason.NOTHING_CHANGED: Explanation("P4", "Every attribute had its value already."),
    Reason.IDENTIFIER_TAKEN: Explanation(
        "P3", "Another person has this identifier; it was left out and the rest applied."
    ),
    Reason.IDENTIFIER_CHANGE_REFUSED: Explanation(
        "P3", "A person is not given another identifier of the kind they are addressed by."
    ),
    Reason.OLDER_THAN_CURRENT: Explanation(
        "P4", "The attribute was set by a newer update; this one was skipped."
    ),
    Reason.UNKNOWN_CIO_ID: Explanation(
        "P1", "No person has this cio_id, and a generated id is never taken from outside."
    ),
    Reason.NOBODY_TO_UPDATE: Explanation(
        "K5", "Nobody is known by the identifier, and the sender asked to create nobody."
    ),
    Reason.PEOPLE_MERGED: Explanation("P5", "The secondary person was joined to the primary."),
    Reason.SAME_PERSON: Explanation("P5", "Both identifiers name the same person."),
    Reason.PRIMARY_UNKNOWN: Explanation("P5", "Nobody is known by the primary identifier."),
    Reason.SECONDARY_UNKNOWN: Explanation("P5", "Nobody is known by the secondary identifier."),
    Reason.DEVICE_ADDED: Explanation(
        "P4", "The person had no device with this token; now they do."
    ),
    Reason.DEVICE_UPDATED: Explanation("P4", "The person's device was updated key by key."),
    Reason.DEVICE_DELETED: Explanation("P6", "The device was taken from the person."),
    Reason.DEVICE_DROPPED: Explanation(
        "P4", "The person had more devices than are kept; it was the one unused for longest."
    ),
    Reason.DEVICE_UNKNOWN: Explanation("P6", "Nobody of this name has a device with this token."),
    Reason.PERSON_DELETED: Explanation("P6", "The person and their events were deleted."),
    Reason.NOBODY_TO_DELETE: Explanation(
        "P6", "Nobody is known by the identifier, so there was nobody to delete."
    ),
    Reason.DELETED_WITH_PERSON: Explanation(
        "P6", "It was a person's, and was deleted with them; nothing of it is kept."
    ),
    Reason.PERSON_SUPPRESSED: Explanation(
        "P6", "The person was deleted, and their identifiers are refused until unsuppressed."
    ),
    Reason.PERSON_UNSUPPRESSED: Explanation(
        "P6", "The identifiers are accepted again; nothing was restored."
    ),
    Reason.SUPPRESSED: Explanation(
        "P6", "The identifier is suppressed; what is sent for it is accepted and ignored."
    ),
    Reason.NOT_SUPPRESSED: Explanation("P6", "The identifier is not suppressed."),
    Reason.ERASED: Explanation(
        "P6", "An operator had somebody erased; keyed hashes are all that is left of them."
    ),
    Reason.RELATED: Explanation("K1", "The person was related to the object."),
    Reason.RELATED_TO_STRANGER: Explanation(
        "K2", "The relationship names no person; it is kept with the anonymous id."
    ),
    Reason.RELATED_BY_ASSIGNMENT: Explanation(
        "M2",
        "A stranger's relationship went to the person their anonymous id was assigned to.",
    ),
    Reason.UNRELATED: Explanation("K1", "The relationship was ended."),
    Reason.NOT_RELATED: Explanation("K1", "There is no such relationship to end."),
    Reason.OBJECT_CREATED: Explanation("P4", "No object had this type and id; now one does."),
    Reason.OBJECT_DELETED: Explanation(
        "P6", "The object was removed, and all relationships to it."
    ),
    Reason.UNKNOWN_OBJECT: Explanation(
        "P1", "No object has this name, and a generated id is never taken from outside."
    ),
    Reason.DELIVERY_REPORTED: Explanation("A3", "What became of a delivery was told, and noted."),
    Reason.DELIVERY_UNKNOWN: Explanation(
        "A3", "No delivery of ours has this id, so nobody is known by it."
    ),
    Reason.UNSUBSCRIBED: Explanation(
        "C5", "By the link of a delivery, whom it was about is unsubscribed."
    ),
    Reason.FORM_SUBMITTED: Explanation(
        "P4", "A form was sent in, and identified whoever it names."
    ),
    Reason.SEGMENT_JOINED: Explanation("C6", "The person was put into a segment kept by hand."),
    Reason.SEGMENT_LEFT: Explanation("C6", "The person was taken out of a segment kept by hand."),
    Reason.SEGMENT_CONDITIONS_MET: Explanation(
        "C6", "By what they did or what they are, the person meets the segment's conditions."
    ),
    Reason.SEGMENT_CONDITIONS_UNMET: Explanation(
        "C6", "By what they did or what they are, the person no longer meets the conditions."
    ),
    Reason.SEGMENT_PERIOD_PASSED: Explanation(
        "C6", "What the person did lies further back than the period that the segment asks for."
    ),
    Reason.SEGMENT_REDEFINED: Explanation(
        "C6", "The segments were worked out anew; what changes by that starts nothing."
    ),
    Reason.UNKNOWN_PERSON: Explanation("P1", "Nobody is known by this identifier."),
    Reason.SETTING_CHANGED: Explanation("M8", "An operator changed a setting of the workspace."),
    Reason.FIRST_ITEM_VERIFIED: Explanation(
        "L3", "The signature of its batch covers only the first item, which this one is not."
    ),
    Reason.DUPLICATE: Explanation("L1", "A record with this id was accepted before."),
    Reason.DUPLICATE_CONFLICT: Explanation(
        "L1", "A record with this id but other content was accepted before; the first stays."
    ),
    Reason.NO_SUBSCRIPTION: Explanation("L4", "No subscription of the mapping takes it."),
    Reason.INTEGRATION_OFF: Explanation(
        "L4", "Its integrations switch this destination off, so it is without effect."
    ),
    Reason.NO_SUBJECT: Explanation(
        "K4", "It names neither a person, nor an anonymous id, nor a recipient."
    ),
    Reason.UNMAPPABLE: Explanation("L3", "The mapping gives no complete message for it."),
    Reason.UNSUPPORTED_TYPE: Explanation("L3", "Its type is none that the mapping takes."),
    Reason.UNSUPPORTED_OPERATION: Explanation("L3", "The store does not know this operation yet."),
    Reason.MISSING_FIELD: Explanation("L3", "A field that must be there is missing or blank."),
    Reason.INVALID_FIELD: Explanation("L3", "A field has a value of the wrong kind."),
    Reason.TOO_LONG: Explanation("L3", "A field is longer than its limit."),
    Reason.TOO_DEEP: Explanation("L3", "It nests deeper than 64 levels."),
    Reason.INVALID_BODY: Explanation("L3", "The body is no JSON that can be read."),
    Reason.NOT_PUBLIC: Explanation(
        "L3", "Its credential is public, and may send events and identify, but nothing else."
    ),
    Reason.TRIGGERED: Explanation("C4", "It started the campaign."),
    Reason.ALREADY_TRIGGERED: Explanation("C4", "An event starts a campaign once, for ever."),
    Reason.CONDITION_NOT_MET: Explanation(
        "C3", "What the campaign's `where` asks of event and person did not hold."
    ),
    Reason.SEGMENTS_DO_NOT_SUIT: Explanation(
        "C6", "The person is not in all segments the campaign asks for, or in one it leaves out."
    ),
    Reason.STARTED_BEFORE: Explanation("C3", "A person starts this campaign once, and has."),
    Reason.STARTED_WITHIN_PERIOD: Explanation(
        "C3", "A person starts this campaign once in its period, and has."
    ),
    Reason.TEMPLATE_FAILED: Explanation("C3", "The campaign's template could not be filled."),
    Reason.DELIVERED: Explanation("L5", "The endpoint took the delivery."),
    Reason.NOT_CONNECTED: Explanation("L5", "The endpoint could not be reached, or hung up."),
    Reason.TIMED_OUT: Explanation("L5", "The endpoint did not answer in time."),
    Reason.FAILED_STATUS: Explanation("L5", "The endpoint answered with another status than 2xx."),
    Reason.REDIRECTED: Explanation(
        "L5", "The endpoint answered with a redirect; none is followed."
    ),
    Reason.ENDPOINT_GONE: Explanation("L5", "The endpoint says that it is gone for good (410)."),
    Reason.REFUSED_BY_ENDPOINT: Explanation(
        "L5", "The endpoint says that it will never take this delivery."
    ),
    Reason.ADDRESS_NOT_ALLOWED: Explanation(
        "L5", "The endpoint's name leads to a private address, which no setting allows."
    ),
    Reason.ATTEMPTS_USED_UP: Explanation("L5", "It failed as often as it may be tried."),
    Reason.DELIVERY_EXPIRED: Explanation("L5", "It could not be delivered before it expired."),
    Reason.WITHDRAWN: Explanation("M12", "What caused it was taken back before it was sent."),
}


def rule_of(reason: Reason) -> str:
    """Tell the number of the rule behind a reason, such as ``M4``."""
    return EXPLANATIONS[reason].rule
