"""Segments: conditions over people, kept by what they did and what they are (C6)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from adapter.clock import Instant
from adapter.ids import fingerprint
from adapter.jsonvalue import JSONObject
from adapter.model.messages import EventKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """A person's events of one kind and name: at least so many, within a period.

    Attributes:
        key: names it in what is kept of people; the same condition has the same key wherever it
            stands.
        at_least: how many.
        within: at most so many microseconds ago, the edge included; None: whenever.
        where: what must hold of an event besides; takes what FQL looks at. None: nothing.
    """

    key: str
    kind: EventKind
    name: str
    at_least: int
    within: int | None
    where: Callable[[JSONObject], bool] | None


@dataclass(frozen=True, slots=True)
class Attributes:
    """What must hold of the person; takes what FQL looks at."""

    hold: Callable[[JSONObject], bool]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of the conditions."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    part: "Condition"


Condition = Performed | Attributes | AllOf | AnyOf | Not


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A segment, as an operator's file says.

    Attributes:
        id: unique in the file.
        workspace: name of the only workspace it is for; None: for every one.
        who: whoever meets this is in it.
        words: the id and the condition as they are written, canonically: what differs in them is
            another segment.
    """

    id: str
    name: str
    description: str
    workspace: str | None
    who: Condition
    words: str


class Deed(NamedTuple):
    """What segments look at of an event that is a person's.

    Attributes:
        data: a JSON object as text.
        merged_by: the anonymous id by which it became the person's; None if it always was.
    """

    kind: str
    name: str
    occurred_at: Instant
    data: str
    merged_by: str | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What is kept of a person's events for one ``Performed``.

    Attributes:
        count: how many, up to as many as are asked for.
        newest: where a period is asked for, when the newest of them happened, newest first.
    """

    count: int = 0
    newest: tuple[Instant, ...] = ()


NO_TALLY = Tally()


class Member(NamedTuple):
    """That a person is in a segment.

    Attributes:
        since: when they entered it.
        record: the id of the line in the log that says so.
    """

    since: Instant
    record: str


@dataclass(slots=True, kw_only=True)
class Standing:
    """How a person stands to all segments of a workspace.

    Attributes:
        edition: of the segments that it was worked out for (``Segmentation.edition``); for others
            it is worked out anew from the person's events.
        tallies: of the person's events, by ``Performed.key``.
        members: the segments they are in.
        evaluated_at: as of when; nothing is evaluated for an earlier instant afterwards.
        due_at: when time alone may change it next, or None.
        stored: the segments they are in as the store has it, before any change.
    """

    edition: str
    tallies: dict[str, Tally]
    members: dict[str, Member]
    evaluated_at: Instant
    due_at: Instant | None = None
    stored: dict[str, Member] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmentation:
    """All segments of one workspace.

    Attributes:
        segments: by id.
        every: what they ask of events, each once.
        edition: tells these from any other; "" where there are none.
    """

    segments: dict[str, Segment]
    every: tuple[Performed, ...]
    edition: str

    @classmethod
    def of(cls, segments: Iterable[Segment]) -> "Segmentation":
        """Take segments together."""
        by_id = {segment.id: segment for segment in segments}
        every = {each.key: each for one in by_id.values() for each in performed_in(one.who)}
        words = sorted(segment.words for segment in by_id.values())
        return cls(
            segments=by_id,
            every=tuple(every.values()),
            edition=fingerprint(*words)[:8].hex() if words else "",
        )


def performed_in(condition: Condition) -> Iterator[Performed]:
    """Give all that a condition asks of a person's events."""
    match condition:
        case Performed():
            yield condition
        case AllOf() | AnyOf():
            for part in condition.parts:
                yield from performed_in(part)
        case Not():
            yield from performed_in(condition.part)
        case Attributes():
            pass
