"""Keep why an event was anonymous, so that its merge can be taken back (M12)."""

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Words

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person_events", sa.Column("former_reason", Words))


def downgrade() -> None:
    op.drop_column("person_events", "former_reason")
