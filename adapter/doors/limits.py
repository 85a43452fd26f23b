"""How much of what is taken: the one table of limits, with where each comes from.

All are bytes unless they say otherwise. What an operator may move is a setting (``settings.py``).
"""

# A record's own fields, whichever door it comes through.
ANONYMOUS_ID_LIMIT = 1_000
"""Contracts 6.1.9."""
PERSON_ID_LIMIT = 150
"""Contracts 3.3, 3.9."""
MESSAGE_ID_LIMIT = 256
"""Contracts 6.10.3."""
EVENT_NAME_LIMIT = 100
"""Contracts 3.9."""
PAGE_NAME_LIMIT = 1_000
"""Of pages and screens, whose names are addresses (contracts 3.9, O8)."""
EVENT_DATA_LIMIT = 100_000
"""Of an event's data as JSON (contracts 3.9)."""
TOKEN_LIMIT = 1_000
"""Of a device's token, and of what names a delivery or a form: an attribute's (contracts 3.9)."""
ATTRIBUTE_NAME_LIMIT = 150
ATTRIBUTE_VALUE_LIMIT = 1_000
ATTRIBUTES_LIMIT = 300
"""Attributes in one identify, a number (contracts 3.9)."""
RELATIONSHIPS_LIMIT = 100
"""Relationships of one operation, a number: each may log two of the 255 lines of a message."""

# Requests.
WEBHOOK_ITEMS = 4_000
"""Items of one webhook batch: as many as Segment sends (contracts 1.3)."""
SEGMENT_ITEMS = 2_500
"""Events of one batch of the HTTP API (contracts 2.5)."""
SINGLE_LIMIT = 32 * 1024
"""One event of the HTTP API, one operation of the Track API v2 (contracts 2.5, 3.9)."""
BATCH_LIMIT = 500 * 1024
"""One request of the HTTP API or of the Track API v2 (contracts 2.5, 3.9)."""
WEBHOOK_LIMIT = 5_000_000
"""One webhook request (contracts 1.3)."""
TRACK_V1_LIMIT = 1_000_000
"""One request of the Track API v1 (contracts 8.2)."""
