"""Count the records that were taken out of a raw body, so that an audit tells of them (P6)."""

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Number

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("received", sa.Column("erased", Number, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("received", "erased")
