"""How lines of the log and people are shown in a diff, without ids of our own."""

from collections.abc import Mapping, Sequence

from adapter.clock import SECOND, iso
from adapter.jsonvalue import JSONObject, loads
from adapter.model.activities import ActivityType
from adapter.model.messages import EventKind
from adapter.model.people import Person
from adapter.model.reasons import Reason
from adapter.ports import ActivityRow
from adapter.services.activity_json import customer_id

EVENTS = frozenset(kind.value for kind in EventKind)

ABOUT_OBJECTS = frozenset(
    {
        ActivityType.OBJECT_CREATE,
        ActivityType.OBJECT_CHANGE,
        ActivityType.OBJECT_DELETE,
        ActivityType.ADD_RELATIONSHIP,
        ActivityType.DELETE_RELATIONSHIP,
    }
)

Labels = Mapping[str, str]
"""What people are called, by our id: alike under both mappings."""


def event_json(row: ActivityRow, labels: Labels) -> JSONObject:
    """Show what became of a record: its event, its relation, or why it had no effect."""
    if row.type not in EVENTS and row.type not in ABOUT_OBJECTS:
        # A conflict's data names the first record by our id; the reason says enough.
        told = loads(row.data).get("message")
        return {"type": row.type, "reason": row.reason, **({"message": told} if told else {})}
    shown = {
        "type": row.type,
        "name": row.name,
        "timestamp": iso(row.occurred_at),
        "person": _named(row, labels),
        "anonymous_id": row.anonymous_id,
        "recipient": row.recipient,
        "reason": row.reason,
        "notes": ", ".join(row.notes),
        "data": loads(row.data),
    }
    return {name: value for name, value in shown.items() if value}


def event_key(row: ActivityRow, labels: Labels) -> tuple[object, ...]:
    """Give what :func:`event_json` depends on: quick to make, and equal only if that is."""
    return (
        row.type,
        row.name,
        row.occurred_at,
        _named(row, labels),
        row.anonymous_id,
        row.recipient,
        row.reason,
        row.notes,
        row.trigger,
        row.data,
    )


def may_trigger(row: ActivityRow) -> bool:
    """Tell whether a line is an event that may trigger a campaign (C2, C3)."""
    return row.trigger == Reason.MAY_TRIGGER


def trigger_json(row: ActivityRow, labels: Labels) -> JSONObject:
    """Show an event that may trigger."""
    return {"name": row.name, "person": _named(row, labels)}


def merge_json(lines: Sequence[ActivityRow], labels: Labels) -> JSONObject | None:
    """Sum up the merges of one anonymous id (A1); None if there was none."""
    if not lines:
        return None
    data = [loads(line.data) for line in lines]
    return {
        "person": _named(lines[0], labels),
        "count": sum(each["count"] for each in data),
        "oldest": iso(min(each["oldest"] for each in data) * SECOND),
    }


def person_json(person: Person | None) -> JSONObject | None:
    """Show a person as they are in the end; None for nobody."""
    if person is None:
        return None
    held = person.attributes.items()
    return {
        "identifiers": {kind.value: text for kind, text in person.identifiers.items()},
        "attributes": {name: each.value for name, each in held if each.value is not None},
    }


def label_of(person: Person) -> str:
    """Name a person: by id, else by e-mail, else by our id."""
    known = {kind.value: text for kind, text in person.identifiers.items()}
    return customer_id(known | {"cio_id": person.person_id}) or ""


def _named(row: ActivityRow, labels: Labels) -> str | None:
    return None if row.person_id is None else labels.get(row.person_id)
