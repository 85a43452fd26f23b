"""What makes something happen: a message, or else an operator or time alone."""

from dataclasses import dataclass
from typing import Protocol

from adapter.clock import Instant


class Cause(Protocol):
    """What lines of the log are numbered after, and dated by; every ``Message`` is one."""

    @property
    def id(self) -> str:
        """Ours."""

    @property
    def workspace_id(self) -> int:
        """Whose."""

    @property
    def message_id(self) -> str | None:
        """The sender's id, if a sender sent it."""

    @property
    def received_at(self) -> Instant:
        """When it was accepted, or came about."""

    @property
    def occurred_at(self) -> Instant:
        """When it happened."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """A cause that nobody sent.

    Attributes:
        id: as ``ids.new_ids`` or ``ids.moment_id`` give it; its last byte is zero.
        at: when.
    """

    id: str
    workspace_id: int
    at: Instant
    message_id: None = None

    @property
    def received_at(self) -> Instant:
        """When it came about."""
        return self.at

    @property
    def occurred_at(self) -> Instant:
        """When it came about."""
        return self.at
