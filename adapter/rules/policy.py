"""A workspace's settings, as the rules see them."""

from dataclasses import dataclass, field
from enum import StrEnum

from adapter.clock import DAY, HOUR, MINUTE


class Reuse(StrEnum):
    """What happens when a person identifies again with an anonymous id they hold (M6)."""

    NEVER = "never"
    SAME_PERSON = "same_person"


JUNK_ANONYMOUS_IDS = frozenset(
    {
        "null", "none", "nil", "undefined", "nan", "[object object]",
        "anonymous", "guest", "anonymousid", "0", "-1",
    }
)  # fmt: skip
"""Case-folded, without quotes; all zeros and dashes are junk as well (K6)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The settings of one workspace that decide. Durations are in microseconds.

    Attributes:
        merging: M8; off keeps assignments pending.
        reuse: M6.
        merge_window: M3; inclusive at its end.
        retention: R1; an event exactly this old is expired.
        trigger_window: C2; inclusive at its end.
        junk_ids: K6; compared case-folded and without quotes.
    """

    merging: bool = True
    reuse: Reuse = Reuse.NEVER
    merge_window: int = 5 * MINUTE
    retention: int = 30 * DAY
    trigger_window: int = 72 * HOUR
    junk_ids: frozenset[str] = field(default=JUNK_ANONYMOUS_IDS)
