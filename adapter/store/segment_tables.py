"""The tables of segments: how people stand to them, and who is in which (C6)."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from adapter.store.tables import metadata
from adapter.store.types import Bucket, Micros, Number, Prose, Words

segment_standings = Table(
    "segment_standings",
    metadata,
    Column("person_id", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    # Of the person.
    Column("bucket", Bucket, nullable=False),
    # Of the segments that it was worked out for; "" where it must be worked out anew.
    Column("edition", Words, nullable=False),
    # {key of what was performed: how often, or the times of the newest}
    Column("tallies", Prose, nullable=False),
    Column("evaluated_at", Micros, nullable=False),
    Column("due_at", Micros),
    PrimaryKeyConstraint("person_id", "workspace_id", "bucket"),
    Index("segment_standings_edition_workspace_id_idx", "edition", "workspace_id"),
    postgresql_with={"fillfactor": 85},
)
Index(
    "segment_standings_workspace_id_due_at_idx",
    segment_standings.c.workspace_id,
    segment_standings.c.due_at,
    sqlite_where=segment_standings.c.due_at.is_not(None),
    postgresql_where=segment_standings.c.due_at.is_not(None),
)

segment_members = Table(
    "segment_members",
    metadata,
    Column("person_id", Words, nullable=False),
    Column("segment", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    # Of the person.
    Column("bucket", Bucket, nullable=False),
    Column("since", Micros, nullable=False),
    # The line of the log that says so.
    Column("record", Words, nullable=False),
    PrimaryKeyConstraint("person_id", "segment", "workspace_id", "bucket"),
    # Lists who is in a segment.
    Index("segment_members_segment_person_id_idx", "segment", "person_id"),
)
