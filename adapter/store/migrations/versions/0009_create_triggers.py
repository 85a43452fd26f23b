"""Create the triggers: what became of each event that could start a campaign (C4)."""

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Bucket, Micros, Number, Words

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "triggers",
        sa.Column("record", Words, nullable=False),
        sa.Column("campaign", Words, nullable=False),
        sa.Column("workspace_id", Number, nullable=False),
        sa.Column("bucket", Bucket, nullable=False),
        sa.Column("person_id", Words),
        sa.Column("at", Micros, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.PrimaryKeyConstraint(
            "record", "campaign", "workspace_id", "bucket", name="triggers_pkey"
        ),
    )
    present = sa.text("person_id IS NOT NULL")
    op.create_index(
        "triggers_person_id_campaign_idx",
        "triggers",
        ["person_id", "campaign"],
        sqlite_where=present,
        postgresql_where=present,
    )


def downgrade() -> None:
    op.drop_table("triggers")
