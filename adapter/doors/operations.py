"""Native operations become messages (K1-K4, K7, P2, T3, T4).

An operation has the shape of Customer.io's Track API v2 (contracts 4.2), whichever door it came
through and whoever made it, a mapping or the sender. Whatever cannot become a message becomes an
``Unapplicable`` that says all that is wrong: nothing is lost (L3).
"""

from collections.abc import Callable

from adapter.doors.envelopes import Envelope, common_fields, unapplicable
from adapter.doors.native import departures, devices, events, objects, people, reports
from adapter.doors.native.part import Common, Part
from adapter.doors.native.plain import plain_event
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject, JSONValue
from adapter.model.messages import Message
from adapter.model.reasons import Reason

Builder = Callable[[Part, Common], Message]
"""Makes the message of an operation."""

BUILDERS: dict[str, Builder] = {
    "person identify": people.identify,
    "person merge": people.merge,
    "person delete": departures.delete,
    "person suppress": departures.suppress,
    "person unsuppress": departures.unsuppress,
    "person add_device": devices.add,
    "person delete_device": devices.delete,
    "person add_to_segment": reports.join_segment,
    "person remove_from_segment": reports.leave_segment,
    "person event": events.event,
    "person page": events.page,
    "person screen": events.screen,
    "person viewed_content": events.event,
    "person clicked_content": events.event,
    "person add_relationships": objects.add_memberships,
    "person delete_relationships": objects.delete_memberships,
    "object identify": objects.identify,
    "object identify_anonymous": objects.identify,
    "object delete": objects.delete,
    "object add_relationships": objects.add_members,
    "object delete_relationships": objects.delete_members,
    "delivery event": reports.delivery_event,
    "form submit": reports.submit_form,
}
"""By type and action (contracts 4.2).

So that there is one way in, here stand also what only v1 knows: forms, and segments kept by hand.
"""


def message_of(operation: JSONObject, *, envelope: Envelope, timestamp: JSONValue) -> Message:
    """Turn one operation into one message.

    Args:
        operation: ``type``, ``action``, ``identifiers``, ``name``, ``attributes`` and so on;
            not changed.
        envelope: what the message bears besides.
        timestamp: when it happened, as the sender wrote it; the operation's own is cut to
            whole seconds. None means on receipt (T3).

    Returns:
        An ``Unapplicable`` if anything is wrong; its pointer leads into the operation.
    """
    plain = plain_event(operation, envelope, timestamp)
    return plain or read_message(operation, envelope=envelope, timestamp=timestamp)


def read_message(operation: JSONObject, *, envelope: Envelope, timestamp: JSONValue) -> Message:
    """Turn any operation into a message, part by part; see :func:`message_of`."""
    what = f"{operation.get('type')} {operation.get('action')}"
    build = BUILDERS.get(what)
    if build is None:
        text = f"the operation {what!r} is not supported"
        problem = Problem(Reason.UNSUPPORTED_OPERATION, text, "/action")
        return unapplicable(envelope, [problem], timestamp=timestamp)
    part = Part(operation)
    common = common_fields(envelope, timestamp)
    common["native"] = operation
    message = build(part, common)
    if part.problems:
        return unapplicable(envelope, part.problems, timestamp=timestamp)
    return message
