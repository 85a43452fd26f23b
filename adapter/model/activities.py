"""The activity log's lines, named as Customer.io names them where it has a name."""

from dataclasses import dataclass
from enum import StrEnum

from adapter.clock import Instant
from adapter.model.reasons import Reason


class ActivityType(StrEnum):
    """Types of activity; the first three are the event tables' own rows."""

    EVENT = "event"
    PAGE = "page"
    SCREEN = "screen"
    PROFILE_CREATE = "profile_create"
    ATTRIBUTE_CHANGE = "attribute_change"
    FAILED_ATTRIBUTE_CHANGE = "failed_attribute_change"
    SKIPPED_UPDATE = "skipped_update"
    PROFILE_MERGE = "profile_merge"
    DEVICE_CHANGE = "device_change"
    PROFILE_DELETE = "profile_delete"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    ERASE = "erase"
    ANON_MERGE = "anon_merge"
    ANON_UNMERGE = "anon_unmerge"
    CLAIM_REFUSED = "claim_refused"
    OBJECT_CREATE = "object_create"
    OBJECT_CHANGE = "object_change"
    OBJECT_DELETE = "object_delete"
    ADD_RELATIONSHIP = "add_relationship"
    DELETE_RELATIONSHIP = "delete_relationship"
    DELIVERY_REPORT = "delivery_report"
    UNSUBSCRIBE = "unsubscribe"
    FORM_SUBMIT = "form_submit"
    SEGMENT_CHANGE = "segment_change"
    SEGMENT_ENTER = "segment_enter"
    SEGMENT_LEAVE = "segment_leave"
    IGNORED = "ignored"
    FAILED_EVENT = "failed_event"
    SETTING_CHANGE = "setting_change"
    SENT_WEBHOOK = "sent_webhook"
    FAILED_WEBHOOK = "failed_webhook"


TITLES: dict[ActivityType, str] = {
    ActivityType.EVENT: "Event",
    ActivityType.PAGE: "Page View",
    ActivityType.SCREEN: "Screen View",
    ActivityType.PROFILE_CREATE: "Person Created",
    ActivityType.ATTRIBUTE_CHANGE: "Attribute Change",
    ActivityType.FAILED_ATTRIBUTE_CHANGE: "Failed Attribute Change",
    ActivityType.SKIPPED_UPDATE: "Skipped Update",
    ActivityType.PROFILE_MERGE: "People Merged",
    ActivityType.DEVICE_CHANGE: "Device Change",
    ActivityType.PROFILE_DELETE: "Person Deleted",
    ActivityType.SUPPRESS: "Person Suppressed",
    ActivityType.UNSUPPRESS: "Person Unsuppressed",
    ActivityType.ERASE: "Erased",
    ActivityType.ANON_MERGE: "Anonymous Data Merged",
    ActivityType.ANON_UNMERGE: "Anonymous Data Unmerged",
    ActivityType.CLAIM_REFUSED: "Claim Refused",
    ActivityType.OBJECT_CREATE: "Object Created",
    ActivityType.OBJECT_CHANGE: "Object Change",
    ActivityType.OBJECT_DELETE: "Object Deleted",
    ActivityType.ADD_RELATIONSHIP: "Relationship Added",
    ActivityType.DELETE_RELATIONSHIP: "Relationship Deleted",
    ActivityType.DELIVERY_REPORT: "Delivery Report",
    ActivityType.UNSUBSCRIBE: "Unsubscribe",
    ActivityType.FORM_SUBMIT: "Form Submitted",
    ActivityType.SEGMENT_CHANGE: "Segment Change",
    ActivityType.SEGMENT_ENTER: "Segment Entered",
    ActivityType.SEGMENT_LEAVE: "Segment Left",
    ActivityType.IGNORED: "Ignored",
    ActivityType.FAILED_EVENT: "Failed Event",
    ActivityType.SETTING_CHANGE: "Setting Changed",
    ActivityType.SENT_WEBHOOK: "Webhook Sent",
    ActivityType.FAILED_WEBHOOK: "Webhook Failed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One line of the log that is not itself an event.

    Attributes:
        id: ours, UUIDv7.
        message: id of the message that caused it (``Message.id``), "" for an operator's act.
        message_id: the sender's id, on the line that stands for the message itself.
        type: what happened.
        name: shown beside the type; the attribute or event concerned, often "".
        person_id: whose log it stands in; None: nobody's.
        anonymous_id: the anonymous id concerned, if one is.
        received_at, occurred_at: of the message that caused it.
        reason: why (A3).
        data: JSON object as text.
    """

    id: str
    workspace_id: int
    message: str
    message_id: str | None
    type: ActivityType
    name: str = ""
    person_id: str | None
    anonymous_id: str | None = None
    received_at: Instant
    occurred_at: Instant
    reason: Reason
    data: str = "{}"
