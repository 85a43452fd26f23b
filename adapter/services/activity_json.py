"""One activity in JSON, as the read API and ``explain`` show it (design 6)."""

from collections.abc import Mapping

from adapter.clock import unix_seconds
from adapter.jsonvalue import JSONObject, loads
from adapter.ports import ActivityRow


def activity_json(row: ActivityRow) -> JSONObject:
    """Show a line of the log; times in whole Unix seconds, both clocks always."""
    return {
        "id": row.id,
        "event_id": row.event_id,
        "type": row.type,
        "name": row.name,
        "timestamp": unix_seconds(row.occurred_at),
        "received_at": unix_seconds(row.received_at),
        "processed_at": None if row.processed_at is None else unix_seconds(row.processed_at),
        "view": row.view,
        "customer_id": customer_id(row.identifiers),
        "customer_identifiers": identifiers_json(row.identifiers),
        "anonymous_id": row.anonymous_id,
        "recipient": row.recipient,
        "was_anonymous": row.was_anonymous,
        "reason": row.reason,
        "notes": list(row.notes),
        "trigger": row.trigger,
        "data": loads(row.data),
    }


def identifiers_json(identifiers: Mapping[str, str]) -> JSONObject | None:
    """Show a person's identifiers, null for those they lack; null for nobody."""
    if not identifiers:
        return None
    return {kind: identifiers.get(kind) for kind in ("id", "email", "cio_id")}


def customer_id(identifiers: Mapping[str, str]) -> str | None:
    """Give what names the person in a path: their id, else their e-mail, else their cio_id."""
    if not identifiers:
        return None
    return identifiers.get("id") or identifiers.get("email") or f"cio_{identifiers['cio_id']}"
