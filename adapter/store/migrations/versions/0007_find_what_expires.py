"""Find what has expired without a scan, on SQLite (R2)."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = ("anonymous_events", "invite_events")
_COLUMNS = ["workspace_id", "received_at"]


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _TABLES:
            op.create_index(f"{table}_workspace_id_received_at_idx", table, _COLUMNS)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in _TABLES:
            op.drop_index(f"{table}_workspace_id_received_at_idx", table)
