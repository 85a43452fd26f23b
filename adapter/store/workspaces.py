"""Tenants and their sources."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, FromClause, Row, Table, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from adapter.clock import Instant
from adapter.errors import OperatorError
from adapter.jsonvalue import JSONObject, dumps, loads
from adapter.model.workspaces import ReceivedAt, Role, Source, Workspace
from adapter.rules.policy import Policy, policy_of
from adapter.store.sql import ON_CLUSTER, GivenRows, Query, Types
from adapter.store.tables import sources, workspaces


class Terms(NamedTuple):
    """What holds for a workspace's messages.

    Attributes:
        policy: its settings.
        tombstone_secret: for keyed hashes.
        segments: the edition of those that are kept of its people.
        plain_keys: its message keys may be from before those of SQLite bore a number.
    """

    policy: Policy
    tombstone_secret: str
    segments: str
    plain_keys: bool


_TERMS = ("id", "settings", "tombstone_secret", "segments", "plain_keys")


def _terms_of(given: FromClause) -> Query:
    return (
        select(*(workspaces.c[name] for name in _TERMS))
        .select_from(given)
        .join(workspaces, workspaces.c.id == given.c.id)
    )


def _held_terms_of(given: FromClause) -> Query:
    # While a batch is decided its policies stand still: changing them locks the row alone (M8).
    return _terms_of(given).with_for_update(read=True, of=workspaces)


_ID: Types = {"id": workspaces.c.id.type}
_terms = GivenRows(_ID, _terms_of)
_held_terms = GivenRows(_ID, _held_terms_of)

# On a cluster the row has a copy on every node: to share it locks out everybody who shares it.
# The coordinator's own locks do instead; every server speaks to it.
_WORKSPACES = 0x616E6F71
_SHARE = text(
    "SELECT pg_advisory_xact_lock_shared(:kind, id) FROM unnest(CAST(:ids AS integer[])) AS id"
)
_HAVE = text("SELECT pg_advisory_xact_lock(:kind, CAST(:id AS integer))")


def read_terms(connection: Connection, workspace_ids: Iterable[int]) -> dict[int, Terms]:
    """Read the settings that decide, holding them still until the transaction ends."""
    ids = sorted(workspace_ids)
    given = [(workspace_id,) for workspace_id in ids]
    if connection.info.get(ON_CLUSTER):
        connection.execute(_SHARE, {"kind": _WORKSPACES, "ids": ids})
        rows = _terms.run(connection, given)
    else:
        rows = _held_terms.run(connection, given)
    return {
        row.id: Terms(
            _policy_in(row.settings), row.tombstone_secret, row.segments, bool(row.plain_keys)
        )
        for row in rows
    }


@lru_cache(maxsize=256)
def _policy_in(settings: str) -> Policy:
    """Read the policy in a workspace's settings; every batch asks, and they rarely change."""
    return policy_of(loads(settings))


def read_secrets(connection: Connection, workspace_ids: Iterable[int]) -> dict[int, str]:
    """Read the secrets that key what is left of who is gone."""
    columns = workspaces.c
    query = select(columns.id, columns.tombstone_secret).where(columns.id.in_(set(workspace_ids)))
    return {row.id: row.tombstone_secret for row in connection.execute(query)}


def locked_settings(connection: Connection, workspace_id: int) -> JSONObject:
    """Wait until no batch of the workspace is under way, hold back those to come, and read."""
    query = select(workspaces.c.settings).where(workspaces.c.id == workspace_id)
    if connection.info.get(ON_CLUSTER):
        connection.execute(_HAVE, {"kind": _WORKSPACES, "id": workspace_id})
    else:
        query = query.with_for_update()
    settings: JSONObject = loads(connection.execute(query).scalar_one())
    return settings


def set_settings(connection: Connection, workspace_id: int, settings: JSONObject) -> None:
    """Replace a workspace's settings, waiting for every batch under way to end."""
    locked_settings(connection, workspace_id)
    connection.execute(
        update(workspaces).where(workspaces.c.id == workspace_id).values(settings=dumps(settings))
    )


def add_workspace(
    connection: Connection, workspace: Workspace, source: Source
) -> tuple[Workspace, Source]:
    """Add a tenant and its first source, giving both their ids.

    Raises:
        OperatorError: a name, site id, slug or write key is taken.
    """
    values = {
        "name": workspace.name,
        "site_id": workspace.site_id,
        "api_key_hash": workspace.api_key_hash,
        "app_key_hash": workspace.app_key_hash,
        "created_at": workspace.created_at,
        "settings": dumps(workspace.settings),
        "tombstone_secret": workspace.tombstone_secret,
        "read_key_hash": workspace.read_key_hash,
    }
    unique = {
        "name": f"a workspace named {workspace.name!r} exists",
        "site_id": f"site id {workspace.site_id!r} is taken",
    }
    workspace_id = _insert(connection, workspaces, values, unique)
    added = replace(workspace, id=workspace_id)
    return added, add_source(connection, replace(source, workspace_id=workspace_id))


def all_workspaces(connection: Connection) -> list[Workspace]:
    """List all tenants, oldest first."""
    return [_workspace(row) for row in connection.execute(_all_workspaces)]


def change_app_key(connection: Connection, workspace_id: int, role: Role, key_hash: str) -> None:
    """Replace the app key that has a role."""
    column = "app_key_hash" if role is Role.WRITE else "read_key_hash"
    connection.execute(
        update(workspaces).where(workspaces.c.id == workspace_id).values({column: key_hash})
    )


def add_source(connection: Connection, source: Source) -> Source:
    """Add a source, giving it its id.

    Raises:
        OperatorError: its slug or write key is taken.
    """
    return replace(source, id=_insert(connection, sources, _source_values(source), _unique(source)))


def change_source(connection: Connection, source: Source) -> None:
    """Overwrite a source, found by its id.

    Raises:
        OperatorError: its slug or write key is taken.
    """
    values = _source_values(source)
    _refuse_taken(connection, sources, values, _unique(source), own_id=source.id)
    with _refused_late():
        connection.execute(update(sources).where(sources.c.id == source.id).values(values))


def all_sources(connection: Connection) -> list[Source]:
    """List all sources, oldest first."""
    return [_source(row) for row in connection.execute(_all_sources)]


_all_workspaces = select(workspaces).order_by(workspaces.c.id)
_all_sources = select(sources).order_by(sources.c.id)


def _insert(
    connection: Connection, table: Table, values: dict[str, Any], unique: dict[str, str]
) -> int:
    _refuse_taken(connection, table, values, unique)
    with _refused_late():
        added = connection.execute(insert(table).values(values).returning(table.c.id))
        return int(added.scalar_one())


def _unique(source: Source) -> dict[str, str]:
    return {
        "slug": f"source slug {source.slug!r} is taken",
        "write_key": f"write key of source {source.slug!r} is taken",
    }


def _refuse_taken(
    connection: Connection,
    table: Table,
    values: dict[str, Any],
    unique: dict[str, str],
    *,
    own_id: int = 0,
) -> None:
    """Refuse values that another row has, naming all of them.

    Args:
        connection: inside the transaction that will write.
        table: where.
        values: to be written.
        unique: what to say, by unique column.
        own_id: of the row that may have them.
    """
    taken = [
        sentence
        for column, sentence in unique.items()
        if connection.execute(
            select(table.c.id).where(table.c[column] == values[column], table.c.id != own_id)
        ).first()
    ]
    if taken:
        raise OperatorError("; ".join(taken))


@contextmanager
def _refused_late() -> Iterator[None]:
    """Tell that somebody took a value between the check and the write."""
    try:
        yield
    except IntegrityError as error:
        raise OperatorError("somebody has just taken a name or key of it; try another") from error


def _source_values(source: Source) -> dict[str, Any]:
    return {
        "workspace_id": source.workspace_id,
        "slug": source.slug,
        "write_key": source.write_key,
        "shared_secrets": dumps(list(source.shared_secrets)),
        "require_header": source.require_header,
        "batch_signature": source.batch_signature,
        "mapping": source.mapping,
        "received_at": source.received_at.value,
        "created_at": source.created_at,
    }


def _workspace(row: Row[Any]) -> Workspace:
    return Workspace(
        id=row.id,
        name=row.name,
        site_id=row.site_id,
        api_key_hash=row.api_key_hash,
        app_key_hash=row.app_key_hash,
        created_at=Instant(row.created_at),
        settings=loads(row.settings),
        tombstone_secret=row.tombstone_secret,
        read_key_hash=row.read_key_hash,
    )


def _source(row: Row[Any]) -> Source:
    return Source(
        id=row.id,
        workspace_id=row.workspace_id,
        slug=row.slug,
        write_key=row.write_key,
        shared_secrets=tuple(loads(row.shared_secrets)),
        require_header=row.require_header,
        batch_signature=row.batch_signature,
        mapping=row.mapping,
        received_at=ReceivedAt(row.received_at),
        created_at=Instant(row.created_at),
    )
