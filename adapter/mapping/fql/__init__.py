"""Subscriptions: Segment's filter query language, quirks included."""
