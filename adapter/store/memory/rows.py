"""Rows of the log and of quarantine, as the memory store makes them from what it keeps."""

from collections.abc import Iterable, Iterator

from adapter.errors import OperatorError
from adapter.model.activities import Activity
from adapter.model.messages import Event
from adapter.model.reasons import Reason
from adapter.model.workspaces import Source
from adapter.ports import ActivityQuery, ActivityRow, QuarantineRow
from adapter.rules.decision import Decision, Merge, StoredAnonymous, StoredIdentified


def merged(waiting: StoredAnonymous, merge: Merge) -> StoredIdentified:
    """Make an anonymous event the person's (M2, M9)."""
    event = waiting.event
    trigger = merge.otherwise
    if Reason.TRIGGERS_OFF in waiting.reasons:
        trigger = Reason.TRIGGERS_OFF  # whoever claims it (C8)
    elif event.occurred_at >= merge.trigger_since:
        trigger = Reason.MAY_TRIGGER
    return StoredIdentified(
        event=event,
        person_id=merge.person_id,
        anonymous_id=waiting.anonymous_id,
        was_anonymous=True,
        processed_at=merge.at,
        trigger=trigger,
        reasons=(Reason.MERGED, *waiting.reasons[1:]),
        former=waiting.reasons[0],
    )


def identified_row(stored: StoredIdentified, names: dict[str, str]) -> ActivityRow:
    """Show a person's event."""
    event = stored.event
    return ActivityRow(
        id=event.id,
        event_id=event.message_id,
        type=event.kind,
        name=event.name,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        processed_at=stored.processed_at,
        view="identified",
        person_id=stored.person_id,
        identifiers=names,
        anonymous_id=stored.anonymous_id,
        recipient=None,
        was_anonymous=stored.was_anonymous,
        reason=stored.reasons[0],
        notes=stored.reasons[1:],
        trigger=stored.trigger,
        message=event.id,
        data=event.data,
        source_id=event.source_id,
    )


def anonymous_row(
    event: Event, reasons: tuple[Reason, ...], anonymous_id: str | None, recipient: str | None
) -> ActivityRow:
    """Show an anonymous or an invite event."""
    return ActivityRow(
        id=event.id,
        event_id=event.message_id,
        type=event.kind,
        name=event.name,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        processed_at=None,
        view="anonymous",
        person_id=None,
        identifiers={},
        anonymous_id=anonymous_id,
        recipient=recipient,
        was_anonymous=False,
        reason=reasons[0],
        notes=reasons[1:],
        trigger=None,
        message=event.id,
        data=event.data,
        source_id=event.source_id,
    )


def activity_row(activity: Activity, names: dict[str, str]) -> ActivityRow:
    """Show a line of the log that is not itself an event."""
    return ActivityRow(
        id=activity.id,
        event_id=activity.message_id,
        type=activity.type,
        name=activity.name,
        occurred_at=activity.occurred_at,
        received_at=activity.received_at,
        processed_at=activity.received_at,
        view="identified" if activity.person_id else "anonymous",
        person_id=activity.person_id,
        identifiers=names,
        anonymous_id=activity.anonymous_id,
        recipient=None,
        was_anonymous=False,
        reason=activity.reason,
        notes=(),
        trigger=None,
        message=activity.message,
        data=activity.data,
    )


def quarantine_rows(decision: Decision) -> Iterator[QuarantineRow]:
    """Show what goes to quarantine."""
    for message in decision.quarantined:
        yield QuarantineRow(
            id=message.id,
            workspace_id=message.workspace_id,
            source_id=message.source_id,
            received_id=message.received_id,
            message_id=message.message_id,
            index=message.index,
            part=message.part,
            received_at=message.received_at,
            reason=message.reason,
            pointer=message.pointer,
            text=message.text,
            raw=message.raw,
            refused=message.refused,
        )


def named(rows: Iterable[QuarantineRow], workspace_id: int, record: str) -> QuarantineRow | None:
    """Find a record in quarantine."""
    found = (row for row in rows if row.workspace_id == workspace_id and row.id == record)
    return next(found, None)


def refuse_taken(sources: Iterable[Source], source: Source) -> None:
    """Refuse a source whose slug or write key another has.

    Raises:
        OperatorError: one is taken.
    """
    for other in sources:
        if other.id == source.id:
            continue
        if other.slug == source.slug:
            raise OperatorError(f"source slug {source.slug!r} is taken")
        if other.write_key == source.write_key:
            raise OperatorError(f"write key of source {source.slug!r} is taken")


def matches(row: ActivityRow, query: ActivityQuery) -> bool:
    """Tell whether a line passes the query's filters."""
    wanted = (
        (query.type, row.type),
        (query.name, row.name),
        (query.view, row.view),
        (query.person_id, row.person_id),
        (query.anonymous_id, row.anonymous_id),
        (query.event_id, row.event_id),
        (query.reason, row.reason),
        (query.source_id, row.source_id),
    )
    return (
        (not query.before or row.id < query.before)
        and row.id > query.beyond
        and all(asked is None or asked == found for asked, found in wanted)
        and (query.message is None or query.message in {row.message, row.id})
    )
