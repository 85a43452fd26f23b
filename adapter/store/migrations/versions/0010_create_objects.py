"""Create objects, and the relationships of people and strangers to them."""

import sqlalchemy as sa
from alembic import op

from adapter.store.types import Bucket, Micros, Number, Prose, Words

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "objects",
        sa.Column("cio_object_id", Words, nullable=False),
        sa.Column("workspace_id", Number, nullable=False),
        sa.Column("bucket", Bucket, nullable=False),
        sa.Column("object_type_id", Words, nullable=False),
        sa.Column("object_id", Words, nullable=False),
        sa.Column("attributes", Prose, nullable=False),
        sa.Column("created_at", Micros),
        sa.Column("updated_at", Micros, nullable=False),
        sa.PrimaryKeyConstraint("cio_object_id", "workspace_id", "bucket", name="objects_pkey"),
        postgresql_with={"fillfactor": 85},
    )
    _create_relationships("person", sa.Column("anonymous_id", Words))
    op.create_index(
        "person_relationships_cio_object_id_person_id_idx",
        "person_relationships",
        ["cio_object_id", "person_id"],
    )
    _create_relationships("anonymous")
    op.create_index(
        "anonymous_relationships_cio_object_id_idx", "anonymous_relationships", ["cio_object_id"]
    )


def downgrade() -> None:
    op.drop_table("anonymous_relationships")
    op.drop_table("person_relationships")
    op.drop_table("objects")


def _create_relationships(whose: str, *further: sa.Column[str]) -> None:
    table = f"{whose}_relationships"
    key = (f"{whose}_id", "cio_object_id", "workspace_id", "bucket")
    op.create_table(
        table,
        sa.Column(f"{whose}_id", Words, nullable=False),
        sa.Column("cio_object_id", Words, nullable=False),
        sa.Column("workspace_id", Number, nullable=False),
        sa.Column("bucket", Bucket, nullable=False),
        sa.Column("attributes", Prose, nullable=False),
        sa.Column("created_at", Micros, nullable=False),
        sa.Column("updated_at", Micros, nullable=False),
        *further,
        sa.PrimaryKeyConstraint(*key, name=f"{table}_pkey"),
    )
