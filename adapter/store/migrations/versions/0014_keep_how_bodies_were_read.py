"""Keep how each body was read, so that it can be read so again (M11)."""

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Prose

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("received", sa.Column("read_as", Prose, nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("received", "read_as")
