"""Erasing somebody: what is left of the records that tell of them, and what must go (P6, R4)."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from adapter.clock import Instant
from adapter.errors import InvalidJson, TooDeep
from adapter.jsonvalue import JSONObject, JSONValue, dumps, is_too_deep, loads
from adapter.model.activities import TITLES, Activity, ActivityType
from adapter.model.reasons import Reason
from adapter.rules.decision import Decision, Departure, Erasure
from adapter.rules.facts import Facts
from adapter.rules.mentions import Mentions, Traces

ERASED: JSONObject = {"erased": True}
"""What a record is replaced by in the body it came in, so that the others keep their places."""

TOUCHED = "touched"
"""Stands beside a body that an erasure took something out of, if only a name."""

_WRAPPED = {"json"}
_JSON_BEGINS = ("{", "[")
_IDENTIFYING = frozenset({"anonymous_id", "recipient"})
"""Columns that hold a name and nothing else."""

_NAMES = _IDENTIFYING | {"person_id", "pending_person_id", "value"}

SAID = frozenset(
    {
        *_IDENTIFYING,
        *("attributes", "body", "data", "devices", "event_id", "excerpt", "identifiers"),
        *("message_id", "name", "object_id", "path", "pointer", "raw", "text"),
    }
)
"""Names of columns, and of fields, that hold what outsiders say."""

_RECORDS = frozenset({"raw", "body"})
"""Columns that hold a whole record, as it came or as it is sent on."""


class ErasedBody(NamedTuple):
    """A body without somebody's records.

    Attributes:
        body: to keep instead.
        erased: how many records are gone.
        read_as: to keep beside it (``Received.read_as``).
    """

    body: bytes
    erased: int
    read_as: str = ""


def is_erased(record: JSONValue) -> bool:
    """Tell whether a record of a raw body was erased; nothing can be derived from it."""
    return record == ERASED


def erase_from_body(
    body: bytes, mentions: Mentions, *, known: Collection[int] = (), records: int
) -> ErasedBody | None:
    """Take somebody's records out of a raw body, and their names out of all others.

    Args:
        body: inflated.
        mentions: whom to look for.
        known: places of records that are theirs, whatever they say.
        records: how many the door counted.

    Returns:
        None if it tells nothing of them.
    """
    if not known and not mentions.may_be_in(body):
        return None
    try:
        value = _walkable(body)
        items = value if isinstance(value, list) else [value]
        # Several operations may come of one record; then places say nothing.
        theirs = set(known) if len(items) == records else set()
        left = [
            dict(ERASED) if place in theirs else _erase_from(item, mentions)
            for place, item in enumerate(items)
        ]
    except InvalidJson:
        return _erase_text(body, mentions, records)
    if left == items:
        return None
    erased = sum(map(is_erased, left)) - sum(map(is_erased, items))
    kept = left if isinstance(value, list) else left[0]
    return ErasedBody(dumps(kept).encode(), min(erased, records))


def erase_from_reading(left: ErasedBody, read_as: str, mentions: Mentions) -> ErasedBody:
    """Take somebody out of what stands beside a body as well: it may quote their records."""
    if not read_as:
        return left
    told: JSONObject = loads(dumps(mentions.blotted(loads(read_as)))) | {TOUCHED: True}
    kept = loads(left.body)
    if is_erased(kept):
        told.pop("refused", None)
    if isinstance(told.get("records"), list):
        pairs = zip(told["records"], kept, strict=False)
        told["records"] = [None if is_erased(record) else mark for mark, record in pairs]
    return left._replace(read_as=dumps(told))


def erase_from_row(
    said: Mapping[str, str | None], mentions: Mentions, *, of_nobody: bool
) -> dict[str, str | None] | None:
    """Take somebody out of what a row of somebody else says.

    Args:
        said: texts of outsiders by the name of their column; JSON, or plain.
        mentions: whom to look for.
        of_nobody: the row belongs to no person, so it is theirs if what it holds is.

    Returns:
        The columns that change; None if the row is theirs, and to be removed.
    """
    changed: dict[str, str | None] = {}
    for name, text in said.items():
        if text is None:
            continue
        if name in _IDENTIFYING:
            if mentions.is_name(text):
                if of_nobody:
                    return None
                changed[name] = None
            continue
        left = _left_of(text, mentions, is_record=of_nobody and name in _RECORDS)
        if left is None:
            return None
        if left != text:
            changed[name] = left
    return changed


def names_them(column: str, text: str, mentions: Mentions) -> bool:
    """Tell whether a text that a column holds names somebody."""
    if column in _NAMES:
        return mentions.is_name(text)
    return _left_of(text, mentions, is_record=False) != text


def erase(
    traces: Traces, facts: Facts, *, now: Instant, activity_id: str, counted: JSONObject
) -> Decision:
    """Let go of all that is somebody's own; the rest of the store names them no more by then.

    Args:
        traces: of whom.
        facts: their anonymous ids, identifiers and people, locked.
        now: when.
        activity_id: for the line of the log.
        counted: what was taken out elsewhere, for that line.
    """
    workspace_id, named = traces.workspace_id, traces.named
    people = sorted(traces.people)
    decision = Decision()
    decision.departures = [
        Departure(workspace_id=workspace_id, person_id=person_id) for person_id in people
    ]
    decision.forgotten = {(workspace_id, ref) for ref in named.refs}
    decision.erasures.append(
        Erasure(
            workspace_id=workspace_id,
            people=tuple(people),
            anonymous_ids={
                name: facts.anonymous_ids[workspace_id, name].ref
                for name in sorted(named.anonymous_ids)
            },
            activity=Activity(
                id=activity_id,
                workspace_id=workspace_id,
                message="",
                message_id=None,
                type=ActivityType.ERASE,
                name=TITLES[ActivityType.ERASE],
                person_id=None,
                received_at=now,
                occurred_at=now,
                reason=Reason.ERASED,
                data=dumps({"people": len(people), **counted}),
            ),
        )
    )
    return decision


def erased_line(erasure: Erasure, *, events: int, lines: int) -> Activity | None:
    """Give the line of the log, once the store knows what it removed; None if it was nothing.

    It does not say whom it was about: nothing of them is kept (R4).
    """
    data = loads(erasure.activity.data)
    told = {"people": data.pop("people"), "events": events, "lines": lines, **data}
    return replace(erasure.activity, data=dumps(told)) if any(told.values()) else None


def _erase_from(item: JSONValue, mentions: Mentions) -> JSONValue:
    return dict(ERASED) if _is_theirs(item, mentions) else mentions.blotted(item)


def _is_theirs(item: JSONValue, mentions: Mentions) -> bool:
    if isinstance(item, dict) and item.keys() == _WRAPPED:
        item = item["json"]
    if isinstance(item, dict):
        return mentions.are_subject(item)
    return mentions.in_value(item)


def _left_of(text: str, mentions: Mentions, *, is_record: bool) -> str | None:
    """Give what is left of a text, JSON or plain; None if it is a record of theirs."""
    try:
        value: JSONValue = _walkable(text) if text.startswith(_JSON_BEGINS) else text
    except InvalidJson:
        value = text
    if is_record and isinstance(value, list):
        left: JSONValue = [_erase_from(item, mentions) for item in value]
    elif is_record and _is_theirs(value, mentions):
        return None
    else:
        left = mentions.blotted(value)
    if left == value:
        return text
    return left if isinstance(left, str) else dumps(left)


def _walkable(raw: bytes | str) -> JSONValue:
    """Read a JSON value that is not too deep to walk; no door takes one that is.

    Raises:
        InvalidJson: it is none.
    """
    value: JSONValue = loads(raw)
    if is_too_deep(value):
        raise TooDeep
    return value


def _erase_text(body: bytes, mentions: Mentions, records: int) -> ErasedBody | None:
    """Give up a body that is no JSON, if it names them: who knows where its records end."""
    if not mentions.in_text(body.decode("utf-8", "replace")):
        return None
    return ErasedBody(dumps(ERASED).encode(), records)
