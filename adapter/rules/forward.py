"""What is sent on: the native operation of each record that was accepted, once (L5)."""

from adapter.clock import Instant
from adapter.jsonvalue import JSONObject, dumps
from adapter.model.deliveries import LIFETIME, Delivery
from adapter.model.messages import Event, Message
from adapter.model.reasons import Reason
from adapter.rules.decision import Fate, Outcome
from adapter.rules.triggers import delivery_id
from adapter.rules.working import Working

_ENTITY = "/api/v2/entity"
_METRICS = "/api/v1/metrics"

_SENT_ON = frozenset({Fate.STORED, Fate.IGNORED})
_KEPT_BACK = frozenset({Reason.SUPPRESSED, Reason.RECIPIENT_SUPPRESSED})
"""Whoever is suppressed here is not told of elsewhere (P6)."""

_OURS_ALONE = frozenset({"add_to_segment", "remove_from_segment", "submit"})
"""Operations that stand for calls of Track API v1 which its v2 does not know."""

_IDENTIFIED_BY_ID = frozenset({"event", "page", "screen"})


def forward(message: Message, outcome: Outcome, working: Working) -> None:
    """Send an operation on to each destination; what was replayed without triggers is not (C8).

    What has no effect here may have one there, an identify without a person among it. An event
    without an id gets ours, so that sending it again does no harm.
    """
    operation = message.native
    if operation is None:
        return
    if outcome.fate not in _SENT_ON or outcome.reasons[0] in _KEPT_BACK:
        return
    if Reason.SUPPRESSED in outcome.reasons:
        # Somebody suppressed stands among others whom an operation names.
        return
    if Reason.TRIGGERS_OFF in message.notes or operation.get("action") in _OURS_ALONE:
        return
    if operation.get("action") in _IDENTIFIED_BY_ID and "id" not in operation:
        operation = {**operation, "id": message.id}
    at = message.received_at
    for workspace_id, endpoint in working.facts.in_force.destinations:
        if workspace_id in {None, message.workspace_id}:
            working.decision.deliveries.append(
                Delivery(
                    id=delivery_id(message.id, endpoint.name),
                    workspace_id=message.workspace_id,
                    endpoint=endpoint.name,
                    record=message.id,
                    event_id=message.message_id,
                    person_id=_person_of(message, working),
                    recipient=None,
                    name=_name_of(message, operation),
                    path=_ENTITY if "type" in operation else _METRICS,
                    body=dumps(operation),
                    created_at=at,
                    due_at=at,
                    expires_at=Instant(at + LIFETIME),
                )
            )


def _person_of(message: Message, working: Working) -> str | None:
    """Tell whom an operation is about, so that it goes with them (P6)."""
    ref = getattr(message, "person", None)
    return None if ref is None else working.holder(message.workspace_id, ref)


def _name_of(message: Message, operation: JSONObject) -> str:
    return message.name if isinstance(message, Event) else str(operation.get("action", "metric"))
