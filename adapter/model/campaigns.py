"""Campaigns: which events start what, and the fact that one did (C1-C5)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from adapter.clock import Instant
from adapter.jsonvalue import JSONObject
from adapter.model.deliveries import Endpoint
from adapter.model.messages import Event, EventKind
from adapter.model.reasons import Reason

NEVER_AGAIN = 2**62
"""Microseconds that will not pass."""


class TurnKind(StrEnum):
    """What a person did with respect to a segment."""

    ENTERED = "segment_entered"
    LEFT = "segment_left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """That a person entered or left a segment (C6): it starts campaigns as an event does.

    Attributes:
        id: of the line in the log that says so.
        message_id: nobody sent it.
        name: id of the segment.
        data: a JSON object as text.
    """

    id: str
    workspace_id: int
    kind: TurnKind
    name: str
    occurred_at: Instant
    received_at: Instant
    data: str
    message_id: None = None


Starting = Event | Turn
"""What may start a campaign."""


class Audience(StrEnum):
    """Whom a campaign is for: people we know, or whoever an invite event names (C5)."""

    PEOPLE = "people"
    INVITES = "invites"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """What events start, as an operator's file says.

    Attributes:
        workspace: name of the only workspace it is for; None: for every one.
        kind, name: of the events that start it; or the segment that people enter or leave.
        in_segments: segments that the person must be in besides, each of them.
        not_in_segments: segments that the person must not be in.
        where: what must hold of the event and the person besides; takes what FQL looks at.
        again_after: a person who has started it may start it again that many microseconds later,
            the edge included; ``NEVER_AGAIN``: a person starts it once, whatever happens later.
        endpoint: where its deliveries go; its name is ``campaigns/`` and the campaign's.
        path: put after the endpoint's URL.
        render: makes the body of a delivery from ``triggers.context_of``; raises ValueError.
    """

    campaign: str
    workspace: str | None
    audience: Audience
    kind: EventKind | TurnKind
    name: str
    in_segments: frozenset[str] = frozenset()
    not_in_segments: frozenset[str] = frozenset()
    where: Callable[[JSONObject], bool]
    again_after: int = 0
    endpoint: Endpoint
    path: str
    render: Callable[[JSONObject], str]

    def suits(self, segments: Collection[str]) -> bool:
        """Tell whether somebody who is in these segments may start it."""
        return self.in_segments <= set(segments) and self.not_in_segments.isdisjoint(segments)

    def starts_with(self, event: Starting, audience: Audience) -> bool:
        """Tell whether this is an event that may start it."""
        return (self.audience, self.kind, self.name) == (audience, event.kind, event.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """What became of an event that could start a campaign; one for each pair, for ever (C4).

    Attributes:
        record: our id of the event.
        reason: ``triggered``, or why it started nothing.
    """

    record: str
    workspace_id: int
    campaign: str
    person_id: str | None
    at: Instant
    reason: Reason
