"""Rows of the memory store as an erasure meets them: whose each is, what outsiders say in it."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, NamedTuple

from adapter.clock import Instant
from adapter.eraser import Telling
from adapter.jsonvalue import dumps, loads
from adapter.model.people import Attribute, Device
from adapter.rules.erasure import SAID
from adapter.rules.facts import Holder
from adapter.store.memory.outbox import MemoryOutbox
from adapter.store.memory.tables import Tables

_OF_RELATIONS = {Telling.PERSON_RELATIONSHIPS: True, Telling.ANONYMOUS_RELATIONSHIPS: False}


class Entry(NamedTuple):
    """A row where it lies.

    Attributes:
        holder: whose it is, a person's or a stranger's; None for nobody's.
        put: puts another in its place; None removes it.
    """

    row: Any
    holder: Holder | None
    put: Callable[[Any], None]


def entries(
    tables: Tables, outbox: MemoryOutbox, table: Telling, workspace_id: int
) -> Iterator[Entry]:
    """Give the rows that a workspace has in a table."""
    homes: dict[Telling, list[Any]] = {
        Telling.RECEIVED: [tables.received],
        Telling.QUARANTINE: [tables.quarantine],
        Telling.INVITE_EVENTS: [tables.invite_events],
        Telling.ANONYMOUS_EVENTS: list(tables.anonymous_events.values()),
        Telling.PERSON_EVENTS: [tables.person_events],
        Telling.ACTIVITIES: [tables.activities],
        Telling.PEOPLE: [tables.people],
        Telling.OBJECTS: [tables.objects],
        Telling.PERSON_RELATIONSHIPS: [tables.relationships],
        Telling.ANONYMOUS_RELATIONSHIPS: [tables.relationships],
        Telling.DELIVERIES: [outbox.deliveries_by_id],
        Telling.ATTEMPTS: list(outbox.attempts_by_id.values()),
    }
    for home in homes[table]:
        if isinstance(home, dict):
            yield from _of_dict(home, workspace_id, of_people=_OF_RELATIONS.get(table))
        else:
            yield from _of_list(home, workspace_id)


def _of_list(rows: list[Any], workspace_id: int) -> Iterator[Entry]:
    def put_at(row: Any) -> Callable[[Any], None]:
        def put(left: Any) -> None:
            place = rows.index(row)
            rows[place : place + 1] = [] if left is None else [left]

        return put

    for row in list(rows):
        if getattr(row, "event", row).workspace_id == workspace_id:
            yield Entry(row, _holder_of(row), put_at(row))


def _of_dict(rows: dict[Any, Any], workspace_id: int, *, of_people: bool | None) -> Iterator[Entry]:
    def put_at(key: Any) -> Callable[[Any], None]:
        def put(left: Any) -> None:
            if left is None:
                del rows[key]
            else:
                rows[key] = left

        return put

    for key, row in list(rows.items()):
        holder = key[1] if isinstance(key[1], Holder) else _holder_of(row)
        if key[0] == workspace_id and of_people in {None, holder is not None and holder.is_person}:
            yield Entry(row, holder, put_at(key))


def _holder_of(row: Any) -> Holder | None:
    person_id = getattr(row, "person_id", None)
    if person_id is not None:
        return Holder.person(person_id)
    anonymous_id = getattr(row, "anonymous_id", None)
    return None if anonymous_id is None else Holder.stranger(anonymous_id)


def said_in(row: Any) -> dict[str, str | None]:
    """Give what outsiders say in a row, as texts, as the SQL stores keep it."""
    said: dict[str, str | None] = {}
    for part in {id(each): each for each in (getattr(row, "event", row), row)}.values():
        for each in fields(part):
            if each.name in SAID:
                value = getattr(part, each.name)
                said[each.name] = _written(value) if isinstance(value, dict) else value
    return said


def changed_row(row: Any, changed: dict[str, str | None]) -> Any:
    """Give a row with other texts."""
    own = {each.name for each in fields(row)}
    given = {
        name: _read(name, text) if isinstance(getattr(row, name, None), dict) else text
        for name, text in changed.items()
    }
    event = getattr(row, "event", None)
    if event is not None:
        given["event"] = replace(event, **{name: v for name, v in given.items() if name not in own})
    return replace(row, **{name: value for name, value in given.items() if name in own})


def _written(value: dict[Any, Any]) -> str:
    """Write attributes, devices or identifiers as JSON."""
    return dumps({str(name): _plain(each) for name, each in value.items()})


def _plain(value: Any) -> Any:
    match value:
        case Attribute():
            return [value.value, value.at]
        case Device():
            attributes = {name: _plain(each) for name, each in value.attributes.items()}
            return [value.platform, value.last_used, attributes]
        case _:
            return value


def _read(name: str, text: str | None) -> dict[str, Any]:
    written = loads(text or "{}")
    if name == "devices":
        return {
            token: Device(platform=platform, last_used=Instant(at), attributes=_attributes(given))
            for token, (platform, at, given) in written.items()
        }
    return _attributes(written)


def _attributes(written: dict[str, Any]) -> dict[str, Attribute]:
    return {name: Attribute(value, Instant(at)) for name, (value, at) in written.items()}
