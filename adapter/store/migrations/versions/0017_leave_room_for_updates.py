"""Leave room on the pages of rows that change in place on PostgreSQL: people, and the ledger."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_CHANGING = ("people", "ledger")


def upgrade() -> None:
    _set("SET (fillfactor = 85)")


def downgrade() -> None:
    _set("RESET (fillfactor)")


def _set(what: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in _CHANGING:
            op.execute(f"ALTER TABLE {table} {what}")
