"""Builders of messages: what each of the native operations becomes, by topic."""
