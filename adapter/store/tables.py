"""The tables (design 4).

Two rules hold for every table that a distributed engine would spread: ``bucket`` is part of every
unique key, and a key that is looked up by value begins with that value, so that a new table
without statistics is not read by workspace. ``workspaces``, ``sources`` and ``mappings`` are small
and would be copied to every node.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    false,
)

from adapter.store.types import Blob, Bucket, Micros, Number, Prose, Words

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
    }
)

workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Number, Identity(), primary_key=True),
    Column("name", Words, nullable=False, unique=True),
    Column("site_id", Words, nullable=False, unique=True),
    Column("api_key_hash", Words, nullable=False),
    Column("app_key_hash", Words, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("settings", Prose, nullable=False),
    Column("tombstone_secret", Words, nullable=False, server_default=""),
    Column("read_key_hash", Words, nullable=False, server_default=""),
    # The edition of the segments that are kept of its people; "" for none (C6).
    Column("segments", Words, nullable=False, server_default=""),
    # Its message keys may be from before those of SQLite bore a number (``keys``).
    Column("plain_keys", Boolean, nullable=False, server_default=false()),
)

sources = Table(
    "sources",
    metadata,
    Column("id", Number, Identity(), primary_key=True),
    Column("workspace_id", Number, ForeignKey(workspaces.c.id), nullable=False),
    Column("slug", Words, nullable=False, unique=True),
    Column("write_key", Words, nullable=False, unique=True),
    Column("shared_secrets", Prose, nullable=False),
    Column("require_header", Words),
    Column("batch_signature", Words),
    Column("mapping", Words, nullable=False),
    Column("received_at", Words, nullable=False),
    Column("created_at", Micros, nullable=False),
)

anonymous_ids = Table(
    "anonymous_ids",
    metadata,
    Column("anonymous_id", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    Column("bucket", Bucket, nullable=False),
    # A short name for the id, in order of first sight: keys of events stay small and local.
    Column("ref", Number, Identity(), nullable=False),
    Column("person_id", Words),
    Column("assigned_at", Micros),
    Column("pending_person_id", Words),
    Column("pending_at", Micros),
    Column("first_seen", Micros, nullable=False),
    Column("last_seen", Micros, nullable=False),
    PrimaryKeyConstraint("anonymous_id", "workspace_id", "bucket"),
    postgresql_with={"fillfactor": 85},
)
"""The lock row of an anonymous id, and its assignment (design 3)."""

Index(
    "anonymous_ids_person_id_idx",
    anonymous_ids.c.person_id,
    sqlite_where=anonymous_ids.c.person_id.is_not(None),
    postgresql_where=anonymous_ids.c.person_id.is_not(None),
)
Index(
    "anonymous_ids_pending_person_id_idx",
    anonymous_ids.c.pending_person_id,
    sqlite_where=anonymous_ids.c.pending_person_id.is_not(None),
    postgresql_where=anonymous_ids.c.pending_person_id.is_not(None),
)
# SQLite counts refs up itself; PostgreSQL has a sequence.
Index("anonymous_ids_ref_idx", anonymous_ids.c.ref).ddl_if(dialect="sqlite")


def _event_columns() -> list[Column[object]]:
    """Give the columns that every event has, wherever it lives."""
    return [
        Column("id", Words, nullable=False),
        Column("workspace_id", Number, nullable=False),
        Column("bucket", Bucket, nullable=False),
        Column("source_id", Number, nullable=False),
        Column("received_id", Words, nullable=False),
        Column("position", Number, nullable=False),
        Column("message_id", Words),
        Column("kind", Words, nullable=False),
        Column("name", Words, nullable=False),
        Column("occurred_at", Micros, nullable=False),
        Column("received_at", Micros, nullable=False),
        Column("reason", Words, nullable=False),
        Column("notes", Words, nullable=False),
        Column("data", Prose, nullable=False),
    ]


_BY_DAY = "RANGE (received_at)"

anonymous_events = Table(
    "anonymous_events",
    metadata,
    *_event_columns(),
    Column("anonymous_ref", Number, nullable=False),
    Column("anonymous_id", Words, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id", "bucket", "received_at"),
    Index("anonymous_events_anonymous_ref_id_idx", "anonymous_ref", "id"),
    postgresql_partition_by=_BY_DAY,
)

invite_events = Table(
    "invite_events",
    metadata,
    *_event_columns(),
    Column("recipient", Words, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id", "bucket", "received_at"),
    postgresql_partition_by=_BY_DAY,
)

person_events = Table(
    "person_events",
    metadata,
    *_event_columns(),
    Column("person_id", Words, nullable=False),
    Column("anonymous_id", Words),
    Column("was_anonymous", Boolean, nullable=False),
    Column("processed_at", Micros, nullable=False),
    Column("trigger", Words, nullable=False),
    # Why it was anonymous, to be so again when its merge is taken back (M12).
    Column("former_reason", Words),
    PrimaryKeyConstraint("workspace_id", "id", "bucket"),
    Index("person_events_person_id_id_idx", "person_id", "id"),
)
Index(
    "person_events_anonymous_id_id_idx",
    person_events.c.anonymous_id,
    person_events.c.id,
    sqlite_where=person_events.c.anonymous_id.is_not(None),
    postgresql_where=person_events.c.anonymous_id.is_not(None),
)

received = Table(
    "received",
    metadata,
    Column("id", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    Column("bucket", Bucket, nullable=False),
    Column("source_id", Number, nullable=False),
    Column("door", Words, nullable=False),
    Column("received_at", Micros, nullable=False),
    # Deflated (zlib); what it holds is the body as it came.
    Column("body", Blob, nullable=False),
    # In the order of acceptance (M11). Drawn when the row is written, after all locks were taken:
    # of two requests that touch the same rows, the one that waited comes after. PostgreSQL has a
    # sequence for it, SQLite counts up. 0 is from before it was kept.
    Column("place", Number, nullable=False),
    Column("records", Number, nullable=False),
    Column("mapping", Words, nullable=False),
    # How many of its records are gone from the body: their people were erased (P6).
    Column("erased", Number, nullable=False, server_default="0"),
    Column("read_as", Prose, nullable=False, server_default=""),
    PrimaryKeyConstraint("id", "workspace_id", "bucket", "received_at"),
    Index("received_place_idx", "place"),
    postgresql_partition_by=_BY_DAY,
)

mappings = Table(
    "mappings",
    metadata,
    Column("digest", Words, primary_key=True),
    Column("text", Prose, nullable=False),
)
"""Every mapping file that records went through; small, and copied to every node."""

# What a sweep looks for; PostgreSQL drops days instead.
for _table in (anonymous_events, invite_events):
    Index(
        f"{_table.name}_workspace_id_received_at_idx",
        _table.c.workspace_id,
        _table.c.received_at,
    ).ddl_if(dialect="sqlite")

PARTITIONED = (anonymous_events, invite_events, received)
"""Split by day of ``received_at`` on PostgreSQL, so that retention drops whole days."""

COPIED = (workspaces, sources, mappings)
"""Small, and read by every batch: copied to every node where the others are spread."""

people = Table(
    "people",
    metadata,
    Column("person_id", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    Column("bucket", Bucket, nullable=False),
    # As the sender wrote them, by kind; as they are compared they stand in ``identifiers``.
    Column("identifiers", Prose, nullable=False),
    # {name: [value, microseconds of the update that set it]}
    Column("attributes", Prose, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("updated_at", Micros, nullable=False),
    # {token: [platform, last used, attributes]}
    Column("devices", Prose, nullable=False, server_default="{}"),
    PrimaryKeyConstraint("person_id", "workspace_id", "bucket"),
    postgresql_with={"fillfactor": 85},
)

identifiers = Table(
    "identifiers",
    metadata,
    Column("value", Words, nullable=False),
    Column("kind", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    Column("bucket", Bucket, nullable=False),
    Column("person_id", Words),
    PrimaryKeyConstraint("value", "kind", "workspace_id", "bucket"),
    postgresql_with={"fillfactor": 85},
)
"""Who has an identifier. A row without a person is only there to be locked."""

Index(
    "identifiers_person_id_idx",
    identifiers.c.person_id,
    sqlite_where=identifiers.c.person_id.is_not(None),
    postgresql_where=identifiers.c.person_id.is_not(None),
)

tombstones = Table(
    "tombstones",
    metadata,
    # ids.keyed_fingerprint of kind and value: nobody without the workspace's secret can tell of
    # whom it is. The bucket is the value's own, so that it lies beside what it speaks of.
    Column("key", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    Column("bucket", Bucket, nullable=False),
    Column("kind", Words, nullable=False),
    # The message that suppressed it, together with others; none where an anonymous id is used up.
    Column("suppression", Words),
    PrimaryKeyConstraint("key", "workspace_id", "bucket"),
)
"""All that is left of those who are gone: anonymous ids used up, identifiers refused (R4, P6)."""

Index(
    "tombstones_suppression_idx",
    tombstones.c.suppression,
    sqlite_where=tombstones.c.suppression.is_not(None),
    postgresql_where=tombstones.c.suppression.is_not(None),
)

message_keys = Table(
    "message_keys",
    metadata,
    # 16 bytes, ids.fingerprint of workspace and key text; on SQLite two more before it (``keys``).
    Column("key", Blob, nullable=False),
    Column("bucket", Bucket, nullable=False),
    Column("workspace_id", Number, nullable=False),
    Column("content", Blob, nullable=False),
    Column("home", Words, nullable=False),
    Column("record", Words, nullable=False),
    Column("received_at", Micros, nullable=False),
    PrimaryKeyConstraint("key", "bucket"),
    # Records are named by the clock, so this index grows at one end, and a purge walks it.
    Index("message_keys_record_idx", "record"),
)

activities = Table(
    "activities",
    metadata,
    Column("id", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    Column("bucket", Bucket, nullable=False),
    Column("message", Words, nullable=False),
    Column("message_id", Words),
    Column("type", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("person_id", Words),
    Column("anonymous_id", Words),
    Column("received_at", Micros, nullable=False),
    Column("occurred_at", Micros, nullable=False),
    Column("reason", Words, nullable=False),
    Column("data", Prose, nullable=False),
    PrimaryKeyConstraint("workspace_id", "id", "bucket"),
)
for _name in ("person_id", "anonymous_id", "message_id"):
    Index(
        f"activities_{_name}_id_idx",
        activities.c[_name],
        activities.c.id,
        sqlite_where=activities.c[_name].is_not(None),
        postgresql_where=activities.c[_name].is_not(None),
    )

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    Column("bucket", Bucket, nullable=False),
    Column("source_id", Number, nullable=False),
    Column("received_id", Words, nullable=False),
    Column("position", Number, nullable=False),
    Column("message_id", Words),
    Column("received_at", Micros, nullable=False),
    Column("reason", Words, nullable=False),
    Column("pointer", Prose, nullable=False),
    Column("text", Prose, nullable=False),
    Column("raw", Prose, nullable=False),
    Column("refused", Boolean, nullable=False),
    Column("part", Number, nullable=False, server_default="0"),
    PrimaryKeyConstraint("workspace_id", "id", "bucket"),
    Index("quarantine_workspace_id_reason_id_idx", "workspace_id", "reason", "id"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("workspace_id", Number, nullable=False),
    Column("source_id", Number, nullable=False),
    Column("hour", Number, nullable=False),
    Column("fate", Words, nullable=False),
    # Each process counts in a lane of its own, so that none waits for another's row.
    Column("lane", SmallInteger, nullable=False),
    Column("bucket", Bucket, nullable=False),
    Column("count", Number, nullable=False),
    PrimaryKeyConstraint("workspace_id", "source_id", "hour", "fate", "lane", "bucket"),
    postgresql_with={"fillfactor": 85},
)
