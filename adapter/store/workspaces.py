"""Tenants and their sources."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Insert, Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapter.clock import Instant
from adapter.errors import OperatorError
from adapter.jsonvalue import JSONObject, dumps, loads
from adapter.model.workspaces import ReceivedAt, Source, Workspace
from adapter.rules.policy import Policy, policy_of
from adapter.store.tables import sources, workspaces

# While a batch is decided its policies stand still: changing them takes the row exclusively (M8).
_settings = (
    select(workspaces.c.id, workspaces.c.settings)
    .where(workspaces.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(workspaces.c.id)
    .with_for_update(read=True)
)


def read_policies(connection: Connection, workspace_ids: Iterable[int]) -> dict[int, Policy]:
    """Read the settings that decide, holding them still until the transaction ends."""
    rows = connection.execute(_settings, {"ids": list(workspace_ids)})
    return {row.id: policy_of(loads(row.settings)) for row in rows}


def lock_workspace(connection: Connection, workspace_id: int) -> None:
    """Wait until no batch of the workspace is under way, and hold back those to come."""
    connection.execute(
        select(workspaces.c.id).where(workspaces.c.id == workspace_id).with_for_update()
    )


def set_settings(connection: Connection, workspace_id: int, settings: JSONObject) -> None:
    """Replace a workspace's settings, waiting for every batch under way to end."""
    lock_workspace(connection, workspace_id)
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
    }
    taken = {
        "name": f"a workspace named {workspace.name!r} exists",
        "site_id": f"site id {workspace.site_id!r} is taken",
    }
    workspace_id = _insert(connection, insert(workspaces).values(values), taken)
    added = replace(workspace, id=workspace_id)
    return added, add_source(connection, replace(source, workspace_id=workspace_id))


def all_workspaces(connection: Connection) -> list[Workspace]:
    """List all tenants, oldest first."""
    return [_workspace(row) for row in connection.execute(_all_workspaces)]


def add_source(connection: Connection, source: Source) -> Source:
    """Add a source, giving it its id.

    Raises:
        OperatorError: its slug or write key is taken.
    """
    statement = insert(sources).values(_source_values(source))
    return replace(source, id=_insert(connection, statement, _taken(source)))


def change_source(connection: Connection, source: Source) -> None:
    """Overwrite a source, found by its id.

    Raises:
        OperatorError: its slug or write key is taken.
    """
    change = update(sources).where(sources.c.id == source.id)
    try:
        connection.execute(change.values(_source_values(source)))
    except IntegrityError as error:
        raise _refusal(error, _taken(source)) from error


def all_sources(connection: Connection) -> list[Source]:
    """List all sources, oldest first."""
    return [_source(row) for row in connection.execute(_all_sources)]


_all_workspaces = select(workspaces).order_by(workspaces.c.id)
_all_sources = select(sources).order_by(sources.c.id)


def _insert(connection: Connection, statement: Insert, taken: dict[str, str]) -> int:
    try:
        key = connection.execute(statement).inserted_primary_key
    except IntegrityError as error:
        raise _refusal(error, taken) from error
    if key is None:
        raise OperatorError("the database gave no id; it is not one that is supported")
    return int(key[0])


def _taken(source: Source) -> dict[str, str]:
    return {
        "slug": f"source slug {source.slug!r} is taken",
        "write_key": f"write key of source {source.slug!r} is taken",
    }


def _refusal(error: IntegrityError, taken: dict[str, str]) -> OperatorError:
    """Tell which unique value was taken; both databases name its column."""
    said = str(error.orig).split("\n", maxsplit=1)[0]
    for column, sentence in taken.items():
        if f".{column}" in said or f"_{column}_key" in said:
            return OperatorError(sentence)
    return OperatorError(f"the database refused it: {said}")


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
