"""What the oracle knows: settings, people, events and lines of the log, in plain lists."""

from dataclasses import dataclass, field
from typing import Any

from adapter.simulation.oracle.said import Said

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR


@dataclass(slots=True)
class Rules:
    """The settings that semantics.md names, with the values that it gives. In microseconds."""

    merging: bool = True
    reuse: str = "never"
    window: int = 300 * SECOND
    retention: int = 30 * DAY
    trigger_window: int = 72 * HOUR
    expired_until: int = 0

    def alive_after(self, at: int) -> int:
        """R1: what was received by then has expired at an instant."""
        return max(at - self.retention, self.expired_until)


@dataclass(slots=True, eq=False)
class OnePerson:
    """A person, told apart by who they are.

    Attributes:
        names: value by kind, as written: ``id`` and ``email``.
        former: identifiers, as compared, of people who were joined to this one (P5).
        attributes: value and the sender's time by name; a removed one has the value None.
    """

    names: dict[str, str] = field(default_factory=dict)
    former: set[tuple[str, str]] = field(default_factory=set)
    attributes: dict[str, tuple[Any, int]] = field(default_factory=dict)

    @property
    def label(self) -> tuple[str | None, str | None]:
        """Give what others see of them."""
        return self.names.get("id"), self.names.get("email")


@dataclass(slots=True, eq=False)
class OneEvent:
    """An event that was stored.

    Attributes:
        view: ``anonymous`` or ``identified`` (A2).
        reason: why, as a code (A3).
        notes: what else was noticed.
        processed_at: when it became its owner's.
        trigger: C2, C3; None while it is nobody's.
        former: the reason it had before it merged, and has again after an unmerge (M12).
    """

    message_id: str | None
    kind: str
    name: str
    received_at: int
    occurred_at: int
    anonymous_id: str | None
    reason: str
    notes: tuple[str, ...]
    view: str = "anonymous"
    recipient: str | None = None
    owner: OnePerson | None = None
    was_anonymous: bool = False
    processed_at: int | None = None
    trigger: str | None = None
    former: str = "awaiting_identify"
    price: int = 0


@dataclass(slots=True, eq=False)
class OneLine:
    """A line of the log that is not itself an event.

    Attributes:
        numbers: what it counts, if it does.
    """

    type: str
    reason: str
    received_at: int
    message_id: str | None = None
    person: OnePerson | None = None
    anonymous_id: str | None = None
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A record in quarantine (L3), and the line that says so."""

    reason: str
    received_at: int
    said: Said
    line: OneLine


@dataclass(slots=True, eq=False)
class Claimed:
    """An anonymous id that somebody has, or will have once merging is on (M8)."""

    person: OnePerson
    at: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a message id (L1).

    Attributes:
        content: what it said first; None where nothing more is known of it than that it came.
        had_effect: it counts; what had none may be sent again, mended.
    """

    content: tuple[Any, ...] | None
    had_effect: bool


@dataclass(frozen=True, slots=True)
class Came:
    """What became of a record: its fate in the ledger (L4), and the main reason."""

    fate: str
    reason: str
