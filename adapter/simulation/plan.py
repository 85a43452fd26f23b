"""What happens in a simulated month: steps in order of time, all drawn before any is taken.

Nothing in a plan depends on what the product does, so a step can be left out and the rest still
means the same: that is what makes a failing seed shrink.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from adapter.clock import Instant
from adapter.simulation.oracle.leaving import Whom
from adapter.simulation.oracle.said import Said


class Fault(StrEnum):
    """What goes wrong while a request is taken in."""

    NONE = "none"
    LOCK_TIMEOUT = "lock_timeout"
    """The store is locked before anything is read: 503, nothing stored."""

    LOST_RACE = "lost_race"
    """The transaction loses a race once after it has read, and is tried again whole."""

    ROLLED_BACK = "rolled_back"
    """Everything is written, and then not committed: 503, nothing stored (M10)."""

    ANSWER_LOST = "answer_lost"
    """It is committed, but nobody knows: 503, and the repeat is a duplicate (L1)."""


class Door(StrEnum):
    """Where a request goes."""

    WEBHOOK = "segment_webhook"
    SEGMENT_API = "segment_api"
    SEGMENT_STRICT = "segment_api, strict"
    """The same, of a sender who asks to be told what is wrong."""

    TRACK_V1 = "track_v1"
    TRACK_V2 = "track_v2"

    @property
    def tells(self) -> bool:
        """Tell whether a sender is told what is refused; at the others it waits in quarantine."""
        return self in {Door.SEGMENT_STRICT, Door.TRACK_V1, Door.TRACK_V2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A request to a door.

    Attributes:
        workspace: number of the tenant.
        source: which of its sources; at the doors of the Track API it is always the first.
        said: its records, in array order.
        single: one record alone, not in an array.
        repeat: it was sent before.
        triggers: off for what is replayed without (C8).
    """

    at: Instant
    workspace: int
    source: str
    said: tuple[Said, ...]
    single: bool
    door: Door = Door.WEBHOOK
    fault: Fault = Fault.NONE
    repeat: bool = False
    triggers: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An operator changes a setting: as typed, and as the oracle calls it."""

    at: Instant
    workspace: int
    setting: str
    typed: str
    name: str
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmerge:
    """An operator takes back what an anonymous id merged (M12)."""

    at: Instant
    workspace: int
    anonymous_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """An operator has somebody erased, and has it proved (P6)."""

    at: Instant
    workspace: int
    whom: Whom


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """The server stops and starts again."""

    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What has expired is purged, which nobody may notice (R2)."""

    at: Instant


class Reception(StrEnum):
    """How the endpoint of the campaigns fares while the worker sends."""

    WELL = "well"
    ANSWER_LOST = "answer_lost"
    """It takes what comes, and nobody hears of it."""

    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The worker sends whatever is due (L5)."""

    at: Instant
    fares: Reception


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything is compared with the oracle."""

    at: Instant


Step = Delivery | Change | Unmerge | Erase | Restart | Sweep | Work | Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A simulated history.

    Attributes:
        seed: that it was drawn from.
        workspaces: how many tenants.
        steps: in order of time.
    """

    seed: int
    workspaces: int
    steps: Sequence[Step]


ARRIVAL, SEGMENT = "arrival", "segment"
SOURCES = {"server": ARRIVAL, "web": ARRIVAL, "app": ARRIVAL, "archive": SEGMENT}
"""The sources of every tenant, the oldest first, and whose clock each goes by (T2)."""
