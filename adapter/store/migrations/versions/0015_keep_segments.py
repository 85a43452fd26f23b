"""Keep segments: how people stand to them, and who is in which (C6)."""

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Bucket, Micros, Number, Prose, Words

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workspaces", sa.Column("segments", Words, nullable=False, server_default=""))
    op.create_table(
        "segment_standings",
        sa.Column("person_id", Words, nullable=False),
        sa.Column("workspace_id", Number, nullable=False),
        sa.Column("bucket", Bucket, nullable=False),
        sa.Column("edition", Words, nullable=False),
        sa.Column("tallies", Prose, nullable=False),
        sa.Column("evaluated_at", Micros, nullable=False),
        sa.Column("due_at", Micros),
        sa.PrimaryKeyConstraint(
            "person_id", "workspace_id", "bucket", name="segment_standings_pkey"
        ),
        postgresql_with={"fillfactor": 85},
    )
    op.create_index(
        "segment_standings_edition_workspace_id_idx",
        "segment_standings",
        ["edition", "workspace_id"],
    )
    due = sa.text("due_at IS NOT NULL")
    op.create_index(
        "segment_standings_workspace_id_due_at_idx",
        "segment_standings",
        ["workspace_id", "due_at"],
        sqlite_where=due,
        postgresql_where=due,
    )
    op.create_table(
        "segment_members",
        sa.Column("person_id", Words, nullable=False),
        sa.Column("segment", Words, nullable=False),
        sa.Column("workspace_id", Number, nullable=False),
        sa.Column("bucket", Bucket, nullable=False),
        sa.Column("since", Micros, nullable=False),
        sa.Column("record", Words, nullable=False),
        sa.PrimaryKeyConstraint(
            "person_id", "segment", "workspace_id", "bucket", name="segment_members_pkey"
        ),
    )
    op.create_index(
        "segment_members_segment_person_id_idx", "segment_members", ["segment", "person_id"]
    )


def downgrade() -> None:
    op.drop_table("segment_members")
    op.drop_table("segment_standings")
    op.drop_column("workspaces", "segments")
