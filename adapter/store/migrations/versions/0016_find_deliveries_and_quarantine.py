"""Find deliveries by endpoint and state, and quarantined records by reason."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_OF_ENDPOINT = "deliveries_workspace_id_endpoint_id_idx"
_OF_REASON = "quarantine_workspace_id_reason_id_idx"
_STATES = ("pending", "dead", "cancelled")


def upgrade() -> None:
    op.create_index(_OF_ENDPOINT, "deliveries", ["workspace_id", "endpoint", "id"])
    for state in _STATES:
        is_so = sa.text(f"state = '{state}'")
        op.create_index(
            f"deliveries_{state}_id_idx",
            "deliveries",
            ["workspace_id", "id"],
            sqlite_where=is_so,
            postgresql_where=is_so,
        )
    op.create_index(_OF_REASON, "quarantine", ["workspace_id", "reason", "id"])


def downgrade() -> None:
    op.drop_index(_OF_REASON, "quarantine")
    for state in _STATES:
        op.drop_index(f"deliveries_{state}_id_idx", "deliveries")
    op.drop_index(_OF_ENDPOINT, "deliveries")
