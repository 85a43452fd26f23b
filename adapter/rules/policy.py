"""A workspace's settings, as the rules see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from adapter.clock import BEGINNING, DAY, HOUR, MINUTE, SECOND, Instant
from adapter.jsonvalue import JSONObject

EXPIRED_UNTIL = "expired_until"
"""The name under which settings keep what ``Policy.expired_until`` says."""


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
        dedupe: L1; how long message ids are remembered, if that is longer than retention.
        junk_ids: K6; compared case-folded and without quotes.
        expired_until: what was received by then had expired when retention was last raised, and
            stays so.
    """

    merging: bool = True
    reuse: Reuse = Reuse.NEVER
    merge_window: int = 5 * MINUTE
    retention: int = 30 * DAY
    trigger_window: int = 72 * HOUR
    dedupe: int = 0
    junk_ids: frozenset[str] = field(default=JUNK_ANONYMOUS_IDS)
    expired_until: Instant = BEGINNING

    def alive_after(self, at: Instant) -> Instant:
        """Tell what has expired at an instant: all that was received by the instant given (R1)."""
        return max(Instant(at - self.retention), self.expired_until)

    def remembered_after(self, at: Instant) -> Instant:
        """Tell which message ids may be forgotten at an instant: all from before the one given.

        Only of what has expired as well (L1).
        """
        return min(Instant(at - self.dedupe), self.alive_after(at))


def policy_of(settings: Mapping[str, object]) -> Policy:
    """Read a workspace's stored settings; what they do not name has its default.

    Args:
        settings: ``merging`` (bool), ``reuse``, ``merge_window_seconds``, ``retention_seconds``,
            ``trigger_window_seconds``, ``dedupe_seconds`` (whole seconds) and ``junk_ids`` (texts),
            checked before they were stored; and ``expired_until``, which :func:`changed_settings`
            adds.
    """
    default = Policy()
    return Policy(
        merging=bool(settings.get("merging", default.merging)),
        reuse=Reuse(str(settings.get("reuse", default.reuse))),
        merge_window=_duration(settings, "merge_window_seconds", default.merge_window),
        retention=_duration(settings, "retention_seconds", default.retention),
        trigger_window=_duration(settings, "trigger_window_seconds", default.trigger_window),
        dedupe=_duration(settings, "dedupe_seconds", default.dedupe),
        junk_ids=_texts(settings, "junk_ids", default.junk_ids),
        expired_until=Instant(int(str(settings.get(EXPIRED_UNTIL, default.expired_until)))),
    )


def changed_settings(current: JSONObject, changes: JSONObject, at: Instant) -> JSONObject:
    """Change settings at an instant; what has expired by then stays expired (R1, M11).

    Whether a sweep has purged it already must not show, so a longer retention holds only for what
    was alive when it was set.
    """
    settings = {**current, **changes}
    before, after = policy_of(current), policy_of(settings)
    if after.retention > before.retention:
        settings[EXPIRED_UNTIL] = before.alive_after(at)
    return settings


def _duration(settings: Mapping[str, object], key: str, default: int) -> int:
    seconds = settings.get(key)
    return default if seconds is None else int(str(seconds)) * SECOND


def _texts(settings: Mapping[str, object], key: str, default: frozenset[str]) -> frozenset[str]:
    texts = settings.get(key)
    return frozenset(map(str, texts)) if isinstance(texts, list) else default
