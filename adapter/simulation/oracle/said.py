"""What senders say, before anything is made of it."""

from dataclasses import dataclass, field
from typing import Any

UNREADABLE = "half past nine"
"""A time that nobody can read (T4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One record, as its sender means it. All instants are in microseconds since the epoch.

    Attributes:
        message_id: by which a repeat is told (L1).
        kind: ``event``, ``page``, ``screen``, ``identify``, ``alias``, ``delete``, ``suppress`` or
            ``unsuppress``.
        name: of the event.
        person: a bare identifier (P2), "" for none.
        previous: of an alias, the secondary person.
        anonymous_id, recipient: "" for none.
        attributes: of an identify; of an event its data.
        at: when it happened, by the sender; None: not said; or ``UNREADABLE``.
        original, sent: the clocks from which a missing ``at`` is worked out (T3).
        segment: when Segment says it received it (T2).
        broken: why it cannot be mapped, whatever it says; "" if it can.
        extra: data beside, so that the same id may come with other content.
    """

    message_id: str | None
    kind: str
    name: str = ""
    person: str = ""
    previous: str = ""
    anonymous_id: str = ""
    recipient: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    at: int | str | None = None
    original: int | None = None
    sent: int | None = None
    segment: int | None = None
    broken: str = ""
    extra: str = ""

    def content(self) -> tuple[Any, ...]:
        """Give all it says but the times, by which a conflict is told from a repeat (L1).

        Of who goes nothing is kept, not even here (R4).
        """
        if self.kind in {"delete", "suppress", "unsuppress"} and not self.broken:
            return (self.kind,)
        attributes = tuple(sorted((key, repr(value)) for key, value in self.attributes.items()))
        who = (self.person, self.previous, self.anonymous_id, self.recipient)
        return (self.kind, self.name, who, attributes, self.broken, self.extra)
