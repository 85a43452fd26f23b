"""Column types that both databases take."""

from sqlalchemy import BigInteger, Integer, LargeBinary, SmallInteger, Text

Words = Text().with_variant(Text(collation="C"), "postgresql")
"""Text compared byte by byte: ids sort alike everywhere, and indexes need no locale."""

Prose = Text()
"""Text that is never compared: JSON, kept as it came, and messages for people."""

Micros = BigInteger()
"""An instant: microseconds since the epoch (``clock.Instant``)."""

Number = BigInteger().with_variant(Integer(), "sqlite")
"""A count or a reference of ours."""

Bucket = SmallInteger()
"""``ids.bucket_of`` the row's own key: what a distributed engine spreads rows by (storage 5.1)."""

Blob = LargeBinary()
"""Raw bytes."""
