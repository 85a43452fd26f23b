"""A Segment-compatible destination for anonymous events, in a SQL store, that explains itself."""

__version__ = "0.1.0"
