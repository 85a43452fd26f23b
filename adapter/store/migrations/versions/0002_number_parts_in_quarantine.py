"""Number the parts of a record in quarantine: the ledger counts only the first (L4)."""

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Number

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("quarantine", sa.Column("part", Number, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("quarantine", "part")
