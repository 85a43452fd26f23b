"""The settings of a workspace: their names, what they take, and what they do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapter.clock import SECOND, iso
from adapter.errors import Problem
from adapter.jsonvalue import JSONObject, JSONValue
from adapter.rules.policy import EXPIRED_UNTIL, Policy, Reuse, policy_of

_ON = frozenset({"on", "true", "yes", "1"})
_OFF = frozenset({"off", "false", "no", "0"})
_LONGEST_SECONDS = 10 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        takes: what a value looks like.
        does: one sentence, with the rule's number.
        parse: reads a text; raises ValueError.
    """

    takes: str
    does: str
    parse: Callable[[str], JSONValue]


def parse_setting(name: str, text: str) -> tuple[JSONValue, Problem | None]:
    """Read one setting given as text."""
    setting = SETTINGS.get(name)
    if setting is None:
        known = ", ".join(SETTINGS)
        return None, Problem("unknown_setting", f"{name!r} is no setting; there are: {known}")
    try:
        return setting.parse(text), None
    except ValueError:
        message = f"{name} takes {setting.takes}, not {text!r}"
        return None, Problem("invalid_setting", message)


def effective(settings: Mapping[str, object]) -> JSONObject:
    """Show all settings of a workspace, defaults included."""
    default = Policy()
    values: JSONObject = {
        "merging": default.merging,
        "reuse": default.reuse.value,
        "merge_window_seconds": default.merge_window // SECOND,
        "retention_seconds": default.retention // SECOND,
        "trigger_window_seconds": default.trigger_window // SECOND,
        "junk_ids": sorted(default.junk_ids),
    }
    shown = {**values, **settings}
    if EXPIRED_UNTIL in settings:
        shown[EXPIRED_UNTIL] = iso(policy_of(settings).expired_until)
    return shown


def _switch(text: str) -> bool:
    word = text.strip().casefold()
    if word in _ON:
        return True
    if word in _OFF:
        return False
    raise ValueError(text)


def _seconds(text: str) -> int:
    seconds = int(text)
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise ValueError(text)
    return seconds


def _words(text: str) -> list[str]:
    return sorted({word.strip().casefold() for word in text.split(",") if word.strip()})


def _reuse(text: str) -> str:
    return Reuse(text.strip()).value


SETTINGS: dict[str, Setting] = {
    "merging": Setting(
        "on or off", "Merges anonymous events when somebody is identified (M8).", _switch
    ),
    "reuse": Setting(
        "never or same_person",
        "What the same person's next identify with an assigned anonymous id does (M6).",
        _reuse,
    ),
    "merge_window_seconds": Setting(
        "whole seconds from 0",
        "How long after an assignment an event still merges as it arrives (M3).",
        _seconds,
    ),
    "retention_seconds": Setting(
        "whole seconds from 0", "How long an anonymous or invite event is kept (R1).", _seconds
    ),
    "trigger_window_seconds": Setting(
        "whole seconds from 0", "How old an event may be and still trigger (C2).", _seconds
    ),
    "junk_ids": Setting(
        "words parted by commas", "Anonymous ids that strangers share and nobody gets (K6).", _words
    ),
}
"""All settings of a workspace, in the order they are shown."""
