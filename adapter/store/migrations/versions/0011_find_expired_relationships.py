"""Find strangers' relationships that have expired without a look at the others (R2)."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_INDEX = "anonymous_relationships_workspace_id_updated_at_idx"


def upgrade() -> None:
    op.create_index(_INDEX, "anonymous_relationships", ["workspace_id", "updated_at"])


def downgrade() -> None:
    op.drop_index(_INDEX, "anonymous_relationships")
