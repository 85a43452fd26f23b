"""Tell which workspaces may have message keys from before those of SQLite bore a number (L1)."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_COLUMN = "plain_keys"


def upgrade() -> None:
    op.add_column(
        "workspaces", sa.Column(_COLUMN, sa.Boolean, nullable=False, server_default=sa.false())
    )
    workspaces = sa.table("workspaces", sa.column(_COLUMN, sa.Boolean))
    op.execute(workspaces.update().values({_COLUMN: sa.true()}))


def downgrade() -> None:
    op.drop_column("workspaces", _COLUMN)
