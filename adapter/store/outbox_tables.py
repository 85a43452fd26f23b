"""The tables of what is sent out: deliveries and every try of them (L5)."""

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, literal_column

from adapter.store.tables import metadata
from adapter.store.types import Bucket, Micros, Number, Prose, Words

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    # Of the endpoint: a claim locks rows of one bucket alone.
    Column("bucket", Bucket, nullable=False),
    Column("endpoint", Words, nullable=False),
    Column("record", Words, nullable=False),
    Column("event_id", Words),
    Column("person_id", Words),
    Column("recipient", Words),
    Column("name", Words, nullable=False),
    Column("path", Words, nullable=False),
    Column("body", Prose, nullable=False),
    Column("created_at", Micros, nullable=False),
    Column("due_at", Micros, nullable=False),
    Column("expires_at", Micros, nullable=False),
    Column("leased_until", Micros, nullable=False),
    Column("attempt", Number, nullable=False),
    Column("last_attempt", Number, nullable=False),
    Column("state", Words, nullable=False),
    Column("reason", Words),
    Column("settled_at", Micros),
    PrimaryKeyConstraint("workspace_id", "id", "bucket"),
    postgresql_with={"fillfactor": 85},
)
"""The outbox. Pending rows are sent; the others are kept for those who ask."""

IS_PENDING = deliveries.c.state == literal_column("'pending'")

for _order in ("due_at", "id"):
    Index(
        f"deliveries_endpoint_{_order}_idx",
        deliveries.c.endpoint,
        deliveries.c.workspace_id,
        deliveries.c[_order],
        sqlite_where=IS_PENDING,
        postgresql_where=IS_PENDING,
    )
Index(
    "deliveries_workspace_id_endpoint_id_idx",
    deliveries.c.workspace_id,
    deliveries.c.endpoint,
    deliveries.c.id,
)
for _state in ("pending", "dead", "cancelled"):
    _is_so = deliveries.c.state == literal_column(f"'{_state}'")
    Index(
        f"deliveries_{_state}_id_idx",
        deliveries.c.workspace_id,
        deliveries.c.id,
        sqlite_where=_is_so,
        postgresql_where=_is_so,
    )
for _whom in ("person_id", "recipient", "event_id"):
    Index(
        f"deliveries_{_whom}_id_idx",
        deliveries.c[_whom],
        deliveries.c.id,
        sqlite_where=deliveries.c[_whom].is_not(None),
        postgresql_where=deliveries.c[_whom].is_not(None),
    )

triggers = Table(
    "triggers",
    metadata,
    Column("record", Words, nullable=False),
    Column("campaign", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    # Of the event: it stays the same whoever the event becomes.
    Column("bucket", Bucket, nullable=False),
    Column("person_id", Words),
    Column("at", Micros, nullable=False),
    Column("reason", Words, nullable=False),
    PrimaryKeyConstraint("record", "campaign", "workspace_id", "bucket"),
)
"""What became of each event that could start a campaign; unique for ever (C4)."""

Index(
    "triggers_person_id_campaign_idx",
    triggers.c.person_id,
    triggers.c.campaign,
    sqlite_where=triggers.c.person_id.is_not(None),
    postgresql_where=triggers.c.person_id.is_not(None),
)

attempts = Table(
    "attempts",
    metadata,
    Column("delivery_id", Words, nullable=False),
    Column("workspace_id", Number, nullable=False),
    # Of the delivery's endpoint, so that both lie together.
    Column("bucket", Bucket, nullable=False),
    Column("number", Number, nullable=False),
    Column("started_at", Micros, nullable=False),
    Column("duration", Micros, nullable=False),
    Column("status", Number),
    Column("outcome", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("excerpt", Prose, nullable=False),
    PrimaryKeyConstraint("delivery_id", "number", "workspace_id", "bucket"),
)
