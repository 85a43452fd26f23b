"""Spreading the tables over the nodes of a Citus cluster (design 4, storage 5.4).

All tables are spread by ``bucket`` and lie together: rows of one bucket are on one node whatever
their table is. Small ones that every batch reads are copied to every node. The statements stay
the same, with and without; a table that a later migration adds is spread by that migration's own
upgrade.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, text

from adapter.errors import OperatorError
from adapter.store.engine import PLANNING
from adapter.store.sql import is_postgres
from adapter.store.tables import COPIED, anonymous_ids, metadata

SHARDS = 32
"""As many as there are buckets: more would stay empty."""

_HAS_CITUS = text("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')")
_IS_SPREAD = text(
    "SELECT EXISTS (SELECT FROM pg_dist_partition"
    " WHERE logicalrelid = to_regclass(CAST(:name AS text))"
    # One that refers to a copied table is known, but lies on the coordinator alone.
    " AND (partmethod = 'h' OR repmodel = 't'))"
)
_WHO = text("SELECT current_user, current_database()")
_COPY = text("SELECT create_reference_table(CAST(:name AS regclass))")
_SPREAD_FIRST = text(
    "SELECT create_distributed_table(CAST(:name AS regclass), 'bucket',"
    " colocate_with => 'none', shard_count => :shards)"
)
_SPREAD = text(
    "SELECT create_distributed_table(CAST(:name AS regclass), 'bucket', colocate_with => :beside)"
)
_DROP_LOCAL_ROWS = text(
    "SELECT truncate_local_data_after_distributing_table(CAST(:name AS regclass))"
)

# Shard by shard: what follows in the same transaction then sees all of them changed.
_ONE_BY_ONE = text("SET LOCAL citus.multi_shard_modify_mode = 'sequential'")


def distribute(connection: Connection, shards: int) -> list[str]:
    """Spread all tables that are not yet; give their names.

    Args:
        connection: inside a transaction, on the coordinator.
        shards: how many parts each table has; all of one bucket are in the same.

    Raises:
        OperatorError: it is no database of a Citus cluster.
    """
    if not is_postgres(connection):
        raise OperatorError("only PostgreSQL with Citus can be spread; SQLite is one file.")
    if not connection.scalar(_HAS_CITUS):
        raise OperatorError(
            "the database lacks Citus: CREATE EXTENSION citus in it on every node, then "
            "SELECT citus_add_node('WORKER', 5432) on the coordinator."
        )
    connection.execute(_ONE_BY_ONE)
    _plan_alike_everywhere(connection)
    return list(_spread_all(connection, shards))


def _plan_alike_everywhere(connection: Connection) -> None:
    """Set for our user how to plan: what a session says, only the coordinator hears."""
    user, database = connection.execute(_WHO).one()
    quote = connection.dialect.identifier_preparer.quote
    for setting in PLANNING:
        connection.exec_driver_sql(
            f"ALTER ROLE {quote(user)} IN DATABASE {quote(database)} SET {setting}"
        )


def is_distributed(connection: Connection) -> bool:
    """Tell whether the tables of a database were spread."""
    return (
        is_postgres(connection)
        and connection.scalar(_HAS_CITUS)
        and _is_spread(connection, anonymous_ids.name)
    )


def change_one_by_one(connection: Connection) -> None:
    """Have a migration change all shards of a table before its next statement."""
    connection.execute(_ONE_BY_ONE)


def _spread_all(connection: Connection, shards: int) -> Iterator[str]:
    for table in _names():
        if _is_spread(connection, table):
            continue
        _spread(connection, table, shards)
        # What the coordinator had is on the shards now.
        connection.execute(_DROP_LOCAL_ROWS, {"name": table})
        yield table


def _names() -> Iterable[str]:
    """Name the tables; first those copied, which others refer to, then the one all lie beside."""
    first = [*(table.name for table in COPIED), anonymous_ids.name]
    return [*first, *sorted(metadata.tables.keys() - set(first))]


def _is_spread(connection: Connection, table: str) -> bool:
    return bool(connection.scalar(_IS_SPREAD, {"name": table}))


def _spread(connection: Connection, table: str, shards: int) -> None:
    if table in {copied.name for copied in COPIED}:
        connection.execute(_COPY, {"name": table})
    elif table == anonymous_ids.name:
        connection.execute(_SPREAD_FIRST, {"name": table, "shards": shards})
    else:
        connection.execute(_SPREAD, {"name": table, "beside": anonymous_ids.name})
