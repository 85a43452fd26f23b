"""People and their identifiers: reading, writing, joining (P1-P5)."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, FromClause, Row, select

from adapter.clock import Instant
from adapter.ids import bucket_of
from adapter.jsonvalue import JSONObject, dumps, loads
from adapter.model.people import Attribute, Device, IdentifierKind, Person
from adapter.rules.decision import PersonWrite
from adapter.rules.facts import PersonKey
from adapter.store.engine import impatient
from adapter.store.sql import BulkWrite, GivenRows, Query, lies_beside
from adapter.store.tables import identifiers, people

_PERSON_KEY = ("person_id", "workspace_id", "bucket")
_CHANGING = ("identifiers", "attributes", "updated_at", "devices")


def _overwrite(insert: Any) -> Any:
    return insert.on_conflict_do_update(
        index_elements=_PERSON_KEY,
        set_={name: insert.excluded[name] for name in _CHANGING},
    )


def _repoint(insert: Any) -> Any:
    return insert.on_conflict_do_update(
        index_elements=("value", "kind", "workspace_id", "bucket"),
        set_={"person_id": insert.excluded.person_id},
    )


def _of_given(given: FromClause) -> Query:
    same = (
        (given.c.person_id == people.c.person_id)
        & (given.c.workspace_id == people.c.workspace_id)
        & lies_beside(given, people.c.bucket)
    )
    return select(people).select_from(given).join(people, same)


_write_people = BulkWrite(people, on_conflict=_overwrite)
_write_identifiers = BulkWrite(identifiers, on_conflict=_repoint)
_read_people = GivenRows({name: people.c[name].type for name in _PERSON_KEY}, _of_given)


def read_people(connection: Connection, keys: Iterable[PersonKey]) -> dict[PersonKey, Person]:
    """Read people, those there are."""
    given = [
        (person_id, workspace_id, bucket_of(workspace_id, person_id))
        for workspace_id, person_id in keys
    ]
    if not given:
        return {}
    rows = _read_people.run(connection, given)
    return {(row.workspace_id, row.person_id): _person(row) for row in rows}


def write_people(connection: Connection, writes: Iterable[PersonWrite]) -> None:
    """Create or overwrite people, and point identifiers to them or free them."""
    persons: list[tuple[Any, ...]] = []
    freed: set[tuple[str, str, int]] = set()
    pointed: dict[tuple[str, str, int], str | None] = {}
    for write in writes:
        person = write.person
        workspace_id = person.workspace_id
        persons.append(_row(person))
        for kind, value in write.removed:
            freed.add((value, kind.value, workspace_id))
        for kind, value in write.added:
            pointed[value, kind.value, workspace_id] = person.person_id
    _write_people.run(connection, sorted(persons))
    # What one person of the batch frees another may have taken; then it is theirs.
    free = freed - pointed.keys()
    if free:
        # No message names what somebody was called before, so it is not locked yet.
        with impatient(connection):
            _point(connection, dict.fromkeys(free))
    _point(connection, pointed)


def _point(connection: Connection, owners: Mapping[tuple[str, str, int], str | None]) -> None:
    """Point identifiers to their owners, or to nobody."""
    _write_identifiers.run(
        connection,
        [(*key, bucket_of(key[2], key[0]), person_id) for key, person_id in sorted(owners.items())],
    )


def _row(person: Person) -> tuple[Any, ...]:
    names = {kind.value: text for kind, text in person.identifiers.items()}
    devices = {
        token: [device.platform, device.last_used, timed(device.attributes)]
        for token, device in person.devices.items()
    }
    return (
        person.person_id,
        person.workspace_id,
        bucket_of(person.workspace_id, person.person_id),
        dumps(names),
        dumps(timed(person.attributes)),
        person.created_at,
        person.updated_at,
        dumps(devices),
    )


def page_of_people(
    connection: Connection, workspace_id: int, beyond: str, limit: int
) -> list[Person]:
    """Page through the people of a workspace by person_id."""
    rows = connection.execute(
        select(people)
        .where(people.c.person_id > beyond, people.c.workspace_id == workspace_id)
        .order_by(people.c.person_id)
        .limit(limit)
    )
    return [_person(row) for row in rows]


def _person(row: Row[Any]) -> Person:
    names = loads(row.identifiers)
    return Person(
        person_id=row.person_id,
        workspace_id=row.workspace_id,
        created_at=Instant(row.created_at),
        updated_at=Instant(row.updated_at),
        identifiers={IdentifierKind(kind): text for kind, text in names.items()},
        attributes=attributes_of(loads(row.attributes)),
        devices={
            token: Device(
                platform=platform,
                last_used=Instant(last_used),
                attributes=attributes_of(attributes),
            )
            for token, (platform, last_used, attributes) in loads(row.devices).items()
        },
    )


def timed(attributes: Mapping[str, Attribute]) -> JSONObject:
    """Write attributes with the microseconds of the update that set each."""
    return {name: [item.value, item.at] for name, item in attributes.items()}


def attributes_of(written: JSONObject) -> dict[str, Attribute]:
    """Read attributes as :func:`timed` writes them."""
    return {name: Attribute(value, Instant(at)) for name, (value, at) in written.items()}
