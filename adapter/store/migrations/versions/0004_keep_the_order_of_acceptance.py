"""Keep the order of acceptance, what each request was read by, and what doors counted (M11, L4)."""

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Number, Prose, Words

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("place", Number, "0"),
    ("records", Number, "0"),
    ("mapping", Words, ""),
)

# What was counted before by fate alone balances by definition.
_COUNT_AT_DOORS = sa.text(
    "INSERT INTO ledger (workspace_id, source_id, hour, fate, lane, bucket, count)"
    " SELECT workspace_id, source_id, hour, 'received', lane, bucket, sum(count) FROM ledger"
    " GROUP BY workspace_id, source_id, hour, lane, bucket"
)


def upgrade() -> None:
    for name, kind, default in _COLUMNS:
        op.add_column("received", sa.Column(name, kind, nullable=False, server_default=default))
    op.create_index("received_place_idx", "received", ["place"])
    op.create_table(
        "mappings",
        sa.Column("digest", Words, nullable=False),
        sa.Column("text", Prose, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="mappings_pkey"),
    )
    op.get_bind().execute(_COUNT_AT_DOORS)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE acceptances")
        op.execute("ALTER TABLE received ALTER COLUMN place SET DEFAULT nextval('acceptances')")


def downgrade() -> None:
    op.execute("DELETE FROM ledger WHERE fate = 'received'")
    op.drop_table("mappings")
    op.drop_index("received_place_idx", "received")
    for name, *_ in _COLUMNS:
        op.drop_column("received", name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE acceptances")
