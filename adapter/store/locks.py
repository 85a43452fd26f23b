"""Lock first, then read: the facts of a batch (design 3, storage 5.2).

A row is locked by upserting it, which works for rows that do not exist yet and on every node of a
distributed engine. The order is: workspace, anonymous ids, identifiers other than cio_ids, cio_ids;
sorted inside each. The row of a person's cio_id stands for the person, so people's own rows need
no lock; what people have who may go is locked as well (``holdings``). What an upsert returns is the
row as its lock found it; all else is read by a later statement, because under READ COMMITTED a
statement sees what was there when it began, not when its lock was granted.

On SQLite the transaction began with the lock on the file: rows are made, and then only read.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, FromClause, Row, bindparam, func, select

from adapter.clock import Instant
from adapter.ids import bucket_of
from adapter.model.people import IdentifierKind, PersonRef
from adapter.rules.facts import (
    AnonymousIdFact,
    AnonymousKey,
    Facts,
    Needs,
    PersonKey,
    RefKey,
)
from adapter.store.holdings import NOTHING, Holdings, ensure_locked, find_holdings
from adapter.store.keys import known_keys
from adapter.store.objects import read_related
from adapter.store.outbox import read_recipients
from adapter.store.people import read_people
from adapter.store.segments import add_segment_facts
from adapter.store.sql import (
    PLACE,
    BulkWrite,
    GivenRows,
    Query,
    constant,
    is_postgres,
    larger,
    lies_beside,
    smaller,
)
from adapter.store.tables import anonymous_ids, identifiers
from adapter.store.tombstones import find_tombstones, of_anonymous_id, of_identifier
from adapter.store.triggers import add_trigger_facts, owners_of
from adapter.store.workspaces import Terms, locked_settings, read_secrets, read_terms

_ID_KEY = ("anonymous_id", "workspace_id", "bucket")
_ID_FACT = (
    "anonymous_id",
    "workspace_id",
    "ref",
    "person_id",
    "assigned_at",
    "pending_person_id",
    "pending_at",
)
_REF_KEY = ("value", "kind", "workspace_id", "bucket")
_REF_FACT = ("value", "kind", "workspace_id", "person_id")


def _see(insert: Any) -> Any:
    given, kept = insert.excluded, anonymous_ids.c
    return insert.on_conflict_do_update(
        index_elements=_ID_KEY,
        set_={
            "first_seen": smaller(given.first_seen, kept.first_seen),
            "last_seen": larger(given.last_seen, kept.last_seen),
        },
    )


def _touch(insert: Any) -> Any:
    return insert.on_conflict_do_update(
        index_elements=_REF_KEY, set_={"person_id": identifiers.c.person_id}
    )


def _ids_of(given: FromClause) -> Query:
    same = (
        (given.c.anonymous_id == anonymous_ids.c.anonymous_id)
        & (given.c.workspace_id == anonymous_ids.c.workspace_id)
        & lies_beside(given, anonymous_ids.c.bucket)
    )
    columns = [anonymous_ids.c[name] for name in _ID_FACT]
    return select(*columns).select_from(given).join(anonymous_ids, same)


def _refs_of(given: FromClause) -> Query:
    same = (
        (given.c.value == identifiers.c.value)
        & (given.c.kind == identifiers.c.kind)
        & (given.c.workspace_id == identifiers.c.workspace_id)
        & lies_beside(given, identifiers.c.bucket)
    )
    columns = [identifiers.c[name] for name in _REF_FACT]
    return select(*columns).select_from(given).join(identifiers, same)


_lock_ids = BulkWrite(
    anonymous_ids,
    (*_ID_KEY, "first_seen", "last_seen"),
    on_conflict=_see,
    returning=_ID_FACT,
    # PostgreSQL draws it from a sequence.
    # The largest is looked up once per statement; gaps, for ids that exist already, are fine.
    sqlite_values={
        "ref": select(func.coalesce(func.max(anonymous_ids.c.ref), constant(0))).scalar_subquery()
        + bindparam(PLACE)
    },
)
_lock_refs = BulkWrite(identifiers, _REF_KEY, on_conflict=_touch, returning=_REF_FACT)
_read_ids = GivenRows({name: anonymous_ids.c[name].type for name in _ID_KEY}, _ids_of)
_read_refs = GivenRows({name: identifiers.c[name].type for name in _REF_KEY}, _refs_of)


def read_facts(connection: Connection, needs: Needs) -> Facts:
    """Lock what is needed, then read it; a fixed number of statements."""
    terms = read_terms(connection, needs.workspaces)
    holdings = _find_holdings(connection, needs.leaving)
    held = _lock_anonymous_ids(connection, holdings.anonymous_ids | needs.anonymous_ids)
    ids = {key: held[key] for key in needs.anonymous_ids}
    editions = {workspace_id: term.segments for workspace_id, term in terms.items()}
    looks = bool(needs.in_force.campaigns) or any(editions.values())
    theirs = owners_of(ids) if looks else _assigned(ids, needs.strangers)
    recipients = read_recipients(connection, needs.deliveries)
    named = {*needs.refs, *((key[0], ref) for key, ref in recipients.items())}
    owners = _lock_identifiers(connection, {*named, *map(_cio_ref, theirs), *holdings.refs})
    people = {(key[0], person_id) for key, person_id in owners.items()}
    leaving = {(key[0], owners[key]) for key in needs.leaving if key in owners}
    ensure_locked(connection, leaving, held, {*owners, *_cio_ids_of(owners)})
    joined = {(key[0], owners[key]) for key in needs.joined if key in owners}
    things, relationships = read_related(connection, needs, people, joined)
    suppressed = _read_tombstones(connection, terms, ids, needs.refs)
    plain = {workspace_id for workspace_id, term in terms.items() if term.plain_keys}
    facts = Facts(
        policies={workspace_id: term.policy for workspace_id, term in terms.items()},
        keys=known_keys(connection, needs.keys, plain),
        anonymous_ids=ids,
        people_by_ref={key: owners[key] for key in named if key in owners},
        people=read_people(connection, people),
        suppressed=suppressed,
        recipients=recipients,
        objects=things,
        relationships=relationships,
        in_force=needs.in_force,
        editions=editions,
    )
    add_trigger_facts(connection, needs, facts)
    add_segment_facts(connection, needs, facts)
    return facts


def _find_holdings(connection: Connection, leaving: Iterable[RefKey]) -> Holdings:
    if not leaving or not is_postgres(connection):
        return NOTHING
    owners = find_owners(connection, leaving)
    return find_holdings(connection, {(key[0], owner) for key, owner in owners.items()})


def _cio_ref(person: tuple[int, str]) -> RefKey:
    return (person[0], PersonRef(IdentifierKind.CIO_ID, person[1]))


def _assigned(
    ids: Mapping[AnonymousKey, AnonymousIdFact], strangers: Iterable[AnonymousKey]
) -> set[PersonKey]:
    """Name the people who have the anonymous ids of strangers: what they get may be theirs."""
    owners = {(key[0], ids[key].person_id) for key in strangers if key in ids}
    return {(owner, person_id) for owner, person_id in owners if person_id is not None}


def anonymous_id_fact(row: Row[Any]) -> AnonymousIdFact:
    """Make the fact of a row of ``anonymous_ids``."""
    return AnonymousIdFact(
        ref=row.ref,
        person_id=row.person_id,
        assigned_at=row.assigned_at,
        pending_person_id=row.pending_person_id,
        pending_at=row.pending_at,
    )


def find_anonymous_ids(
    connection: Connection, keys: Iterable[AnonymousKey]
) -> dict[AnonymousKey, AnonymousIdFact]:
    """Read the rows of anonymous ids, those there are."""
    given = [
        (anonymous_id, workspace_id, bucket_of(workspace_id, anonymous_id))
        for workspace_id, anonymous_id in keys
    ]
    return _facts_by_key(_read_ids.run(connection, given))


def find_anonymous_id(connection: Connection, key: AnonymousKey) -> AnonymousIdFact | None:
    """Read what is known of an anonymous id; of one that is used up its row may be gone."""
    mark = of_anonymous_id(key)
    fact = find_anonymous_ids(connection, [key]).get(key)
    if find_tombstones(connection, [mark], read_secrets(connection, [key[0]])):
        fact = fact or AnonymousIdFact(ref=0)
        fact.used_up = True
    return fact


def find_owners(connection: Connection, refs: Iterable[RefKey]) -> dict[RefKey, str]:
    """Tell who has identifiers, those that somebody has."""
    return _owners(_read_refs.run(connection, [_ref_row(key) for key in refs]))


def lock_claims(
    connection: Connection, workspace_id: int, assigned_after: Instant
) -> list[tuple[str, AnonymousIdFact]]:
    """List claims that are pending, and assignments newer than an instant, by anonymous id.

    The workspace's row locks them all: no batch of the workspace is under way beside it.
    """
    locked_settings(connection, workspace_id)
    known = anonymous_ids.c
    rows = connection.execute(
        select(anonymous_ids)
        .where(
            known.workspace_id == workspace_id,
            known.pending_at.is_not(None) | (known.assigned_at > assigned_after),
        )
        .order_by(known.anonymous_id)
    )
    return [(row.anonymous_id, anonymous_id_fact(row)) for row in rows]


def held_ids(
    connection: Connection, workspace_id: int, person_id: str
) -> list[tuple[str, AnonymousIdFact]]:
    """List the anonymous ids that a person has, or is to have; the person is locked."""
    known = anonymous_ids.c
    rows = connection.execute(
        select(anonymous_ids)
        .where(
            (known.person_id == person_id) | (known.pending_person_id == person_id),
            known.workspace_id == workspace_id,
        )
        .order_by(known.anonymous_id)
    )
    return [(row.anonymous_id, anonymous_id_fact(row)) for row in rows]


def page_of_assignments(
    connection: Connection, workspace_id: int, *, person_id: str | None, beyond: str, limit: int
) -> list[tuple[str, AnonymousIdFact]]:
    """Page through the anonymous ids that somebody has or claims, or give a person's newest."""
    known = anonymous_ids.c
    asked = select(anonymous_ids).where(known.workspace_id == workspace_id).limit(limit)
    if person_id is None:
        claimed = known.person_id.is_not(None) | known.pending_person_id.is_not(None)
        asked = asked.where(claimed, known.anonymous_id > beyond).order_by(known.anonymous_id)
    else:
        claimed = (known.person_id == person_id) | (known.pending_person_id == person_id)
        newest = func.coalesce(known.assigned_at, known.pending_at).desc()
        # By no column that an index has in order: walking that would pass everybody's ids.
        asked = asked.where(claimed).order_by(newest, known.anonymous_id)
    rows = connection.execute(asked)
    return [(row.anonymous_id, anonymous_id_fact(row)) for row in rows]


def _lock_anonymous_ids(
    connection: Connection, seen: dict[AnonymousKey, tuple[Instant, Instant]]
) -> dict[AnonymousKey, AnonymousIdFact]:
    if not seen:
        return {}
    rows = [
        (anonymous_id, workspace_id, bucket_of(workspace_id, anonymous_id), first, last)
        for (workspace_id, anonymous_id), (first, last) in sorted(seen.items())
    ]
    locked = _lock_ids.run(connection, rows)
    if is_postgres(connection):
        return _facts_by_key(locked)
    return find_anonymous_ids(connection, seen)


def _read_tombstones(
    connection: Connection,
    terms: Mapping[int, Terms],
    ids: dict[AnonymousKey, AnonymousIdFact],
    refs: Iterable[RefKey],
) -> dict[RefKey, str]:
    """Mark the anonymous ids that are used up, and tell which identifiers are suppressed."""
    marked_ids = {of_anonymous_id(key): key for key in ids}
    marked_refs = {of_identifier(key): key for key in refs}
    secrets = {workspace_id: term.tombstone_secret for workspace_id, term in terms.items()}
    found = find_tombstones(connection, (*marked_ids, *marked_refs), secrets)
    for mark in found.keys() & marked_ids.keys():
        ids[marked_ids[mark]].used_up = True
    return {
        marked_refs[mark]: suppression
        for mark, suppression in found.items()
        if mark in marked_refs and suppression is not None
    }


def _lock_identifiers(connection: Connection, refs: Iterable[RefKey]) -> dict[RefKey, str]:
    """Lock identifiers, then the people who have them, and tell who has which."""
    if not is_postgres(connection):
        return find_owners(connection, refs)
    cio_ids = {key for key in refs if key[1].kind is IdentifierKind.CIO_ID}
    owners = _lock(connection, set(refs) - cio_ids)
    locked: set[RefKey] = set()
    wanted = cio_ids | _cio_ids_of(owners)
    # Twice at most: a cio_id may lead to the person its own was joined to (P5).
    while wanted:
        owners |= _lock(connection, wanted)
        locked |= wanted
        wanted = _cio_ids_of(owners) - locked
    return owners


def _lock(connection: Connection, refs: Iterable[RefKey]) -> dict[RefKey, str]:
    rows = sorted(_ref_row(key) for key in refs)
    return _owners(_lock_refs.run(connection, rows))


def _ref_row(key: RefKey) -> tuple[str, str, int, int]:
    workspace_id, ref = key
    return (ref.value, ref.kind.value, workspace_id, bucket_of(workspace_id, ref.value))


def _cio_ids_of(owners: dict[RefKey, str]) -> set[RefKey]:
    return {
        (workspace_id, PersonRef(IdentifierKind.CIO_ID, person_id))
        for (workspace_id, _), person_id in owners.items()
    }


def _owners(rows: Iterable[Row[Any]]) -> dict[RefKey, str]:
    return {
        (row.workspace_id, PersonRef(IdentifierKind(row.kind), row.value)): row.person_id
        for row in rows
        if row.person_id is not None
    }


def _facts_by_key(rows: Iterable[Row[Any]]) -> dict[AnonymousKey, AnonymousIdFact]:
    return {(row.workspace_id, row.anonymous_id): anonymous_id_fact(row) for row in rows}
