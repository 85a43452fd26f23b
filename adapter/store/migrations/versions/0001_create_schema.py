"""Create the schema: tenants, anonymous ids, events, people, keys, the log."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Blob, Bucket, Micros, Number, Prose, Words

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    "ledger",
    "quarantine",
    "activities",
    "message_keys",
    "identifiers",
    "people",
    "received",
    "person_events",
    "invite_events",
    "anonymous_events",
    "anonymous_ids",
    "sources",
    "workspaces",
)


def upgrade() -> None:
    _create_tenants()
    _create_anonymous_ids()
    _create_events()
    _create_people()
    _create_bookkeeping()


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)


def _create_tenants() -> None:
    op.create_table(
        "workspaces",
        _column("id", Number, sa.Identity()),
        _column("name", Words),
        _column("site_id", Words),
        _column("api_key_hash", Words),
        _column("app_key_hash", Words),
        _column("created_at", Micros),
        _column("settings", Prose),
        sa.PrimaryKeyConstraint("id", name="workspaces_pkey"),
        sa.UniqueConstraint("name", name="workspaces_name_key"),
        sa.UniqueConstraint("site_id", name="workspaces_site_id_key"),
    )
    op.create_table(
        "sources",
        _column("id", Number, sa.Identity()),
        _column("workspace_id", Number),
        _column("slug", Words),
        _column("write_key", Words),
        _column("shared_secrets", Prose),
        _optional("require_header", Words),
        _optional("batch_signature", Words),
        _column("mapping", Words),
        _column("received_at", Words),
        _column("created_at", Micros),
        sa.PrimaryKeyConstraint("id", name="sources_pkey"),
        sa.UniqueConstraint("slug", name="sources_slug_key"),
        sa.UniqueConstraint("write_key", name="sources_write_key_key"),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name="sources_workspace_id_fkey"
        ),
    )


def _create_anonymous_ids() -> None:
    op.create_table(
        "anonymous_ids",
        _column("anonymous_id", Words),
        _column("workspace_id", Number),
        _column("bucket", Bucket),
        _column("ref", Number, sa.Identity()),
        _optional("person_id", Words),
        _optional("assigned_at", Micros),
        _optional("pending_person_id", Words),
        _optional("pending_at", Micros),
        _column("first_seen", Micros),
        _column("last_seen", Micros),
        _key("anonymous_ids", "anonymous_id", "workspace_id", "bucket"),
        postgresql_with={"fillfactor": 85},
    )
    _index_present("anonymous_ids", "person_id")
    _index_present("anonymous_ids", "pending_person_id")
    if op.get_context().dialect.name == "sqlite":
        op.create_index("anonymous_ids_ref_idx", "anonymous_ids", ["ref"])


def _create_events() -> None:
    op.create_table(
        "anonymous_events",
        *_event_columns(),
        _column("anonymous_ref", Number),
        _column("anonymous_id", Words),
        _key("anonymous_events", "workspace_id", "id", "bucket", "received_at"),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_index(
        "anonymous_events_anonymous_ref_id_idx", "anonymous_events", ["anonymous_ref", "id"]
    )
    op.create_table(
        "invite_events",
        *_event_columns(),
        _column("recipient", Words),
        _key("invite_events", "workspace_id", "id", "bucket", "received_at"),
        postgresql_partition_by="RANGE (received_at)",
    )
    op.create_table(
        "person_events",
        *_event_columns(),
        _column("person_id", Words),
        _optional("anonymous_id", Words),
        _column("was_anonymous", sa.Boolean()),
        _column("processed_at", Micros),
        _column("trigger", Words),
        _key("person_events", "workspace_id", "id", "bucket"),
    )
    op.create_index("person_events_person_id_id_idx", "person_events", ["person_id", "id"])
    _index_present("person_events", "anonymous_id", "id")
    op.create_table(
        "received",
        _column("id", Words),
        _column("workspace_id", Number),
        _column("bucket", Bucket),
        _column("source_id", Number),
        _column("door", Words),
        _column("received_at", Micros),
        _column("body", Blob),
        _key("received", "id", "workspace_id", "bucket", "received_at"),
        postgresql_partition_by="RANGE (received_at)",
    )


def _create_people() -> None:
    op.create_table(
        "people",
        _column("person_id", Words),
        _column("workspace_id", Number),
        _column("bucket", Bucket),
        _column("identifiers", Prose),
        _column("attributes", Prose),
        _column("created_at", Micros),
        _column("updated_at", Micros),
        _key("people", "person_id", "workspace_id", "bucket"),
    )
    op.create_table(
        "identifiers",
        _column("value", Words),
        _column("kind", Words),
        _column("workspace_id", Number),
        _column("bucket", Bucket),
        _optional("person_id", Words),
        _key("identifiers", "value", "kind", "workspace_id", "bucket"),
        postgresql_with={"fillfactor": 85},
    )
    _index_present("identifiers", "person_id")


def _create_bookkeeping() -> None:
    op.create_table(
        "message_keys",
        _column("key", Blob),
        _column("bucket", Bucket),
        _column("workspace_id", Number),
        _column("content", Blob),
        _column("home", Words),
        _column("record", Words),
        _column("received_at", Micros),
        _key("message_keys", "key", "bucket"),
    )
    op.create_index("message_keys_record_idx", "message_keys", ["record"])
    op.create_table(
        "activities",
        _column("id", Words),
        _column("workspace_id", Number),
        _column("bucket", Bucket),
        _column("message", Words),
        _optional("message_id", Words),
        _column("type", Words),
        _column("name", Words),
        _optional("person_id", Words),
        _optional("anonymous_id", Words),
        _column("received_at", Micros),
        _column("occurred_at", Micros),
        _column("reason", Words),
        _column("data", Prose),
        _key("activities", "workspace_id", "id", "bucket"),
    )
    for name in ("person_id", "anonymous_id", "message_id"):
        _index_present("activities", name, "id")
    op.create_table(
        "quarantine",
        _column("id", Words),
        _column("workspace_id", Number),
        _column("bucket", Bucket),
        _column("source_id", Number),
        _column("received_id", Words),
        _column("position", Number),
        _optional("message_id", Words),
        _column("received_at", Micros),
        _column("reason", Words),
        _column("pointer", Prose),
        _column("text", Prose),
        _column("raw", Prose),
        _column("refused", sa.Boolean()),
        _key("quarantine", "workspace_id", "id", "bucket"),
    )
    op.create_table(
        "ledger",
        _column("workspace_id", Number),
        _column("source_id", Number),
        _column("hour", Number),
        _column("fate", Words),
        _column("lane", sa.SmallInteger()),
        _column("bucket", Bucket),
        _column("count", Number),
        _key("ledger", "workspace_id", "source_id", "hour", "fate", "lane", "bucket"),
    )


def _event_columns() -> Sequence[sa.Column[Any]]:
    return (
        _column("id", Words),
        _column("workspace_id", Number),
        _column("bucket", Bucket),
        _column("source_id", Number),
        _column("received_id", Words),
        _column("position", Number),
        _optional("message_id", Words),
        _column("kind", Words),
        _column("name", Words),
        _column("occurred_at", Micros),
        _column("received_at", Micros),
        _column("reason", Words),
        _column("notes", Words),
        _column("data", Prose),
    )


def _column(
    name: str, kind: sa.types.TypeEngine[Any], *rest: sa.schema.SchemaItem
) -> sa.Column[Any]:
    return sa.Column(name, kind, *rest, nullable=False)


def _optional(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"{table}_pkey")


def _index_present(table: str, *columns: str) -> None:
    """Index the rows whose first column is set."""
    present = sa.text(f"{columns[0]} IS NOT NULL")
    op.create_index(
        f"{table}_{'_'.join(columns)}_idx",
        table,
        list(columns),
        sqlite_where=present,
        postgresql_where=present,
    )
