"""Let a workspace have an app key that may only read."""

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Words

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("read_key_hash", Words, nullable=False, server_default="")
    op.add_column("workspaces", column)


def downgrade() -> None:
    op.drop_column("workspaces", "read_key_hash")
