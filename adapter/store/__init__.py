"""The store in SQLAlchemy Core, on SQLite and PostgreSQL; and in memory, for reference."""
