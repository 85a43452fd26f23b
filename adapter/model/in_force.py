"""What the operator's files say beside the mappings, as it holds now."""

from dataclasses import dataclass, field

from adapter.model.campaigns import Audience, Campaign
from adapter.model.deliveries import Endpoint

WorkspaceId = int | None
"""Of the only workspace that something is for; None: for every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """Campaigns that events may start, and where operations are sent on to.

    Attributes:
        names: kind and name of all events that say something when they become a person's.
        limited: names of the campaigns that a person may not start every time.
    """

    campaigns: tuple[tuple[WorkspaceId, Campaign], ...] = ()
    destinations: tuple[tuple[WorkspaceId, Endpoint], ...] = ()
    names: frozenset[tuple[str, str]] = field(init=False)
    limited: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        own = [campaign for _, campaign in self.campaigns]
        people = [each for each in own if each.audience is Audience.PEOPLE]
        object.__setattr__(
            self, "names", frozenset((each.kind.value, each.name) for each in people)
        )
        limited = frozenset(each.campaign for each in own if each.again_after)
        object.__setattr__(self, "limited", limited)
