"""Use cases: open a transaction, ask, decide, commit."""
