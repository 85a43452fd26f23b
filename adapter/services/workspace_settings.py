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
_LONGEST_DIGITS = 10
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    Attributes:
        takes: what a value looks like.
        does: one sentence, with the rule's number.
        parse: reads a value, or the text of one; raises ValueError.
    """

    takes: str
    does: str
    parse: Callable[[JSONValue], JSONValue]


def parse_setting(name: str, given: JSONValue) -> tuple[JSONValue, Problem | None]:
    """Read one setting given as JSON or as text."""
    setting = SETTINGS.get(name)
    pointer = f"/settings/{name}"
    if setting is None:
        message = f"{name[:_SHOWN]!r} is no setting; there are: {', '.join(SETTINGS)}"
        return None, Problem("unknown_setting", message, pointer)
    try:
        return setting.parse(given), None
    except ValueError:
        message = f"{name} takes {setting.takes}, not {repr(given)[:_SHOWN]}"
        return None, Problem("invalid_setting", message, pointer)


def effective(settings: Mapping[str, object]) -> JSONObject:
    """Show all settings of a workspace, defaults included."""
    default = Policy()
    values: JSONObject = {
        "merging": default.merging,
        "reuse": default.reuse.value,
        "merge_window_seconds": default.merge_window // SECOND,
        "retention_seconds": default.retention // SECOND,
        "trigger_window_seconds": default.trigger_window // SECOND,
        "dedupe_seconds": default.dedupe // SECOND,
        "junk_ids": sorted(default.junk_ids),
    }
    shown = {**values, **settings}
    if EXPIRED_UNTIL in settings:
        shown[EXPIRED_UNTIL] = iso(policy_of(settings).expired_until)
    return shown


def _switch(given: JSONValue) -> bool:
    if isinstance(given, bool):
        return given
    word = _text(given).strip().casefold()
    if word in _ON:
        return True
    if word in _OFF:
        return False
    raise ValueError(given)


def _seconds(given: JSONValue) -> int:
    is_number = isinstance(given, int) and not isinstance(given, bool)
    text = str(given) if is_number else _text(given)
    # Longer texts of digits would be refused by Python, with other words.
    seconds = int(text) if len(text) <= _LONGEST_DIGITS else -1
    if not 0 <= seconds <= _LONGEST_SECONDS:
        raise ValueError(given)
    return seconds


def _words(given: JSONValue) -> list[str]:
    words = given if isinstance(given, list) else _text(given).split(",")
    return sorted({_text(word).strip().casefold() for word in words if _text(word).strip()})


def _reuse(given: JSONValue) -> str:
    return Reuse(_text(given).strip()).value


def _text(given: JSONValue) -> str:
    if not isinstance(given, str):
        raise ValueError(given)  # noqa: TRY004 - told like any other value that it does not take
    return given


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
    "dedupe_seconds": Setting(
        "whole seconds from 0",
        "How long a message id is remembered of what became nobody's; never shorter than "
        "retention (L1).",
        _seconds,
    ),
    "junk_ids": Setting(
        "words parted by commas", "Anonymous ids that strangers share and nobody gets (K6).", _words
    ),
}
"""All settings of a workspace, in the order they are shown."""
