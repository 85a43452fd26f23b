"""The port of segments: who is in which, and whose standing is to be worked out (C6)."""

from dataclasses import dataclass
from typing import Protocol

from adapter.clock import Instant
from adapter.model.segments import Member


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the segments of an edition are worked out.

    Attributes:
        done: people whose standing is of that edition.
        people: all people.
    """

    done: int
    people: int


class Memberships(Protocol):
    """Who is in which segment. Safe for use by many threads and processes."""

    def edition(self, workspace_id: int) -> str:
        """Give the edition of the segments that are kept of a workspace's people; "" for none."""

    def declare(self, workspace_id: int, edition: str) -> None:
        """Have the segments of an edition be kept from now on.

        Waits until no batch of the workspace is under way. Standings of other editions are
        worked out anew when they are met; where none are kept any more, all are deleted.
        """

    def members(
        self, workspace_id: int, segment: str, *, beyond: str = "", limit: int = 1_000
    ) -> list[str]:
        """Page through the person_ids of a segment's members, those larger than ``beyond``."""

    def count(self, workspace_id: int, segment: str) -> int:
        """Count a segment's members."""

    def of_person(self, workspace_id: int, person_id: str) -> dict[str, Member]:
        """Give the segments that a person is in."""

    def everyone(
        self, workspace_id: int, *, beyond: tuple[str, str] = ("", ""), limit: int = 1_000
    ) -> list[tuple[str, str, Member]]:
        """Page through who is in which segment: person_id, segment, since when."""

    def progress(self, workspace_id: int, edition: str) -> Progress:
        """Tell how far the segments of an edition are worked out."""

    def outdated(
        self, workspace_id: int, edition: str, *, beyond: str = "", limit: int = 1_000
    ) -> list[str]:
        """Page through the person_ids of those whose standing is not of an edition."""

    def due(self, workspace_id: int, now: Instant, *, limit: int = 1_000) -> list[str]:
        """List people whose standing time alone may have changed by now, those due longest."""

    def forget(self, workspace_id: int, *, limit: int = 5_000) -> int:
        """Delete what is kept of people of a workspace, in one short transaction; tell how much.

        Returns:
            Rows deleted: fewer than ``limit`` when nothing is left.
        """
