"""Who owns an anonymous event, and may it trigger: the predicates of M2-M4, R1 and C2.

The same predicate decides on both paths, when an event arrives after the assignment and when an
assignment finds events that wait (design 3).
"""

from adapter.clock import Instant
from adapter.model.messages import Message
from adapter.model.reasons import Reason
from adapter.rules.facts import AnonymousIdFact
from adapter.rules.policy import Policy

NEVER = Instant(2**62)
"""Later than any event."""


def is_associated(received_at: Instant, assigned_at: Instant, policy: Policy) -> bool:
    """Tell whether an event belongs to the person its anonymous id was assigned to.

    ``assigned_at - retention < received_at <= assigned_at + merge_window``: exactly retention
    old is expired (R1), exactly the window's length late is still in (M3).
    """
    return policy.alive_after(assigned_at) < received_at <= assigned_at + policy.merge_window


def arrival_reason(received_at: Instant, fact: AnonymousIdFact, policy: Policy) -> Reason:
    """Decide what becomes of an anonymous event as it arrives (M3, M4, M8, R4).

    Returns:
        ``merged_in_window`` if it is the person's; otherwise why it stays anonymous.
    """
    if fact.used_up:
        return Reason.ANONYMOUS_ID_USED_UP
    if fact.assigned_at is None:
        return Reason.AWAITING_IDENTIFY if fact.pending_at is None else Reason.MERGING_OFF
    if received_at > fact.assigned_at + policy.merge_window:
        return Reason.WINDOW_CLOSED
    if not policy.merging:
        return Reason.MERGING_OFF
    if is_associated(received_at, fact.assigned_at, policy):
        return Reason.MERGED_IN_WINDOW
    return Reason.EXPIRED


def trigger_reason(event: Message, associated_at: Instant, policy: Policy) -> Reason:
    """Decide whether an event may trigger when it becomes a person's (C2, C3, C8); 72 h are in."""
    if Reason.TRIGGERS_OFF in event.notes:
        return Reason.TRIGGERS_OFF
    if associated_at - event.occurred_at <= policy.trigger_window:
        return Reason.MAY_TRIGGER
    return Reason.OLDER_THAN_TRIGGER_WINDOW


def trigger_bound(
    associated_at: Instant, policy: Policy, *, triggers: bool
) -> tuple[Instant, Reason]:
    """Say the same for stored events, all at once.

    Returns:
        Since when an event must have occurred to trigger, and why an older one may not.
    """
    if not triggers:
        return NEVER, Reason.TRIGGERS_OFF
    return Instant(associated_at - policy.trigger_window), Reason.OLDER_THAN_TRIGGER_WINDOW
