"""Find deliveries by the sender's id of their event."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_INDEX = "deliveries_event_id_id_idx"


def upgrade() -> None:
    is_there = sa.text("event_id IS NOT NULL")
    op.create_index(
        _INDEX,
        "deliveries",
        ["event_id", "id"],
        sqlite_where=is_there,
        postgresql_where=is_there,
    )


def downgrade() -> None:
    op.drop_index(_INDEX, "deliveries")
