"""Keep keyed hashes of who is gone, and give every workspace the secret that keys them (R4, P6)."""

import secrets

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Bucket, Number, Words

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SECRET_BYTES = 32


def upgrade() -> None:
    column = sa.Column("tombstone_secret", Words, nullable=False, server_default="")
    op.add_column("workspaces", column)
    _give_secrets()
    op.create_table(
        "tombstones",
        sa.Column("key", Words, nullable=False),
        sa.Column("workspace_id", Number, nullable=False),
        sa.Column("bucket", Bucket, nullable=False),
        sa.Column("kind", Words, nullable=False),
        sa.Column("suppression", Words),
        sa.PrimaryKeyConstraint("key", "workspace_id", "bucket", name="tombstones_pkey"),
    )
    suppressed = sa.text("suppression IS NOT NULL")
    op.create_index(
        "tombstones_suppression_idx",
        "tombstones",
        ["suppression"],
        sqlite_where=suppressed,
        postgresql_where=suppressed,
    )


def downgrade() -> None:
    op.drop_table("tombstones")
    op.drop_column("workspaces", "tombstone_secret")


def _give_secrets() -> None:
    connection = op.get_bind()
    workspaces = sa.table("workspaces", sa.column("id"), sa.column("tombstone_secret"))
    for workspace_id in connection.scalars(sa.select(workspaces.c.id)).all():
        connection.execute(
            workspaces.update()
            .where(workspaces.c.id == workspace_id)
            .values(tombstone_secret=secrets.token_urlsafe(_SECRET_BYTES))
        )
