"""Keep the devices of people with them."""

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Prose

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("devices", Prose, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("people", "devices")
