"""The tables of objects, and of who is related to them."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from adapter.store.tables import metadata
from adapter.store.types import Bucket, Micros, Number, Prose, Words

objects = Table(
    "objects",
    metadata,
    Column("cio_object_id", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    Column("bucket", Bucket, nullable=False),
    Column("object_type_id", Words, nullable=False),
    Column("object_id", Words, nullable=False),
    # {name: [value, microseconds of the update that set it]}
    Column("attributes", Prose, nullable=False),
    Column("created_at", Micros),
    Column("updated_at", Micros, nullable=False),
    PrimaryKeyConstraint("cio_object_id", "workspace_id", "bucket"),
    postgresql_with={"fillfactor": 85},
)
"""A row that was never created is no object: it is only there to be locked."""

person_relationships = Table(
    "person_relationships",
    metadata,
    Column("person_id", Words, nullable=False),
    Column("cio_object_id", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    # Of the person.
    Column("bucket", Bucket, nullable=False),
    Column("attributes", Prose, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("updated_at", Micros, nullable=False),
    # By which the relationship was made before it was the person's.
    Column("anonymous_id", Words),
    PrimaryKeyConstraint("person_id", "cio_object_id", "workspace_id", "bucket"),
    Index(
        "person_relationships_cio_object_id_person_id_idx",
        "cio_object_id",
        "person_id",
    ),
)

anonymous_relationships = Table(
    "anonymous_relationships",
    metadata,
    Column("anonymous_id", Words, nullable=False),
    Column("cio_object_id", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    # Of the anonymous id.
    Column("bucket", Bucket, nullable=False),
    Column("attributes", Prose, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("updated_at", Micros, nullable=False),
    PrimaryKeyConstraint("anonymous_id", "cio_object_id", "workspace_id", "bucket"),
    Index("anonymous_relationships_cio_object_id_idx", "cio_object_id"),
    # A sweep walks it.
    Index("anonymous_relationships_workspace_id_updated_at_idx", "workspace_id", "updated_at"),
)
"""Strangers' relationships: carried over when their id is assigned."""
