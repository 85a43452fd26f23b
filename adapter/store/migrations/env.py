"""Runs migrations on the connection that ``adapter.store.schema`` hands over."""

from alembic import context

from adapter.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
