"""Liquid as Segment's engine speaks it, inside ``@liquid``."""
