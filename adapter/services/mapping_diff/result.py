"""What differs between two mappings: counts, and a few examples of each kind."""

from dataclasses import asdict, dataclass, field
from typing import Any

from adapter.jsonvalue import JSONObject, JSONValue, canonical

MOST_EXAMPLES = 5
"""Examples of each kind, unless asked otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One thing that would differ.

    Attributes:
        id: the sender's event id, a person's identifier or an anonymous id.
        old: what the old mapping gives; null for nothing. Where both give something, what they
            agree on is left out.
        new: what the new one gives.
    """

    id: str
    old: JSONValue
    new: JSONValue


@dataclass(slots=True, kw_only=True)
class Comparison:
    """How the things of one kind compare.

    Attributes:
        old: how many the old mapping gives.
        new: how many the new one gives.
        differ: how many are not the same under both.
        examples: the first ``most`` of those.
    """

    most: int
    old: int = 0
    new: int = 0
    differ: int = 0
    examples: list[Example] = field(default_factory=list)

    def note(self, name: str, old: JSONValue, new: JSONValue) -> None:
        """Compare what either mapping gives under a name."""
        if canonical(old) == canonical(new):
            return
        self.differ += 1
        if len(self.examples) < self.most:
            old, new = narrowed(old, new)
            self.examples.append(Example(id=name, old=old, new=new))

    def as_json(self) -> JSONObject:
        """Give all but ``most``."""
        value = asdict(self)
        del value["most"]
        return value


class MappingDiff:
    """What would differ.

    Attributes:
        requests: how many were tried.
        records: how many they held.
        events: by record; what is ignored or cannot be mapped is told here too.
        people: as they are in the end.
        merges: by anonymous id.
        triggers: the events that may trigger (C2, C3), by record.
    """

    def __init__(self, *, most: int = MOST_EXAMPLES) -> None:
        self.requests = 0
        self.records = 0
        self.events = Comparison(most=most)
        self.people = Comparison(most=most)
        self.merges = Comparison(most=most)
        self.triggers = Comparison(most=most)

    @property
    def kinds(self) -> dict[str, Comparison]:
        """The comparisons by name."""
        return {
            "events": self.events,
            "people": self.people,
            "merges": self.merges,
            "triggers": self.triggers,
        }

    def is_empty(self) -> bool:
        """Tell whether both mappings give the same."""
        return not any(kind.differ for kind in self.kinds.values())

    def as_json(self) -> JSONObject:
        """Give ``{"requests", "records", "events": {"old", "new", "differ", "examples"}, ...}``."""
        kinds = {name: kind.as_json() for name, kind in self.kinds.items()}
        return {"requests": self.requests, "records": self.records, **kinds}


def narrowed(old: Any, new: Any) -> tuple[Any, Any]:
    """Leave out what two values agree on: equal members of objects, equal items of lists.

    Lists of different length are left whole: their items have no counterparts.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        names = [name for name in old | new if not _agree(old, new, name)]
        parts = {name: narrowed(old.get(name), new.get(name)) for name in names}
        return (
            {name: parts[name][0] for name in names if name in old},
            {name: parts[name][1] for name in names if name in new},
        )
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = zip(old, new, strict=True)
        kept = [narrowed(*pair) for pair in pairs if canonical(pair[0]) != canonical(pair[1])]
        return [pair[0] for pair in kept], [pair[1] for pair in kept]
    return old, new


def _agree(old: JSONObject, new: JSONObject, name: str) -> bool:
    return name in old and name in new and canonical(old[name]) == canonical(new[name])
