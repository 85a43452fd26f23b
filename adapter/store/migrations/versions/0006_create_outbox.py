"""Create the outbox: deliveries, and every try of them (L5)."""

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Bucket, Micros, Number, Prose, Words

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", Words, nullable=False),
        sa.Column("workspace_id", Number, nullable=False),
        sa.Column("bucket", Bucket, nullable=False),
        sa.Column("endpoint", Words, nullable=False),
        sa.Column("record", Words, nullable=False),
        sa.Column("event_id", Words),
        sa.Column("person_id", Words),
        sa.Column("recipient", Words),
        sa.Column("name", Words, nullable=False),
        sa.Column("path", Words, nullable=False),
        sa.Column("body", Prose, nullable=False),
        sa.Column("created_at", Micros, nullable=False),
        sa.Column("due_at", Micros, nullable=False),
        sa.Column("expires_at", Micros, nullable=False),
        sa.Column("leased_until", Micros, nullable=False),
        sa.Column("attempt", Number, nullable=False),
        sa.Column("last_attempt", Number, nullable=False),
        sa.Column("state", Words, nullable=False),
        sa.Column("reason", Words),
        sa.Column("settled_at", Micros),
        sa.PrimaryKeyConstraint("workspace_id", "id", "bucket", name="deliveries_pkey"),
        postgresql_with={"fillfactor": 85},
    )
    for order in ("due_at", "id"):
        _index(f"deliveries_endpoint_{order}_idx", "endpoint", "workspace_id", order)
    for whom in ("person_id", "recipient"):
        _index(f"deliveries_{whom}_id_idx", whom, "id", where=f"{whom} IS NOT NULL")
    op.create_table(
        "attempts",
        sa.Column("delivery_id", Words, nullable=False),
        sa.Column("workspace_id", Number, nullable=False),
        sa.Column("bucket", Bucket, nullable=False),
        sa.Column("number", Number, nullable=False),
        sa.Column("started_at", Micros, nullable=False),
        sa.Column("duration", Micros, nullable=False),
        sa.Column("status", Number),
        sa.Column("outcome", Words, nullable=False),
        sa.Column("reason", Words, nullable=False),
        sa.Column("excerpt", Prose, nullable=False),
        sa.PrimaryKeyConstraint(
            "delivery_id", "number", "workspace_id", "bucket", name="attempts_pkey"
        ),
    )


def downgrade() -> None:
    op.drop_table("attempts")
    op.drop_table("deliveries")


def _index(name: str, *columns: str, where: str = "state = 'pending'") -> None:
    condition = sa.text(where)
    op.create_index(
        name, "deliveries", list(columns), sqlite_where=condition, postgresql_where=condition
    )
