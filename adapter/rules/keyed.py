"""Attributes merge key by key, each by the time of its own update (P4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapter.clock import Instant
from adapter.jsonvalue import JSONObject, JSONValue
from adapter.model.people import Attribute


@dataclass(slots=True)
class Merged:
    """What an update does to attributes.

    Attributes:
        changed: former and new value by name.
        skipped: names of those that a newer update set.
    """

    changed: dict[str, tuple[JSONValue, JSONValue]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    def changes(self) -> JSONObject:
        """Show what changed, for the log."""
        return {name: {"from": old, "to": new} for name, (old, new) in self.changed.items()}


def merge_keys(
    attributes: Mapping[str, Attribute], given: JSONObject, at: Instant
) -> tuple[dict[str, Attribute], Merged]:
    """Merge an update into attributes; null and "" remove a key (P4, contracts 3.4).

    Args:
        attributes: not changed.
        given: values by name.
        at: the update's own time; older than a key's newest is skipped, equal is applied.

    Returns:
        The attributes as they are then, and what changed.
    """
    result, merged = dict(attributes), Merged()
    for name, value in given.items():
        if is_newer(result, name, at, merged):
            set_key(result, name, value, at, merged)
    return result, merged


def is_newer(attributes: dict[str, Attribute], name: str, at: Instant, merged: Merged) -> bool:
    """Tell whether an update may set a key; one that may not is noted as skipped."""
    current = attributes.get(name)
    if current is not None and at < current.at:
        merged.skipped.append(name)
        return False
    return True


def set_key(
    attributes: dict[str, Attribute], name: str, value: JSONValue, at: Instant, merged: Merged
) -> None:
    """Set a key, and note whether that changed it."""
    if value == "":
        value = None
    current = attributes.get(name)
    former = None if current is None else current.value
    attributes[name] = Attribute(value, at)
    if former != value or type(former) is not type(value):
        merged.changed[name] = (former, value)


def fill_keys(mine: dict[str, Attribute], others: Mapping[str, Attribute]) -> None:
    """Take over the attributes that are missing here (P5)."""
    for name, attribute in others.items():
        held = mine.get(name)
        if held is None or held.value is None:
            mine[name] = attribute
