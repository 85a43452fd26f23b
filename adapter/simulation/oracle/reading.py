"""How the oracle reads identifiers and times (K6, K7, P1, P2, T2-T4)."""

from dataclasses import replace

from adapter.simulation.oracle.said import UNREADABLE, Said

MOST_SKEW = 30 * 24 * 3_600 * 1_000_000
"""Microseconds; a clock that is further off corrects nothing."""


JUNK_IDS = (
    "null", "none", "nil", "undefined", "nan", "[object object]",
    "anonymous", "guest", "anonymousid", "0", "-1",
)  # fmt: skip
NON_VALUES = JUNK_IDS[:6]

Name = tuple[str, str]
"""An identifier's kind, and its value as it is compared."""


def is_junk(anonymous_id: str) -> bool:
    """K6: case-folded, with or without quotes; all zeros and dashes are junk too."""
    bare = anonymous_id.strip("\"' ").casefold()
    return bare in JUNK_IDS or set(bare) <= {"0", "-"}


def is_non_value(person: str) -> bool:
    """K7: what no person is called."""
    return person.strip("\"' ").casefold() in NON_VALUES


def name_of(bare: str) -> Name:
    """P2: ``cio_...`` is a cio_id, an address an e-mail, anything else an id; P1: e-mails fold."""
    if bare.startswith("cio_"):
        return "cio_id", bare.removeprefix("cio_")
    if "@" in bare:
        return "email", bare.casefold()
    return "id", bare


def forwarded(said: Said, now: int) -> tuple[Said, tuple[str, ...]]:
    """Contracts 2.6: stamp a call as Segment does, and free its time of its sender's clock error.

    Returns:
        What is forwarded, and what was noticed.
    """
    written = said.original if said.at is None else said.at
    stamped = replace(said, at=written, segment=now)
    if not isinstance(written, int) or said.sent is None:
        return stamped, ()
    skew = now - said.sent
    if abs(skew) > MOST_SKEW:
        return stamped, ("sent_at_ignored",)
    return replace(stamped, at=min(written + skew, now)), ()


def times_of(said: Said, now: int, clock: str, after: int) -> tuple[int, int, tuple[str, ...]]:
    """T1-T4: when a record was received, when it happened, and what was noticed."""
    notes: tuple[str, ...] = ()
    received_at = now
    if clock == "segment":
        if said.segment is not None and after < said.segment <= now:
            received_at = said.segment
        else:
            notes = ("received_at_refused",)
    if isinstance(said.at, int):
        return received_at, said.at, notes
    if said.at == UNREADABLE:
        return received_at, received_at, (*notes, "timestamp_unreadable")
    if said.original is not None and said.sent is not None:
        arrival = received_at if said.segment is None else said.segment
        return received_at, arrival - (said.sent - said.original), notes
    return received_at, received_at, notes
